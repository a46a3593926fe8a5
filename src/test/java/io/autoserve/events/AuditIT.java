package io.autoserve.events;

import static io.autoserve.testing.Await.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.container;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.events.Audit.Seen;
import io.autoserve.events.Audit.Verdict;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.store.Claims;
import io.autoserve.store.Database;
import io.autoserve.store.Truth;
import io.autoserve.store.Wishes;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that no row changes without an event that reports it, and that a view that differs from
 * the rows is found.
 */
class AuditIT {
    private static final List<String> NAMES = List.of("web", "shop", "api");

    @AutoClose private static final Postgres postgres = Postgres.start();

    private final Vertx vertx = Vertx.vertx();
    private final View view = new View();
    private final Term term = new Term(1, UUID.randomUUID());
    private Instant now = NOON;
    private Postgres.Database tables;
    private Truth truth;
    private Wishes wishes;
    private Claims claims;
    private Audit audit;

    @BeforeEach
    void begin() {
        tables = postgres.create();
        var databases = tables.connect(vertx);
        var database = new Database(databases.pool(4));
        truth = new Truth(database);
        wishes = new Wishes(database, () -> now);
        claims = new Claims(database, "controller", () -> now);
        audit = new Audit(truth, view);
        tables.execute("update leader set epoch = 1, id = '%s'".formatted(term.id()));
        view.reload(Snapshot.of(truth.world()));
        audit.remember();
    }

    @AfterEach
    void end() {
        await(vertx.close());
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
                        .isEqualTo(Verdict.AGREES);
            }
        }
        assertThat(audit.compare(Map.of()).own()).isEqualTo(Verdict.AGREES);
    }

    private void happen(Random random) {
        var name = NAMES.get(random.nextInt(NAMES.size()));
        try {
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> wishes.apply(someSpec(name, random), "raw", "ann");
                case 3 -> wishes.scale(name, random.nextInt(5), "ann");
                case 4 -> wishes.stop(name, "ann");
                case 5 -> wishes.start(name, "ann");
                case 6 -> wishes.restart(name, "ann");
                case 7 -> wishes.undo(name, null, "ann");
                case 8 -> leave(name, random);
                default -> lead(random);
            }
        } catch (Refusal no) {
            // a refused write changes nothing
        }
    }

    private static AppSpec someSpec(String name, Random random) {
        return spec(name, "image-" + random.nextInt(3), rollout(random.nextInt(3) + 1, 0));
    }

    private void leave(String name, Random random) {
        if (random.nextInt(3) == 0) {
            wishes.delete(name, "ann");
        }
    }

    private void lead(Random random) {
        var world = truth.world();
        if (world.apps().isEmpty()) {
            return;
        }
        var app = world.apps().get(random.nextInt(world.apps().size()));
        var own = world.instances().stream().filter(one -> one.appId() == app.id()).toList();
        if (app.intent() == App.Intent.DELETE && own.isEmpty()) {
            claims.delete(term, app);
        } else if (app.rollout() != null && random.nextInt(3) == 0) {
            roll(app, random);
        } else if (own.isEmpty() || random.nextInt(3) == 0) {
            claims.occupy(term, app, random.nextInt(4), "wanted");
        } else {
            walk(own.get(random.nextInt(own.size())), random);
        }
    }

    private void roll(App app, Random random) {
        if (random.nextBoolean()) {
            claims.roll(
                    term,
                    app.id(),
                    Event.Type.RolloutCompleted,
                    "all are ready",
                    (found, _) -> found.rolling(null, now));
        } else {
            claims.roll(
                    term,
                    app.id(),
                    Event.Type.RolledBack,
                    "it fails",
                    (found, before) -> found.revised(before.spec(), found.replicas(), before, now));
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
            case STOPPING, PENDING -> claims.vacate(term, instance, "gone");
        }
    }

    private void move(Instance instance, Function<Instance, @Nullable Instance> step) {
        claims.move(
                term,
                instance.id(),
                Event.Type.InstanceStarted,
                found -> found.state() == State.PENDING ? null : step.apply(found));
    }

    @Test
    void each_view_is_compared_at_the_event_that_it_had_seen() {
        wishes.apply(spec("web", rollout(1, 0)), "raw", "ann");
        var earlier = Snapshot.of(truth.world());
        wishes.scale("web", 3, "ann");
        var present = Snapshot.of(truth.world());

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
                                "behind", Verdict.AGREES,
                                "here", Verdict.AGREES,
                                "wrong", Verdict.DISAGREES,
                                "ahead", Verdict.UNKNOWN,
                                "elsewhen", Verdict.UNKNOWN));
    }

    @Test
    void a_row_that_changed_without_an_event_is_found() {
        wishes.apply(spec("web", rollout(1, 0)), "raw", "ann");
        tables.execute("update apps set replicas = 7");

        assertThat(audit.compare(Map.of()).own()).isEqualTo(Verdict.DISAGREES);
    }

    private static Seen seen(Snapshot snapshot, String digest) {
        return new Seen(snapshot.timeline(), snapshot.seq(), digest);
    }
}
