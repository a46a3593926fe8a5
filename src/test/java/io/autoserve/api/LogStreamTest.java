package io.autoserve.api;

import static io.autoserve.testing.Await.await;
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

/** Tests what a reader of logs gets, and that it cannot disturb others. */
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
    void tellsThePastByTimeAndThenWhatComes() throws Exception {
        try (var logs = read("")) {
            assertThat(message(logs)).contains("event: Line", "hello from shop-0");
            assertThat(message(logs)).contains("hello from shop-1");
            await(() -> followed("c0ffee0", "c0ffee1"));

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
    void aLineThatComesLateDoesNotSetTheIdBack() throws Exception {
        try (var logs = read("?tail=0")) {
            await(() -> followed("c0ffee0", "c0ffee1"));

            api.platform.attachments().write("c0ffee1", NOON, "first");
            api.platform.attachments().write("c0ffee0", NOON.minusSeconds(1), "late");

            assertThat(message(logs)).startsWith("id: 1767268800000000000").contains("first");
            assertThat(message(logs)).startsWith("id: 1767268800000000000").contains("late");
        }
    }

    @Test
    void followsInstancesThatComeAndTellsOfThoseThatGo() throws Exception {
        try (var logs = read("?tail=0")) {
            await(() -> followed("c0ffee0", "c0ffee1"));

            api.run("shop", 2, Health.UNKNOWN);
            assertThat(message(logs)).contains("event: Joined", "shop-2");
            await(() -> followed("c0ffee0", "c0ffee1", "c0ffee2"));

            api.platform.attachments().end("c0ffee1");
            assertThat(message(logs)).contains("event: Left", "shop-1");
        }
    }

    @Test
    void oneInstanceIsFollowedWhereOneIsWanted() throws Exception {
        try (var logs = read("?instance=shop-1")) {
            assertThat(message(logs)).contains("hello from shop-1");
            await(() -> followed("c0ffee1"));
        }
    }

    @Test
    void letsGoOfAllWhenItsReaderLeaves() throws Exception {
        read("?tail=0").close();

        await(() -> api.readers() == 0);
        await(() -> api.platform.attachments().followed().isEmpty());
        assertThat(api.platform.followers()).isZero();
    }

    @Test
    void cutsOffWhoReadsNothingWithoutKeepingWhatTheyDoNotRead() throws Exception {
        try (var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
            var request =
                    "GET /api/v1/apps/shop/logs/stream?tail=0 HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            await(() -> followed("c0ffee0", "c0ffee1"));
            var writer = Thread.startVirtualThread(() -> writeForEver("c0ffee0"));

            await(() -> api.readers() == 0);

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
            // the reader is gone
        }
    }

    @Test
    void refusesMoreThanThisControllerMayHold() {
        api.platform.attachments().allow(1);

        var answer = api.get("/api/v1/apps/shop/logs/stream");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("follows too many logs");
    }

    @Test
    void anUnknownAppHasNoLogs() {
        assertThat(api.get("/api/v1/apps/nobody/logs/stream").status()).isEqualTo(404);
    }

    @Test
    void endsWhenTheServerStops() throws Exception {
        try (var logs = read("?tail=0")) {
            await(() -> followed("c0ffee0", "c0ffee1"));

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
