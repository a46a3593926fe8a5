package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Receiver;
import io.autoserve.model.Refusal;
import io.autoserve.model.Scope;
import io.autoserve.model.Topic;
import io.autoserve.secrets.KeyFile;
import io.autoserve.store.ReceiverTable.Destination;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests receivers in a real PostgreSQL, which gets their URLs only sealed. */
class ReceiverTableIT {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String URL = "https://hooks.example.com/services/hunter2";
    private static final By ANN = By.actor("ann");
    @AutoClose private static final Postgres postgres = Postgres.start();

    @TempDir private Path folder;
    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private KeyFile keys;
    private ReceiverTable table;

    @BeforeEach
    void addKey() throws Exception {
        Path file = folder.resolve("keys");
        KeyFile.add(file, RANDOM);
        keys = new KeyFile(file, RANDOM);
        table = new ReceiverTable(store.database(), store.fencedWrites(), keys, () -> NOON);
    }

    @Test
    void only_the_leader_moves_the_position_of_a_receiver() {
        var first = store.beginTerm(1);
        var receiver = set("team");
        table.sent(first, receiver, 5, NOON.plusSeconds(5));
        var second = store.beginTerm(2);

        assertThatThrownBy(() -> table.sent(first, table.required("team"), 9, NOON))
                .isInstanceOf(Deposed.class);
        assertThat(table.required("team").seq()).isEqualTo(5);
        assertThat(table.required("team").dueAt()).isEqualTo(NOON.plusSeconds(5));
        table.sent(second, table.required("team"), 9, NOON);
        assertThat(table.required("team").seq()).isEqualTo(9);
    }

    @Test
    void what_an_earlier_attempt_reports_does_not_undo_a_later_one() {
        var term = store.beginTerm(1);
        var seen = set("team");
        table.sent(term, seen, 5, NOON);

        table.failed(term, seen, "too late", NOON, NOON.plusSeconds(5));

        assertThat(table.required("team").seq()).isEqualTo(5);
        assertThat(table.required("team").failures()).isZero();
    }

    @Test
    void failures_are_counted_and_dropped_events_are_an_event() {
        var term = store.beginTerm(1);
        set("team");
        table.failed(term, table.required("team"), "away", NOON, NOON.plusSeconds(5));
        var failing = table.required("team");
        assertThat(failing.failures()).isEqualTo(1);
        assertThat(failing.failingSince()).isEqualTo(NOON);
        assertThat(failing.trouble()).isEqualTo("away");

        table.dropped(term, failing, failing.seq() + 3, "away", NOON.plus(Duration.ofHours(1)));

        assertThat(table.required("team").seq()).isEqualTo(3);
        assertThat(table.required("team").failures()).isEqualTo(2);
        assertThat(table.required("team").failingSince()).isEqualTo(NOON);
        var events = store.stateReader().events(EventQuery.behind(0, 100));
        assertThat(events.getLast().is(Event.Type.NotificationDropped)).isTrue();
        assertThat(events.getLast().reason())
                .isEqualTo("receiver 'team' was not notified of its events from 1 to 3: away");
    }

    @Test
    void a_receiver_starts_after_the_present_events_and_its_url_is_sealed() throws Exception {
        set("first");
        var second = set("second");

        assertThat(second.seq()).isEqualTo(1);
        assertThat(table.all()).extracting(Receiver::name).containsExactly("first", "second");
        assertThat(table.destination(second)).isEqualTo(Destination.web(URL, null));
        assertThat(store.tables().execute("select r::text from receivers r").toString())
                .doesNotContain("hunter2");
        KeyFile.add(folder.resolve("keys"), RANDOM);
        var secrets = new SecretTable(store.database(), keys, () -> NOON);
        secrets.reseal(ANN);
        assertThat(table.destination(second).url()).isEqualTo(URL);
    }

    @Test
    void a_removed_receiver_is_gone() {
        set("team");

        assertThat(table.remove("team", ANN).name()).isEqualTo("team");

        assertThatThrownBy(() -> table.remove("team", ANN)).isInstanceOf(Refusal.class);
        assertThat(table.all()).isEmpty();
    }

    private Receiver set(String name) {
        return table.set(
                name,
                Receiver.Form.WEBHOOK,
                "hooks.example.com",
                Destination.web(URL, null),
                List.of(Topic.ROLLED_BACK),
                Scope.EVERYTHING,
                ANN);
    }
}
