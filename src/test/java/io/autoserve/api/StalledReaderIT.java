package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.EventReader;
import io.autoserve.testing.StalledReader;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Opens streams without reading them, on a server with too little memory to buffer the events. */
@Timeout(600)
class StalledReaderIT {
    private static final int EVENTS = 100_000;
    private static final int STALLED = 20;

    @Test
    void one_reads_a_hundred_thousand_events_while_those_who_stall_are_cut_and_memory_lasts()
            throws IOException {
        try (var api = new ServedProcess("64m");
                var reader = EventReader.open(api.root(), "")) {
            var stalled = new ArrayList<Socket>();
            for (var i = 0; i < STALLED; i++) {
                stalled.add(StalledReader.connect(api.root().getPort(), ""));
            }
            while (api.readers() <= STALLED) {
                Thread.onSpinWait();
            }

            for (var told = 0L; told < EVENTS; told += 1000) {
                api.happen(1000);
                assertThat(reader.seqs(1000))
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(told + 1, told + 1000).boxed().toList());
            }

            assertThat(api.readers()).isEqualTo(1);
            for (var socket : stalled) {
                socket.close();
            }
        }
    }
}
