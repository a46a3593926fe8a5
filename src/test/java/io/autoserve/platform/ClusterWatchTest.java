package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.clusterState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Members;
import io.autoserve.events.Audit;
import io.autoserve.events.DatabaseNews;
import io.autoserve.events.Feed;
import io.autoserve.events.LoadedView;
import io.autoserve.events.View;
import io.autoserve.model.App;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.platform.ClusterWatch.Self;
import io.autoserve.store.Replication;
import io.autoserve.store.StateReader;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.time.Time;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Reads the status of a controller while the database does not answer. */
class ClusterWatchTest {
    private static final App WEB = app("web", 1);
    private static final Progress PULLS = new Progress("web", 0, "pulling");
    private static final RouteConflicts CONFLICTS = new RouteConflicts(_ -> Map.of());
    private static final Check FIREWALL = new Check("firewall", false, "no rules");

    @AutoClose private final Vertx vertx = Vertx.vertx();

    private final AbsentDatabase absent = new AbsentDatabase();
    private boolean leads;

    @Test
    void is_ready_once_the_view_is_loaded() {
        assertThat(watch(new View()).ready()).isFalse();
        assertThat(watch(LoadedView.of(clusterState(7, List.of()))).ready()).isTrue();
    }

    @Test
    void reports_itself_before_the_view_is_loaded_too() {
        var status = watch(new View()).now();

        assertThat(status.self().name()).isEqualTo("a");
        assertThat(status.self().viewSeq()).isZero();
        assertThat(status.self().viewTimeline()).isNull();
        assertThat(status.database().timeline()).isZero();
        assertThat(status.standbys()).isOne();
    }

    @Test
    void reports_the_checks_of_its_machine() {
        assertThat(watch(new View()).machine()).containsExactly(FIREWALL);
    }

    @Test
    void reports_how_far_the_view_is() {
        var status = watch(LoadedView.of(clusterState(7, List.of()))).now();

        assertThat(status.self().viewSeq()).isEqualTo(7);
        assertThat(status.self().viewTimeline()).isEqualTo(1);
        assertThat(status.database().timeline()).isEqualTo(1);
    }

    @Test
    void only_the_leader_knows_by_itself_what_slots_wait_for() {
        var watch = watch(new View());

        assertThat(watch.progress()).isEmpty();

        leads = true;
        assertThat(watch.progress()).containsExactly(PULLS);
        assertThat(watch.now().self().leads()).isTrue();
    }

    @Test
    void cannot_compare_views_without_the_database() {
        assertThat(watch(LoadedView.of(clusterState(7, List.of()))).health().cause())
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.UNAVAILABLE));
    }

    @Test
    void nothing_is_shown_of_a_view_that_is_not_loaded() {
        assertThatThrownBy(() -> LivePlatform.snapshot(new View(), watch(new View()), CONFLICTS))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("not loaded yet");
    }

    @Test
    void the_snapshot_has_what_the_view_shows_and_what_slots_wait_for() {
        leads = true;
        var view = LoadedView.of(clusterState(7, List.of(WEB)));

        var snapshot = LivePlatform.snapshot(view, watch(view), CONFLICTS);

        assertThat(snapshot.seq()).isEqualTo(7);
        assertThat(snapshot.progress(WEB)).containsExactly(PULLS);
    }

    private ClusterWatch watch(View view) {
        var databases = new Databases(vertx, "127.0.0.1:1", "autoserve", "autoserve", "");
        var stateReader = new StateReader(absent.database());
        return new ClusterWatch(
                new Self("a", "http://a", "1"),
                1,
                () -> NOON,
                view,
                new Feed(
                        new DatabaseNews(databases),
                        stateReader::clusterState,
                        view,
                        _ -> {},
                        Time.system(),
                        new Random(1)),
                new Audit(stateReader, view),
                databases,
                new Replication(absent.pool()),
                self -> new Members(vertx, absent.pool(), self),
                () -> leads,
                () -> List.of(PULLS),
                List.of(() -> FIREWALL),
                new Background(Runnable::run));
    }
}
