package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.running;
import static io.autoserve.testing.Fixtures.unreadable;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.events.LoadedView;
import io.autoserve.model.App;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.store.StateReader.ClusterState;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ViewSnapshotTest {
    private static final App WEB = app("web", 2);
    private static final ClusterState STATE = clusterState(7, List.of(WEB), running(WEB, 0));

    @Test
    void shows_the_apps_and_instances_of_the_view() {
        var snapshot = snapshot(STATE);

        assertThat(snapshot.seq()).isEqualTo(7);
        assertThat(snapshot.app("web")).isEqualTo(WEB);
        assertThat(snapshot.app("blog")).isNull();
        assertThat(snapshot.instances(WEB)).containsExactly(running(WEB, 0));
    }

    @Test
    void tells_clients_to_try_elsewhere_about_an_app_that_it_cannot_read() {
        var snapshot = snapshot(unreadable(STATE, "shop", "use a newer controller"));

        assertThatThrownBy(() -> snapshot.app("shop"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.UNAVAILABLE);
                            assertThat(refusal).hasMessage("use a newer controller");
                        });
        assertThat(snapshot.app("web")).isEqualTo(WEB);
    }

    @Test
    void shows_only_what_the_slots_of_the_app_wait_for() {
        var own = new Progress("web", 1, "pulling");
        var snapshot = snapshot(STATE, new Progress("blog", 1, "waiting"), own);

        assertThat(snapshot.progress(WEB)).containsExactly(own);
        assertThat(snapshot(STATE).progress(WEB)).isEmpty();
    }

    @Test
    void decides_about_conflicts_once_for_each_state() {
        var decisions = new AtomicInteger();
        var conflicts =
                new RouteConflicts(apps -> {
                    assertThat(apps).containsExactly(WEB);
                    decisions.incrementAndGet();
                    return Map.of("web", List.of("a.com/ is not served"));
                });
        var seen = LoadedView.of(STATE).snapshot().orElseThrow();

        for (var i = 0; i < 3; i++) {
            var snapshot = new ViewSnapshot(seen, List.of(), conflicts);
            assertThat(snapshot.conflicts(WEB)).containsExactly("a.com/ is not served");
            assertThat(snapshot.conflicts(app("blog", 1))).isEmpty();
        }
        assertThat(decisions).hasValue(1);

        var newer = LoadedView.of(clusterState(8, List.of(WEB))).snapshot().orElseThrow();
        assertThat(new ViewSnapshot(newer, List.of(), conflicts).conflicts(WEB)).hasSize(1);
        assertThat(decisions).hasValue(2);
    }

    private static Snapshot snapshot(ClusterState state, Progress... progress) {
        var seen = LoadedView.of(state).snapshot().orElseThrow();
        return new ViewSnapshot(seen, List.of(progress), new RouteConflicts(_ -> Map.of()));
    }
}
