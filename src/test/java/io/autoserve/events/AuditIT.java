package io.autoserve.events;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.container;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.events.Audit.Seen;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.model.ViewVerdict;
import io.autoserve.store.DesiredState;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.StateReader;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that each change of a row has an event that reports it, and that a view that differs from
 * the rows is detected.
 */
class AuditIT {
    private static final List<String> NAMES = List.of("web", "shop", "api");

    @AutoClose private static final Postgres postgres = Postgres.start();

    private final View view = new View();
    private Instant now = NOON;

    @AutoClose private final OpenStore store = OpenStore.in(postgres, () -> now);
    private final Postgres.Database tables = store.tables();
    private final StateReader stateReader = store.stateReader();
    private final DesiredState desiredState = store.desiredState();
    private final FencedWrites fencedWrites = store.fencedWrites();
    private final Term term = store.beginTerm(1);
    private final Audit audit = new Audit(stateReader, view);

    @BeforeEach
    void begin() {
        view.reload(Snapshot.of(stateReader.clusterState()));
        audit.remember();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void whatever_happens_the_events_lead_to_what_the_tables_say(long seed) {
        var random = new Random(seed);
        for (var step = 0; step < 150; step++) {
            now = now.plusNanos(1000L * random.nextInt(1, 10_000_000));
            happen(random);
            if (step % 10 == 0) {
                var found = audit.compare(Map.of());
                assertThat(found.own())
                        .as("seed %d, step %d, event %d", seed, step, found.seq())
                        .isEqualTo(ViewVerdict.AGREES);
            }
        }
        assertThat(audit.compare(Map.of()).own()).isEqualTo(ViewVerdict.AGREES);
    }

    private void happen(Random random) {
        var name = NAMES.get(random.nextInt(NAMES.size()));
        try {
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> desiredState.apply(someSpec(name, random), "raw", By.actor("ann"));
                case 3 -> desiredState.scale(name, random.nextInt(5), By.actor("ann"));
                case 4 -> desiredState.stop(name, By.actor("ann"));
                case 5 -> desiredState.start(name, By.actor("ann"));
                case 6 -> desiredState.restart(name, By.actor("ann"));
                case 7 -> desiredState.undo(name, null, By.actor("ann"));
                case 8 -> leave(name, random);
                default -> lead(random);
            }
        } catch (Refusal no) {
            // A refused write changes nothing.
        }
    }

    private static AppSpec someSpec(String name, Random random) {
        return spec(name, "image-" + random.nextInt(3), rollout(random.nextInt(3) + 1, 0));
    }

    private void leave(String name, Random random) {
        if (random.nextInt(3) == 0) {
            desiredState.delete(name, By.actor("ann"));
        }
    }

    private void lead(Random random) {
        var clusterState = stateReader.clusterState();
        if (clusterState.apps().isEmpty()) {
            return;
        }
        var app = clusterState.apps().get(random.nextInt(clusterState.apps().size()));
        var own = clusterState.instances().stream().filter(one -> one.appId() == app.id()).toList();
        if (app.intent() == App.Intent.DELETE && own.isEmpty()) {
            fencedWrites.delete(term, app);
        } else if (app.rollout() != null && random.nextInt(3) == 0) {
            roll(app, random);
        } else if (own.isEmpty() || random.nextInt(3) == 0) {
            fencedWrites.occupy(term, app, random.nextInt(4), "wanted");
        } else {
            walk(own.get(random.nextInt(own.size())), random);
        }
    }

    private void roll(App app, Random random) {
        if (random.nextBoolean()) {
            fencedWrites.roll(
                    term,
                    app.id(),
                    Event.Type.RolloutCompleted,
                    "all are ready",
                    (found, _) -> Optional.of(found.rolling(null, now)));
        } else {
            fencedWrites.roll(
                    term,
                    app.id(),
                    Event.Type.RolloutRolledBack,
                    "it fails",
                    (found, before) ->
                            Optional.of(
                                    found.revised(before.spec(), found.replicas(), before, now)));
        }
    }

    private void walk(Instance instance, Random random) {
        switch (instance.state()) {
            case STARTING -> move(instance, found -> found.running(container(found), now));
            case RUNNING -> {
                if (random.nextBoolean()) {
                    var ready = random.nextBoolean();
                    move(instance, found -> found.checked(ready, "it says so", now));
                } else if (random.nextBoolean()) {
                    move(instance, found -> found.draining(now.plusSeconds(9), "too many", now));
                } else {
                    move(instance, found -> found.failed(1, now.plusSeconds(1), "it died", now));
                }
            }
            case DRAINING -> move(instance, found -> found.stopping("drained", now));
            case FAILED -> move(instance, found -> found.pending(now));
            case STOPPING, PENDING -> fencedWrites.vacate(term, instance, "gone");
        }
    }

    private void move(Instance instance, UnaryOperator<Instance> step) {
        fencedWrites.move(
                term,
                instance.id(),
                Event.Type.InstanceStarted,
                found ->
                        found.state() == State.PENDING
                                ? Optional.empty()
                                : Optional.of(step.apply(found)));
    }

    @Test
    void each_view_is_compared_at_the_event_that_it_had_seen() {
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        var earlier = Snapshot.of(stateReader.clusterState());
        desiredState.scale("web", 3, By.actor("ann"));
        var present = Snapshot.of(stateReader.clusterState());

        var found =
                audit.compare(
                        Map.of(
                                "behind", seen(earlier, earlier.digest()),
                                "here", seen(present, present.digest()),
                                "wrong", seen(earlier, present.digest()),
                                "ahead", new Seen(present.timeline(), present.seq() + 1, "d"),
                                "elsewhen", new Seen(present.timeline() + 1, 1, "d")));

        assertThat(found.others())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "behind", ViewVerdict.AGREES,
                                "here", ViewVerdict.AGREES,
                                "wrong", ViewVerdict.DISAGREES,
                                "ahead", ViewVerdict.UNKNOWN,
                                "elsewhen", ViewVerdict.UNKNOWN));
    }

    @Test
    void a_row_that_changed_without_an_event_is_found() {
        desiredState.apply(spec("web", rollout(1, 0)), "raw", By.actor("ann"));
        tables.execute("update apps set replicas = 7");

        assertThat(audit.compare(Map.of()).own()).isEqualTo(ViewVerdict.DISAGREES);
    }

    private static Seen seen(Snapshot snapshot, String digest) {
        return new Seen(snapshot.timeline(), snapshot.seq(), digest);
    }
}
