package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.plan.Occupants;
import io.autoserve.plan.Traffic;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Tests which checks the running instances get. */
class RoundTest {
    private static final HealthCheck OF_IMAGE =
            new HealthCheck(
                    new Probe.Command(List.of("/check")),
                    Duration.ZERO,
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(30),
                    3,
                    1);
    private static final HealthCheck CONNECTS =
            new HealthCheck(
                    new Probe.Tcp(8080),
                    Duration.ZERO,
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    3,
                    1);

    @Test
    void a_spec_without_checks_gets_the_one_of_its_image() {
        var app = app(new AppSpec.HealthChecks(null, CONNECTS, null, true));
        var instance = Fixtures.running(app, 0);

        var checked = checked(app, instance, List.of(withCheck(Fixtures.container(instance))));

        assertThat(checked).containsOnlyKeys(instance);
        assertThat(checked.values())
                .extracting(AppSpec::checks)
                .containsExactly(new AppSpec.HealthChecks(null, CONNECTS, OF_IMAGE, true));
    }

    @Test
    void a_spec_with_checks_keeps_them() {
        var app = app(new AppSpec.HealthChecks(null, CONNECTS, null));
        var instance = Fixtures.running(app, 0);

        assertThat(checked(app, instance, List.of(withCheck(Fixtures.container(instance)))))
                .isEqualTo(Map.of(instance, app.spec()));
        assertThat(checked(app, instance, List.of())).isEqualTo(Map.of(instance, app.spec()));
    }

    @Test
    void an_instance_waits_until_the_check_of_its_image_is_known() {
        var app = app(new AppSpec.HealthChecks(null, CONNECTS, null, true));
        var instance = Fixtures.running(app, 0);

        assertThat(checked(app, instance, List.of())).isEmpty();
        assertThat(checked(app, instance, List.of(Fixtures.container(instance))))
                .as("an image without a check")
                .isEqualTo(Map.of(instance, app.spec()));
    }

    private static App app(AppSpec.HealthChecks checks) {
        return Fixtures.app(SpecDraft.of("web").checks(checks).spec(), 1);
    }

    private static Map<Instance, AppSpec> checked(
            App app, Instance instance, List<Container> listed) {
        var state = Fixtures.clusterState(1, List.of(app), instance);
        var occupants = Occupants.of(List.of(instance), listed);
        return Round.of(state, occupants, new Traffic.Unknown(), NOON).checked();
    }

    private static Container withCheck(Container container) {
        return new Container(
                container.id(),
                container.name(),
                container.app(),
                container.index(),
                container.instanceId(),
                container.revision(),
                container.epoch(),
                container.state(),
                container.address(),
                container.image(),
                container.createdAt(),
                OF_IMAGE,
                false);
    }
}
