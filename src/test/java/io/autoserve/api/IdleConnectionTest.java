package io.autoserve.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests which idle connections the server closes. The timeouts are seconds here, not minutes as in
 * production.
 */
@Timeout(600)
class IdleConnectionTest {
    private static final Duration HEARTBEAT = Duration.ofMillis(250);
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final int LONG = 2 * (int) IDLE.dividedBy(HEARTBEAT); // in heartbeats

    @AutoClose
    private final Served api =
            new Served(
                    new ApiServer.Settings(
                            "localhost",
                            0,
                            HEARTBEAT,
                            IDLE,
                            1 << 20,
                            AccessRules.OPEN,
                            WriteLimit.STANDARD));

    @BeforeEach
    void serve() {
        api.register("shop");
        api.run("shop", 0, Health.READY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET /health"})
    void who_asks_nothing_more_is_hung_up_on(String before) throws IOException {
        try (var socket = open(before)) {
            var answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);

            assertThat(answer).startsWith(before.endsWith("\r\n\r\n") ? "HTTP/1.1 200 OK" : "");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/events/stream", "/api/v1/apps/shop/logs/stream"})
    void a_stream_that_has_nothing_to_tell_goes_on(String path) throws IOException {
        try (var socket = open("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path))) {
            var lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            var heartbeats = 0;
            while (heartbeats < LONG) {
                var line = lines.readLine();
                assertThat(line).as("the stream continues").isNotNull();
                heartbeats += line.startsWith(": heartbeat") ? 1 : 0;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exec", "forward?port=8080"})
    void a_tunnel_in_which_nobody_says_anything_goes_on(String path) throws Exception {
        var caller = new Caller();
        var uri = URI.create("ws://127.0.0.1:%d/api/v1/apps/shop/%s".formatted(api.port(), path));
        var socket =
                HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(uri, caller).join();

        assertThat(caller.pings.await(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(caller.closed).isNotDone();
        socket.abort();
    }

    private static final class Caller implements WebSocket.Listener {
        private final CountDownLatch pings = new CountDownLatch(LONG);
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
            pings.countDown();
            socket.request(1);
            return null; // Java's client sends the pong automatically
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }

    private Socket open(String request) throws IOException {
        var socket = api.connect();
        socket.getOutputStream().write(request.getBytes(US_ASCII));
        return socket;
    }
}
