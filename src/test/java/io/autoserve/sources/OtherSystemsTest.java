package io.autoserve.sources;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.Hidden;
import io.autoserve.net.AddressPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OtherSystemsTest {
    private static final AddressPolicy POLICY = new AddressPolicy(false, List.of());
    private static final Map<String, Hidden> SECRETS =
            Map.of("prometheus", new Hidden("Bearer abc\n"), "local", new Hidden(localDatabase()));

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private volatile String answer = "";

    private static String localDatabase() {
        return "postgres://ann:s3cret@127.0.0.1:1/shop";
    }

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.add(
                exchange.getRequestURI()
                        + " "
                        + exchange.getRequestHeaders().getFirst("Authorization"));
        var bytes = answer.getBytes(UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Test
    void prometheus_is_asked_with_the_secret_that_the_query_names() {
        answer = "{\"data\": {\"resultType\": \"scalar\", \"result\": [1, \"42\"]}}";

        var number = trusting("127.0.0.1").read(query("sum(a) + 1", "prometheus"));

        assertThat(number).isEqualTo(42);
        assertThat(asked).containsExactly("/base/api/v1/query?query=sum%28a%29+%2B+1 Bearer abc");
    }

    @Test
    void a_service_of_this_machine_is_asked_only_if_the_operator_permits_it() {
        assertThatThrownBy(() -> trusting().read(query("up", null)))
                .hasMessageContaining("a loopback address")
                .hasMessageContaining("AUTOSERVE_METRIC_HOSTS");
        assertThatThrownBy(() -> trusting().read(new PostgresQuery("local", "select 1")))
                .hasMessageContaining("a loopback address")
                .hasMessageNotContaining("s3cret");
        assertThat(asked).isEmpty();
    }

    @Test
    void a_number_below_zero_is_refused() {
        answer = "{\"data\": {\"resultType\": \"scalar\", \"result\": [1, \"-1\"]}}";

        assertThatThrownBy(() -> trusting("127.0.0.1").read(query("a", null)))
                .hasMessage("the number must be at least 0 and finite, was -1.0");
    }

    @Test
    void a_long_answer_is_refused() {
        answer = "x".repeat(100_000);

        assertThatThrownBy(() -> trusting("127.0.0.1").read(query("a", null)))
                .hasMessage("the answer has more than 65536 bytes");
    }

    @Test
    void a_missing_secret_is_named() {
        assertThatThrownBy(() -> trusting().read(new PostgresQuery("gone", "select 1")))
                .hasMessage("the secret 'gone' does not exist");
    }

    private PrometheusQuery query(String text, @Nullable String secret) {
        return new PrometheusQuery(
                "http://127.0.0.1:%d/base".formatted(server.getAddress().getPort()), text, secret);
    }

    private static OtherSystems trusting(String... hosts) {
        return new OtherSystems(
                name -> Optional.ofNullable(SECRETS.get(name)), POLICY, Set.of(hosts));
    }
}
