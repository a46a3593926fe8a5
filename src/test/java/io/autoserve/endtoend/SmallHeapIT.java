package io.autoserve.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.ControllerProcess;
import io.autoserve.testing.EmbeddedDatabase;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.StalledReader;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Lets a controller with a small heap send many events to readers, some of which never read. */
class SmallHeapIT {
    private static final String HEAP = "64m";
    private static final int EVENTS = 100_000;
    private static final int AT_ONCE = 1_000;
    private static final int STALLED = 5;
    private static final Pattern CUT = Pattern.compile("autoserve_streams_cut_total (\\d+)");

    @Test
    void a_hundred_thousand_events_reach_who_reads_once_and_in_order_while_who_stalls_is_cut()
            throws IOException {
        try (var platform = RunningPlatform.start()) {
            var controller = platform.launchController("controller-1", HEAP).awaitReady();
            var root = controller.api().root();
            var database = platform.database();
            var last = lastSeq(database);
            try (var one = EventReader.open(root, "?after=" + last);
                    var other = EventReader.open(root, "?after=" + last)) {
                var stalled = new ArrayList<Socket>();
                for (var i = 0; i < STALLED; i++) {
                    stalled.add(StalledReader.connect(root.getPort(), ""));
                }

                for (var told = 0; told < EVENTS; told += AT_ONCE) {
                    var happened = happen(database, last);
                    assertThat(one.seqs(happened.size())).isEqualTo(happened);
                    assertThat(other.seqs(happened.size())).isEqualTo(happened);
                    last = happened.getLast();
                }

                Eventually.within(
                        ApiClient.PATIENCE, // more than two heartbeats
                        "all stalled readers are disconnected",
                        () -> cut(controller) == STALLED,
                        () -> cut(controller) + " are disconnected");
                assertThat(controller.api().ready()).isTrue();
                for (var socket : stalled) {
                    socket.close();
                }
            }
        }
    }

    /**
     * Appends {@code AT_ONCE} events in one transaction, with the SQL function that all writers
     * use.
     *
     * @return the seqs of all events after {@code last}
     */
    private static List<Long> happen(EmbeddedDatabase database, long last) {
        database.query(
                """
                select append_event(0, 'test', null, 'SecretSet', repeat('because ', 20), '{"kind": "Nothing"}')
                from generate_series(1, %d)
                """
                        .formatted(AT_ONCE));
        return database
                .query("select seq from events where seq > %d order by seq".formatted(last))
                .stream()
                .map(Long::valueOf)
                .toList();
    }

    private static long lastSeq(EmbeddedDatabase database) {
        return Long.parseLong(database.query("select max(seq) from events").getFirst());
    }

    private static int cut(ControllerProcess controller) {
        var found = CUT.matcher(controller.api().get("/metrics").body().asText());
        return found.find() ? Integer.parseInt(found.group(1)) : 0;
    }
}
