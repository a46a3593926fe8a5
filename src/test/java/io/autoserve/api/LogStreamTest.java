package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what a client of the log stream gets, and that a slow client does not disturb others. */
class LogStreamTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Served api = new Served(Duration.ofMillis(300));

    @BeforeEach
    void serve() {
        api.register("shop");
        api.run("shop", 0, Health.READY);
        api.run("shop", 1, Health.READY);
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void tells_the_past_by_time_and_then_what_comes() throws Exception {
        try (var logs = read("")) {
            assertThat(message(logs)).contains("event: Line", "hello from shop-0");
            assertThat(message(logs)).contains("hello from shop-1");
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\")",
                    () -> followed("c0ffee0", "c0ffee1"),
                    it -> it);

            api.platform.attachments().write("c0ffee1", NOON, "it is noon");

            assertThat(message(logs))
                    .isEqualTo(
                            """
                            id: 1767268800000000000
                            event: Line
                            data: {"at":"2026-01-01T12:00:00Z","instance":"shop-1","stream":"stdout","text":"it is noon"}
                            """);
        }
    }

    @Test
    void a_line_that_comes_late_does_not_set_the_id_back() throws Exception {
        try (var logs = read("?tail=0")) {
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\")",
                    () -> followed("c0ffee0", "c0ffee1"),
                    it -> it);

            api.platform.attachments().write("c0ffee1", NOON, "first");
            api.platform.attachments().write("c0ffee0", NOON.minusSeconds(1), "late");

            assertThat(message(logs)).startsWith("id: 1767268800000000000").contains("first");
            assertThat(message(logs)).startsWith("id: 1767268800000000000").contains("late");
        }
    }

    @Test
    void follows_instances_that_come_and_tells_of_those_that_go() throws Exception {
        try (var logs = read("?tail=0")) {
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\")",
                    () -> followed("c0ffee0", "c0ffee1"),
                    it -> it);

            api.run("shop", 2, Health.UNKNOWN);
            assertThat(message(logs)).contains("event: Joined", "shop-2");
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\", \"c0ffee2\")",
                    () -> followed("c0ffee0", "c0ffee1", "c0ffee2"),
                    it -> it);

            api.platform.attachments().end("c0ffee1");
            assertThat(message(logs)).contains("event: Left", "shop-1");
        }
    }

    @Test
    void one_instance_is_followed_where_one_is_wanted() throws Exception {
        try (var logs = read("?instance=shop-1")) {
            assertThat(message(logs)).contains("hello from shop-1");
            await("followed(\"c0ffee1\")", () -> followed("c0ffee1"), it -> it);
        }
    }

    @Test
    void lets_go_of_all_when_its_reader_leaves() throws Exception {
        read("?tail=0").close();

        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
        await(
                "api.platform.attachments().followed().isEmpty()",
                () -> api.platform.attachments().followed(),
                it -> it.isEmpty());
        assertThat(api.platform.followers()).isZero();
    }

    @Test
    void cuts_off_who_reads_nothing_without_keeping_what_they_do_not_read() throws Exception {
        try (var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
            var request =
                    "GET /api/v1/apps/shop/logs/stream?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\")",
                    () -> followed("c0ffee0", "c0ffee1"),
                    it -> it);
            var writer = Thread.startVirtualThread(() -> writeForEver("c0ffee0"));

            await("api.readers() == 0", () -> api.readers(), it -> it == 0);

            writer.interrupt();
            writer.join();
            assertThat(api.platform.attachments().followed()).isEmpty();
        }
    }

    private void writeForEver(String container) {
        try {
            while (!Thread.interrupted()) {
                api.platform.attachments().write(container, NOON, "x".repeat(1000));
            }
        } catch (InterruptedException | AssertionError ended) {
            // The reader has left, so no more lines can be written.
        }
    }

    @Test
    void refuses_more_than_this_controller_may_hold() {
        api.platform.attachments().allow(1);

        var answer = api.get("/api/v1/apps/shop/logs/stream");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("follows too many logs");
    }

    @Test
    void an_unknown_app_has_no_logs() {
        assertThat(api.get("/api/v1/apps/nobody/logs/stream").status()).isEqualTo(404);
    }

    @Test
    void ends_when_the_server_stops() throws Exception {
        try (var logs = read("?tail=0")) {
            await(
                    "followed(\"c0ffee0\", \"c0ffee1\")",
                    () -> followed("c0ffee0", "c0ffee1"),
                    it -> it);

            api.stop();

            assertThat(logs.lines().filter(line -> !line.isEmpty() && !line.startsWith(":")))
                    .isEmpty();
        }
    }

    private BufferedReader read(String query) throws IOException {
        var logs = api.stream("/api/v1/apps/shop/logs/stream" + query);
        assertThat(logs.readLine()).isEqualTo(": these are the logs of shop");
        assertThat(logs.readLine()).isEmpty();
        return logs;
    }

    private static String message(BufferedReader lines) throws IOException {
        var message = new StringBuilder();
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.isEmpty()) {
                message.append(line.startsWith(":") ? "" : line + "\n");
            } else if (!message.isEmpty()) {
                return message.toString();
            }
        }
        throw new AssertionError("the stream has ended: " + message);
    }

    private boolean followed(String... containers) {
        return List.of(containers).equals(api.platform.attachments().followed());
    }
}
