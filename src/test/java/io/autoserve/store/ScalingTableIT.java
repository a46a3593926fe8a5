package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Decision;
import io.autoserve.model.Decision.Inputs;
import io.autoserve.model.Decision.Outcome;
import io.autoserve.model.Decision.Proposal;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Metric;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.store.ScalingTable.Memory;
import io.autoserve.store.ScalingTable.Proposed;
import io.autoserve.store.ScalingTable.Remembered;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests how the autoscaler stores its decisions and its memory, on a real PostgreSQL. */
class ScalingTableIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Postgres.Database tables = store.tables();
    private final StateReader stateReader = store.stateReader();
    private final DesiredState desiredState = store.desiredState();
    private final ScalingTable table = new ScalingTable(store.database(), store.fencedWrites());
    private final LongReads past = store.past();
    private final Term term = store.beginTerm(1);
    private final App app = desiredState.register(shop(), "name: shop", By.actor("tester")).app();

    @Test
    void changes_how_many_are_wanted_and_tells_why() {
        assertThat(table.act(term, app, out(false), NOON)).isPresent();

        assertThat(stateReader.clusterState().apps().getFirst().replicas()).isEqualTo(3);
        var event = lastEvent();
        assertThat(event.type()).isEqualTo("AppScaled");
        assertThat(event.actor()).isEqualTo("autoscaler");
        assertThat(event.reason()).isEqualTo(out(false).reason());
        assertThat(past.scaling(app.id(), 10).changes()).containsExactly(out(false));
        assertThat(memory(app).scaledOutAt()).isEqualTo(NOON);
    }

    @Test
    void only_tells_in_a_dry_run() {
        table.act(term, app, out(true), NOON);

        assertThat(stateReader.clusterState().apps().getFirst().replicas()).isEqualTo(1);
        assertThat(lastEvent().type()).isEqualTo("ScalingProposed");
        assertThat(memory(app).scaledOutAt()).isNull();
    }

    @Test
    void a_new_leader_knows_no_cooldown_after_an_app_woke() {
        var asleep = desiredState.scale("shop", 0, By.actor("tester")).app();
        tables.execute("update scalers set held_until = null");

        assertThat(table.act(term, asleep, out(0, false), NOON)).isPresent();

        assertThat(memory(app).scaledOutAt()).isNull();
    }

    @Test
    void does_nothing_about_an_app_that_changed_meanwhile() {
        desiredState.scale("shop", 5, By.actor("tester"));

        assertThat(table.act(term, app, out(false), NOON)).isEmpty();
    }

    @Test
    void leaves_what_an_operator_scaled_to_until_a_new_spec() {
        var until = NOON.plus(shop().scaling().stabilizationWindow());
        desiredState.scale("shop", 1, By.actor("tester"));
        assertThat(table.held(NOON)).containsEntry(app.id(), until);
        assertThat(table.held(until)).isEmpty();
        assertThat(table.act(term, app, out(false), NOON)).isEmpty();

        desiredState.apply(
                spec("shop", "other/image", rollout(1, 0)), "name: shop", By.actor("tester"));
        assertThat(table.held(NOON)).isEmpty();
    }

    @Test
    void an_app_that_an_operator_scaled_to_0_can_wake_at_once_if_it_may_sleep() {
        var policy = new ScalingDraft().sleepsAfter(Duration.ofMinutes(5)).scaling();
        desiredState.apply(
                SpecDraft.of("shop").scaling(policy).spec(), "name: shop", By.actor("tester"));

        var asleep = desiredState.scale("shop", 0, By.actor("tester")).app();

        assertThat(table.held(NOON)).isEmpty();
        assertThat(table.act(term, asleep, out(0, false), NOON)).isPresent();
    }

    @Test
    void an_old_leader_scales_nothing() {
        var old = new Term(1, UUID.randomUUID());

        assertThatThrownBy(() -> table.act(old, app, out(false), NOON)).isInstanceOf(Deposed.class);
    }

    @Test
    void the_next_leader_reads_what_the_last_one_knew() {
        table.act(term, app, out(false), NOON.minusSeconds(60));
        table.remember(term, List.of(remembered(app, NOON.minusSeconds(60), 4)));
        table.remember(term, List.of(remembered(app, NOON.minusSeconds(60), 2)));

        var memory = memory(app);

        assertThat(memory.since()).isEqualTo(NOON.minusSeconds(60));
        assertThat(memory.proposals()).containsExactly(proposed(4));
        assertThat(past.scaling(app.id(), 10).latest()).isEqualTo(out(false));
    }

    @Test
    void a_namesake_of_a_deleted_app_begins_anew() {
        table.act(term, app, out(false), NOON);
        table.remember(term, List.of(remembered(app, NOON, 9)));
        tables.execute("delete from apps");

        var namesake = desiredState.register(shop(), "name: shop", By.actor("tester")).app();

        assertThat(namesake.name()).isEqualTo(app.name());
        assertThat(memories(namesake, app)).isEmpty();
        assertThat(past.scaling(namesake.id(), 10).changes()).isEmpty();
    }

    @Test
    void the_decisions_about_all_apps_are_remembered_at_once_except_those_about_a_deleted_app() {
        var other = registered("club");
        var deleted = registered("gone");
        tables.execute("delete from apps where name = 'gone'");

        table.remember(
                term,
                List.of(
                        remembered(other, NOON, 5),
                        remembered(deleted, NOON, 6),
                        remembered(app, NOON, 7)));

        assertThat(memory(app).proposals()).containsExactly(proposed(7));
        assertThat(memories(app, other, deleted)).containsOnlyKeys(app.id(), other.id());
        assertThat(memory(other).proposals()).containsExactly(proposed(5));
    }

    @Test
    void only_the_proposals_that_the_next_leader_needs_are_read() {
        table.remember(term, List.of(remembered(app, NOON, 7)));

        assertThat(table.memories(Map.of(app.id(), NOON.plusSeconds(10))).values())
                .singleElement()
                .satisfies(memory -> assertThat(memory.proposals()).isEmpty());
    }

    private App registered(String name) {
        return desiredState
                .register(spec(name, rollout(1, 0)), "name: " + name, By.actor("tester"))
                .app();
    }

    private Memory memory(App of) {
        return Objects.requireNonNull(memories(of).get(of.id()));
    }

    private Map<Long, Memory> memories(App... apps) {
        return table.memories(
                Stream.of(apps).collect(Collectors.toMap(App::id, _ -> NOON.minusSeconds(600))));
    }

    private static Remembered remembered(App app, Instant since, int proposed) {
        return new Remembered(app.id(), out(false), since, proposed(proposed));
    }

    private Event lastEvent() {
        return stateReader
                .events(new EventQuery("shop", Scope.EVERYTHING, null, null, null, null, 10))
                .getLast();
    }

    private static Proposed proposed(int replicas) {
        return new Proposed(NOON.plusSeconds(10), replicas);
    }

    private static Decision out(boolean dryRun) {
        return out(1, dryRun);
    }

    private static Decision out(int from, boolean dryRun) {
        return new Decision(
                NOON,
                Outcome.OUT,
                from,
                3,
                3,
                "out from %d to 3: much to do".formatted(from),
                List.of(new Proposal(Metric.REQUESTS, 240.0, 100, 240.0, 3)),
                List.of(),
                new Inputs(
                        1,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        true,
                        false,
                        dryRun,
                        null,
                        null,
                        (Instant) null,
                        null));
    }

    private static AppSpec shop() {
        return SpecDraft.of("shop")
                .scaling(new ScalingDraft().auto(1, 10).requests(100).scaling())
                .spec();
    }
}
