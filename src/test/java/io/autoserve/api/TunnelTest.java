package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests {@code exec} and {@code port-forward} over WebSockets. The fake instances echo their input.
 */
class TunnelTest {
    private final Served api = new Served(Duration.ofSeconds(3));

    @BeforeEach
    void serve() {
        api.register("shop");
        api.run("shop", 0, Health.NOT_READY);
        api.run("shop", 1, Health.READY);
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void what_is_typed_reaches_the_command_and_what_it_writes_comes_back() {
        var caller = call("exec");
        caller.say("{\"command\":[\"cat\"],\"input\":true}");

        caller.type("hello");
        await(
                "caller.heard().contains(\"1hello\")",
                () -> caller.heard(),
                it -> it.contains("1hello"));
        caller.say("{\"columns\":120,\"rows\":40}");
        await(
                "caller.heard().contains(\"1120x40\")",
                () -> caller.heard(),
                it -> it.contains("1120x40"));
        caller.say("{\"end\":true}");

        await(
                "caller.heard().contains(\"{\\\"exit\\\":0}\")",
                () -> caller.heard(),
                it -> it.contains("{\"exit\":0}"));
        await(
                "api.platform.attachments().visits().contains(\"left shop-1\")",
                () -> api.platform.attachments().visits(),
                it -> it.contains("left shop-1"));
        assertThat(api.platform.attachments().visits()).contains("ann runs 'cat' in shop-1");
    }

    @Test
    void the_exit_code_is_the_commands() {
        var caller = call("exec?instance=shop-0");

        caller.say("{\"command\":[\"exit\",\"7\"]}");

        await(
                "caller.heard().contains(\"{\\\"exit\\\":7}\")",
                () -> caller.heard(),
                it -> it.contains("{\"exit\":7}"));
        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    {"command":[]}                                  | command must name a program
                    {"command":["sh"],"columns":0,"rows":1}         | must have 1 to 10000 columns
                    not JSON                                        | command must name a program
                    """)
    void refuses_what_cannot_be_run(String wish, String words) {
        var caller = call("exec");

        caller.say(wish);

        await("!caller.heard().isEmpty()", () -> caller.heard(), it -> !it.isEmpty());
        assertThat(caller.heard().getFirst()).contains("failed", words);
    }

    @Test
    void a_port_is_connected_at_once() {
        var caller = call("forward?port=8080");

        caller.type("GET /");

        await(
                "caller.heard().contains(\"1GET /\")",
                () -> caller.heard(),
                it -> it.contains("1GET /"));
        caller.hangUp();
        await(
                "api.platform.attachments().visits().contains(\"left shop-1\")",
                () -> api.platform.attachments().visits(),
                it -> it.contains("left shop-1"));
        assertThat(api.platform.attachments().visits()).contains("ann connects to 8080 of shop-1");
    }

    @Test
    void tells_why_a_port_cannot_be_reached() {
        var caller = call("forward?port=1");

        await(
                "caller.heard().contains(\"{\\\"failed\\\":\\\"nothing listens on port 1\\\"}\")",
                () -> caller.heard(),
                it -> it.contains("{\"failed\":\"nothing listens on port 1\"}"));
    }

    @Test
    void much_comes_through_whole_and_in_order() {
        var caller = call("forward?port=8080");
        for (var i = 0; i < 200; i++) {
            caller.type("%07d".formatted(i).repeat(1000));
        }

        await("caller.heard().size() == 200", () -> caller.heard().size(), it -> it == 200);
        for (var i = 0; i < 200; i++) {
            assertThat(caller.heard().get(i)).isEqualTo("1" + "%07d".formatted(i).repeat(1000));
        }
    }

    @ParameterizedTest
    @CsvSource({"exec, 400", "forward?port=80, 400", "forward, 400", "exec?instance=shop-9, 404"})
    void is_no_page(String path, int status) {
        assertThat(api.get("/api/v1/apps/shop/" + path).status()).isEqualTo(status);
    }

    @Test
    void an_app_without_containers_says_so() {
        api.register("empty");

        assertThat(refusal("/api/v1/apps/empty/exec")).contains("409");
        assertThat(refusal("/api/v1/apps/nobody/exec")).contains("404");
    }

    @Test
    void ends_when_the_server_stops() {
        var caller = call("forward?port=8080");
        await(
                "api.platform.attachments().visits().size() == 1",
                () -> api.platform.attachments().visits().size(),
                it -> it == 1);

        api.stop();

        await(
                "api.platform.attachments().visits().contains(\"left shop-1\")",
                () -> api.platform.attachments().visits(),
                it -> it.contains("left shop-1"));
        assertThat(caller.heard())
                .contains("{\"failed\":\"this controller is shutting down: connect again\"}");
    }

    private String refusal(String path) {
        try {
            new Caller(path);
            return "no refusal";
        } catch (CompletionException refused) {
            return refused.getCause() instanceof WebSocketHandshakeException handshake
                    ? "status " + handshake.getResponse().statusCode()
                    : refused.toString();
        }
    }

    private Caller call(String path) {
        return new Caller("/api/v1/apps/shop/" + path);
    }

    /**
     * Collects complete messages as text. A binary message begins with a byte that is the number of
     * its stream. The text begins with this number as a digit.
     */
    private final class Caller implements WebSocket.Listener {
        private final List<String> heard = new CopyOnWriteArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Caller(String path) {
            socket =
                    HttpClient.newHttpClient()
                            .newWebSocketBuilder()
                            .header("X-Autoserve-Actor", "ann")
                            .buildAsync(
                                    URI.create("ws://127.0.0.1:%d%s".formatted(api.port(), path)),
                                    this)
                            .join();
        }

        List<String> heard() {
            return heard;
        }

        void say(String json) {
            socket.sendText(json, true).join();
        }

        void type(String text) {
            socket.sendBinary(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), true).join();
        }

        void hangUp() {
            socket.abort();
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            return part(socket, data.toString(), last);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            var bytes = new byte[data.remaining()];
            data.get(bytes);
            if (text.isEmpty()) {
                bytes[0] = (byte) (bytes[0] + '0');
            }
            return part(socket, new String(bytes, StandardCharsets.UTF_8), last);
        }

        private CompletionStage<?> part(WebSocket socket, String data, boolean last) {
            text.append(data);
            if (last) {
                heard.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedStage(null);
        }
    }
}
