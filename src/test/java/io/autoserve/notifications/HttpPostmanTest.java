package io.autoserve.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.autoserve.net.AddressPolicy;
import io.autoserve.notifications.Postman.DeliveryFailed;
import io.autoserve.outbound.GuardedNames;
import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests real requests to a server on this machine. */
class HttpPostmanTest {
    private static final AddressPolicy STRICT = new AddressPolicy(false, List.of());
    private static final GuardedNames SUSPICIOUS = Notifier.names(STRICT, Set.of());
    private static final GuardedNames TRUSTING = Notifier.names(STRICT, Set.of("127.0.0.1"));

    /** More requests than the client sends at once by default. */
    private static final int SLOW = 30;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private volatile int status = 204;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext(
                "/",
                exchange -> {
                    var body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    requests.add(exchange.getRequestHeaders().getFirst("webhook-id") + " " + body);
                    exchange.getResponseHeaders().set("Location", "http://169.254.169.254/");
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void posts_the_body_and_the_headers() throws DeliveryFailed {
        try (var postman = new HttpPostman(TRUSTING)) {
            postman.deliver(letter("127.0.0.1"));
        }

        assertThat(requests).containsExactly("team-1-1 {\"a\":\"ä\"}");
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 404, 500})
    void every_other_answer_is_a_failure_and_no_redirect_is_followed(int answer) {
        status = answer;
        try (var postman = new HttpPostman(TRUSTING)) {
            assertThatThrownBy(() -> postman.deliver(letter("127.0.0.1")))
                    .isInstanceOf(DeliveryFailed.class)
                    .hasMessage("the receiver answered with HTTP status " + answer);
        }
        assertThat(requests).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost", "127.1", "[::1]", "2130706433"})
    void a_service_of_this_machine_gets_no_request(String host) {
        try (var postman = new HttpPostman(SUSPICIOUS)) {
            assertThatThrownBy(() -> postman.deliver(letter(host)))
                    .isInstanceOf(DeliveryFailed.class);
        }
        assertThat(requests).isEmpty();
    }

    @Test
    void receivers_that_do_not_answer_delay_no_other_of_the_same_host() throws Exception {
        var arrived = new CountDownLatch(SLOW);
        var answers = new CountDownLatch(1);
        server.createContext(
                "/slow",
                exchange -> {
                    arrived.countDown();
                    waitFor(answers);
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        try (var postman = new HttpPostman(TRUSTING)) {
            var slow = letter("127.0.0.1", "/slow");
            for (var i = 0; i < SLOW; i++) {
                threads.execute(() -> deliver(postman, slow));
            }
            Eventually.await("all requests arrive", arrived::getCount, left -> left == 0);

            postman.deliver(letter("127.0.0.1"));

            assertThat(requests).hasSize(1);
            answers.countDown();
        }
    }

    @Test
    void the_case_of_a_trusted_host_does_not_matter() throws Exception {
        var names = Notifier.names(STRICT, Set.of("::FFFF:7F00:1"));

        assertThat(names.resolve("::ffff:7f00:1")).isNotEmpty();
    }

    @Test
    void the_refusal_names_the_way_out() {
        var names = Notifier.names(STRICT, Set.of());

        assertThatThrownBy(() -> names.resolve("127.0.0.1"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("127.0.0.1 has a loopback address")
                .hasMessageContaining("AUTOSERVE_NOTIFY_HOSTS");
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void deliver(HttpPostman postman, Letter.Post letter) {
        try {
            postman.deliver(letter);
        } catch (DeliveryFailed e) {
            throw new IllegalStateException(e);
        }
    }

    private Letter.Post letter(String host) {
        return letter(host, "/in");
    }

    private Letter.Post letter(String host, String path) {
        var headers = new LinkedHashMap<String, String>();
        headers.put("webhook-id", "team-1-1");
        return new Letter.Post(
                "http://%s:%d%s".formatted(host, server.getAddress().getPort(), path),
                headers,
                "{\"a\":\"ä\"}");
    }
}
