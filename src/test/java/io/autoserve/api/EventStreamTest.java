package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.StalledReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(600)
class EventStreamTest {
    private final Served api = new Served(Duration.ofMillis(200));

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void tells_what_happens_from_now_on() {
        happen(3);
        try (var reader = read("")) {
            await("api.platform.followers() == 1", () -> api.platform.followers(), it -> it == 1);
            happen(1);

            assertThat(reader.next())
                    .startsWith("id: 1-4\nevent: AppScaled\ndata: {\"seq\":4,\"timeline\":1,");
        }
    }

    @Test
    void passes_on_as_it_is_what_only_a_newer_version_knows() {
        try (var reader = read("?after=0")) {
            api.platform.append("shop", "AppHibernated", "ann", new Change.Unknown());

            assertThat(reader.next())
                    .startsWith("id: 1-1\nevent: AppHibernated\ndata: ")
                    .contains("\"type\":\"AppHibernated\",\"app\":\"shop\",\"instance\":null");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-700", "700"})
    void goes_on_exactly_behind_the_last_event_that_was_read(String last) {
        happen(2000);
        try (var reader = read("", "Last-Event-ID", last)) {
            assertThat(reader.seqs(1300))
                    .containsExactlyElementsOf(LongStream.rangeClosed(701, 2000).boxed().toList());
            happen(1);
            assertThat(reader.seqs(1)).containsExactly(2001L);
        }
    }

    @Test
    void goes_on_behind_the_seq_in_the_query_for_those_who_cannot_set_headers() {
        happen(3);
        try (var reader = read("?after=1")) {
            assertThat(reader.seqs(2)).containsExactly(2L, 3L);
        }
    }

    @Test
    void tells_a_reader_who_is_ahead_of_this_controller_only_what_is_new_to_them() {
        happen(3);
        try (var reader = read("", "Last-Event-ID", "1-5")) {
            await("api.platform.followers() == 1", () -> api.platform.followers(), it -> it == 1);
            happen(3);
            assertThat(reader.seqs(1)).containsExactly(6L);
        }
    }

    @Test
    void tells_only_what_is_asked_for() {
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
    void tells_a_reader_of_a_lost_timeline_to_read_the_state_anew() {
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
    void ends_when_history_is_rewound_though_nothing_happens_after() {
        try (var quiet = new Served(); // it sends a heartbeat only every 15 s
                var reader = EventReader.open(quiet.root(), "")) {
            await(
                    "quiet.platform.followers() == 1",
                    () -> quiet.platform.followers(),
                    it -> it == 1);
            var rewound = System.nanoTime();
            quiet.platform.rewind();
            reader.untilEnd();
            assertThat(Duration.ofNanos(System.nanoTime() - rewound)).isLessThan(Served.HEARTBEAT);
        }
    }

    @Test
    void gives_signs_of_life() {
        try (var reader = read("")) {
            assertThat(reader.comment()).isEqualTo(": heartbeat");
        }
    }

    @Test
    void forgets_readers_who_are_gone() {
        read("").close();
        try (var reader = read("")) {
            happen(1);
            reader.comment();
            await("api.platform.followers() <= 1", () -> api.platform.followers(), it -> it <= 1);
        }
        await("api.platform.followers() == 0", () -> api.platform.followers(), it -> it == 0);
    }

    @Test
    void cuts_off_who_does_not_read_what_happens() throws IOException {
        try (var stalled = StalledReader.connect(api.port(), "")) {
            await("api.platform.followers() == 1", () -> api.platform.followers(), it -> it == 1);

            // These are far more events than the socket buffers of both sides can hold.
            for (var i = 0; i < 200 && api.platform.followers() == 1; i++) {
                happen(1000);
            }

            await("api.platform.followers() == 0", () -> api.platform.followers(), it -> it == 0);
            assertThat(stalled.isConnected()).isTrue();
        }
    }

    @Test
    void cuts_off_who_does_not_read_the_past() throws IOException {
        happen(100_000);
        try (var stalled = StalledReader.connect(api.port(), "?after=0")) {
            await("api.readers() == 1", () -> api.readers(), it -> it == 1);
            await("api.readers() == 0", () -> api.readers(), it -> it == 0);

            assertThat(stalled.getInputStream().transferTo(OutputStream.nullOutputStream()))
                    .isLessThan(100_000 * 100);
        } catch (SocketException e) {
            // The server may also cut the connection off with a reset.
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void ends_all_streams_before_the_server_stops() {
        var readers = new ArrayList<EventReader>();
        for (var i = 0; i < 50; i++) {
            readers.add(read(""));
        }
        await("api.platform.followers() == 50", () -> api.platform.followers(), it -> it == 50);

        api.stop();

        readers.forEach(EventReader::untilEnd);
        readers.forEach(EventReader::close);
        assertThat(api.platform.followers()).isZero();
    }

    @Test
    void takes_no_more_than_its_event_loop_can_pass_on() throws InterruptedException {
        try (var roomy = new Served(); // its buffer is so large that no reader is cut off
                var reader = EventReader.open(roomy.root(), "")) {
            await(
                    "roomy.platform.followers() == 1",
                    () -> roomy.platform.followers(),
                    it -> it == 1);
            var release = roomy.occupyEventLoop();
            var appended = new AtomicInteger();
            var appending =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (appended.get() < 2000) {
                                    happen(roomy, 1);
                                    appended.incrementAndGet();
                                }
                            });
            await(
                    "appending.getState() == Thread.State.WAITING",
                    () -> appending.getState(),
                    it -> it == Thread.State.WAITING);

            assertThat(appended).hasValueLessThan(1000);
            release.run();
            assertThat(reader.seqs(2000))
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, 2000).boxed().toList());
        }
    }

    @Test
    void stops_in_time_although_a_reader_is_stalled() throws IOException {
        happen(100_000);
        try (var stalled = StalledReader.connect(api.port(), "?after=0")) {
            await("api.readers() == 1", () -> api.readers(), it -> it == 1);

            api.stop();

            assertThat(stalled.isConnected()).isTrue();
        }
    }

    private void happen(int events) {
        happen(api, events);
    }

    private static void happen(Served there, int events) {
        for (var i = 0; i < events; i++) {
            there.platform.append("shop", Event.Type.AppScaled, "ann", new Change.Nothing());
        }
    }

    private EventReader read(String query, String... headers) {
        return EventReader.open(api.root(), query, headers);
    }
}
