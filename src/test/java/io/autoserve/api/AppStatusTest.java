package io.autoserve.api;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.ready;
import static io.autoserve.testing.Fixtures.running;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AppStatusTest {
    private static final App SHOP = app("shop", 2);
    private static final App STOPPED = app("shop", 2, 1, Intent.STOP, Rollout.DEFAULT);
    private static final App ASLEEP =
            app(
                    SpecDraft.of("shop")
                            .scaling(
                                    new ScalingDraft().sleepsAfter(Duration.ofMinutes(5)).scaling())
                            .spec(),
                    0);
    private static final App DELETED = app("shop", 2, 1, Intent.DELETE, Rollout.DEFAULT);
    private static final App UPDATED = app("shop", 2, 2, Intent.RUN, Rollout.DEFAULT);

    @ParameterizedTest(name = "{0}: {3}")
    @MethodSource
    void says(String when, App app, List<Instance> instances, String status) {
        var summary = AppStatus.summary(app, instances, List.of(), List.of());

        assertThat(summary.state() + ": " + summary.reason()).isEqualTo(status);
    }

    @Test
    void says_what_a_slot_waits_for_also_before_it_is_recorded() {
        var ahead = new Progress("shop", 1, "waiting for the engine (12 ahead)");

        var summary = AppStatus.summary(SHOP, List.of(ready(SHOP, 0)), List.of(ahead), List.of());

        assertThat(summary.state()).isEqualTo(AppStatus.AppState.Starting);
        assertThat(summary.reason())
                .isEqualTo("1 of 2 instances ready; shop-1: waiting for the engine (12 ahead)");
    }

    @Test
    void an_update_says_what_its_next_slot_waits_for() {
        var release = new Progress("shop", 2, "waits for the release command to start");
        var old = List.of(ready(SHOP, 0), ready(SHOP, 1));

        var summary = AppStatus.summary(UPDATED, old, List.of(release), List.of());

        assertThat(summary.state()).isEqualTo(AppStatus.AppState.Updating);
        assertThat(summary.reason())
                .isEqualTo(
                        "2 of 2 instances ready; replacing 2 instances with revision 2; shop-2: waits for the release command to start");
    }

    @Test
    void an_app_whose_release_command_failed_says_so_until_the_app_is_changed() {
        var failed = new Progress("shop", 0, "the release command failed", SHOP.updatedAt());
        var restarted = SHOP.wanting(Intent.RUN, 2, 1, NOON.plusSeconds(1));

        var summary = AppStatus.summary(SHOP, List.of(), List.of(failed), List.of());

        assertThat(summary.state()).isEqualTo(AppStatus.AppState.ReleaseFailed);
        assertThat(summary.reason())
                .isEqualTo("0 of 2 instances ready; the release command failed");
        assertThat(AppStatus.summary(restarted, List.of(), List.of(failed), List.of()).state())
                .isEqualTo(AppStatus.AppState.Starting);
    }

    @Test
    void an_instance_that_starts_says_what_it_waits_for_now() {
        var pull = new Progress("shop", 1, "pulling image 'shop:2': 40 of 120 MB, 1 of 5 layers");

        var status =
                AppStatus.of(
                        SHOP, List.of(ready(SHOP, 0), starting(SHOP, 1)), List.of(pull), List.of());

        assertThat(status.instances().get(0).reason()).isNotEqualTo(pull.text());
        assertThat(status.instances().get(1).reason()).isEqualTo(pull.text());
        assertThat(status.summary().reason()).endsWith("shop-1: " + pull.text());
    }

    static Stream<Arguments> says() {
        return Stream.of(
                when("nothing runs yet", SHOP, List.of(), "Starting: 0 of 2 instances ready"),
                when(
                        "one is starting",
                        SHOP,
                        List.of(ready(SHOP, 0), starting(SHOP, 1)),
                        "Starting: 1 of 2 instances ready; shop-1: test"),
                when(
                        "all are ready",
                        SHOP,
                        List.of(ready(SHOP, 0), ready(SHOP, 1)),
                        "Running: 2 of 2 instances ready"),
                when(
                        "three are ready, one of which is draining",
                        SHOP,
                        List.of(
                                ready(SHOP, 0),
                                ready(SHOP, 1),
                                ready(SHOP, 2).draining(NOON, "scaled in", NOON)),
                        "Running: 2 of 2 instances ready"),
                when(
                        "one fails its check",
                        SHOP,
                        List.of(ready(SHOP, 0), running(SHOP, 1).checked(false, "HTTP 500", NOON)),
                        "Degraded: 1 of 2 instances ready; shop-1: HTTP 500"),
                when(
                        "one has died once",
                        SHOP,
                        List.of(ready(SHOP, 0), starting(SHOP, 1).failed(1, NOON, "exit 1", NOON)),
                        "Degraded: 1 of 2 instances ready; shop-1: exit 1"),
                when(
                        "one dies again and again",
                        SHOP,
                        List.of(ready(SHOP, 0), starting(SHOP, 1).failed(2, NOON, "exit 1", NOON)),
                        "CrashLooping: 1 of 2 instances ready; shop-1: exit 1"),
                when(
                        "an old revision is still there",
                        UPDATED,
                        List.of(ready(UPDATED, 0), ready(SHOP, 1)),
                        "Updating: 2 of 2 instances ready; replacing 1 instance with revision 2"),
                when(
                        "an instance of the old revision dies again and again",
                        UPDATED,
                        List.of(
                                ready(UPDATED, 0),
                                starting(SHOP, 1).failed(4, NOON, "exit 1", NOON)),
                        "Updating: 1 of 2 instances ready; replacing 1 instance with revision 2"),
                when(
                        "it is being stopped",
                        STOPPED,
                        List.of(ready(SHOP, 0)),
                        "Stopping: stopped by an operator; 1 instance left to remove"),
                when("it is stopped", STOPPED, List.of(), "Stopped: stopped by an operator"),
                when(
                        "it is scaled to 0",
                        app("shop", 0),
                        List.of(),
                        "Stopped: scaled to 0 replicas"),
                when("it sleeps", ASLEEP, List.of(), "Asleep: a request starts an instance"),
                when(
                        "it falls asleep",
                        ASLEEP,
                        List.of(ready(SHOP, 0)),
                        "Stopping: a request starts an instance; 1 instance left to remove"),
                when(
                        "it is being deleted",
                        DELETED,
                        List.of(ready(SHOP, 0), ready(SHOP, 1)),
                        "Deleting: 2 instances left to remove"));
    }

    private static Arguments when(String when, App app, List<Instance> instances, String status) {
        return Arguments.of(when, app, instances, status);
    }
}
