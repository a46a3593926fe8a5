package io.autoserve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class EventStreamTest {
    private final Served api =
            new Served(
                    new ApiServer.Settings(
                            "localhost", 0, Duration.ofMillis(200), 1 << 16, AccessRules.OPEN));

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void tellsWhatHappensFromNowOn() {
        happen(3);
        try (var reader = read("")) {
            await(() -> api.platform.followers() == 1);
            happen(1);

            assertThat(reader.next())
                    .startsWith("id: 1-4\nevent: AppScaled\ndata: {\"seq\":4,\"timeline\":1,");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-700", "700"})
    void goesOnExactlyBehindTheLastEventThatWasRead(String last) {
        happen(2000);
        try (var reader = read("", "Last-Event-ID", last)) {
            assertThat(reader.seqs(1300))
                    .containsExactlyElementsOf(LongStream.rangeClosed(701, 2000).boxed().toList());
            happen(1);
            assertThat(reader.seqs(1)).containsExactly(2001L);
        }
    }

    @Test
    void goesOnBehindTheSeqInTheQueryForThoseWhoCannotSetHeaders() {
        happen(3);
        try (var reader = read("?after=1")) {
            assertThat(reader.seqs(2)).containsExactly(2L, 3L);
        }
    }

    @Test
    void tellsAReaderWhoIsAheadOfThisControllerOnlyWhatIsNewToThem() {
        happen(3);
        try (var reader = read("", "Last-Event-ID", "1-5")) {
            await(() -> api.platform.followers() == 1);
            happen(3);
            assertThat(reader.seqs(1)).containsExactly(6L);
        }
    }

    @Test
    void tellsOnlyWhatIsAskedFor() {
        api.register("shop");
        api.register("blog");
        api.post("/api/v1/apps/shop/stop");
        try (var stopped = read("?after=0&app=shop&type=AppStopped")) {
            assertThat(stopped.seqs(1)).containsExactly(3L);
        }
        try (var blog = read("?after=0&app=blog")) {
            assertThat(blog.seqs(1)).containsExactly(2L);
        }
    }

    @Test
    void tellsAReaderOfALostTimelineToReadTheStateAnew() {
        happen(3);
        api.platform.rewind();
        try (var reader = read("", "Last-Event-ID", "1-2")) {
            assertThat(reader.next())
                    .isEqualTo("id: 2-3\nevent: Resync\ndata: {\"timeline\":2,\"seq\":3}");
            happen(1);
            assertThat(reader.next()).startsWith("id: 2-4\n");
        }
    }

    @Test
    void endsWhenHistoryIsRewound() {
        try (var reader = read("")) {
            await(() -> api.platform.followers() == 1);
            api.platform.rewind();
            reader.untilEnd();
        }
    }

    @Test
    void givesSignsOfLife() {
        try (var reader = read("")) {
            assertThat(reader.comment()).isEqualTo(": heartbeat");
        }
    }

    @Test
    void forgetsReadersWhoAreGone() {
        read("").close();
        try (var reader = read("")) {
            happen(1);
            reader.comment();
            await(() -> api.platform.followers() <= 1);
        }
        await(() -> api.platform.followers() == 0);
    }

    @Test
    void cutsOffWhoDoesNotReadWhatHappens() throws IOException {
        try (var stalled = stall("")) {
            await(() -> api.platform.followers() == 1);

            // far more than the buffers of both kernels hold
            for (var i = 0; i < 200 && api.platform.followers() == 1; i++) {
                happen(1000);
            }

            await(() -> api.platform.followers() == 0);
            assertThat(stalled.isConnected()).isTrue();
        }
    }

    @Test
    void cutsOffWhoDoesNotReadThePast() throws IOException {
        happen(100_000);
        try (var stalled = stall("?after=0")) {
            await(() -> api.readers() == 1);
            await(() -> api.readers() == 0);

            assertThat(stalled.getInputStream().transferTo(OutputStream.nullOutputStream()))
                    .isLessThan(100_000 * 100);
        } catch (SocketException e) {
            // reset: cut off just as well
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void endsAllStreamsBeforeTheServerStops() {
        var readers = new ArrayList<Reader>();
        for (var i = 0; i < 50; i++) {
            readers.add(read(""));
        }
        await(() -> api.platform.followers() == 50);

        api.stop();

        readers.forEach(Reader::untilEnd);
        readers.forEach(Reader::close);
        assertThat(api.platform.followers()).isZero();
    }

    @Test
    void stopsInTimeAlthoughAReaderIsStalled() throws IOException {
        happen(100_000);
        try (var stalled = stall("?after=0")) {
            await(() -> api.readers() == 1);

            api.stop();

            assertThat(stalled.isConnected()).isTrue();
        }
    }

    private void happen(int events) {
        for (var i = 0; i < events; i++) {
            api.platform.append("shop", Event.Type.AppScaled, "ann", new Change.Nothing());
        }
    }

    private Reader read(String query, String... headers) {
        return new Reader(api.stream("/api/v1/events/stream" + query, headers));
    }

    /** A reader who asks and then never reads, behind a small buffer. */
    private Socket stall(String query) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
        var request =
                "GET /api/v1/events/stream%s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(query);
        socket.getOutputStream().write(request.getBytes(UTF_8));
        return socket;
    }

    private record Reader(BufferedReader lines) implements AutoCloseable {
        /** The next message. */
        String next() {
            var message = block();
            return message.startsWith(":") ? next() : message;
        }

        String comment() {
            var message = block();
            return message.equals(": heartbeat") ? message : comment();
        }

        List<Long> seqs(int count) {
            return Stream.generate(this::next)
                    .limit(count)
                    .map(message -> Long.valueOf(message.substring(6, message.indexOf('\n'))))
                    .toList();
        }

        void untilEnd() {
            try {
                while (lines.readLine() != null) {}
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String block() {
            try {
                var block = new ArrayList<String>();
                for (var line = lines.readLine(); ; line = lines.readLine()) {
                    if (line == null) {
                        throw new AssertionError("the stream has ended");
                    }
                    if (line.isEmpty()) {
                        return String.join("\n", block);
                    }
                    block.add(line);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                lines.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void await(BooleanSupplier condition) {
        var deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("gave up waiting").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
