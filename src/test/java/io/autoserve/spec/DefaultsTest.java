package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.Placement;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.Security;
import io.autoserve.spec.Reading.Understood;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefaultsTest {

    @Test
    void are_those_of_the_model() {
        var spec = spec("");

        assertThat(spec.resources()).isEqualTo(Resources.UNLIMITED);
        assertThat(spec.logs()).isEqualTo(LogLimits.DEFAULT);
        assertThat(spec.routing()).isEqualTo(Routing.DEFAULT);
        assertThat(spec.security()).isEqualTo(Security.DEFAULT);
        assertThat(spec.placement()).isEqualTo(Placement.ANYWHERE);
        assertThat(spec.rollout()).isEqualTo(Rollout.DEFAULT);
    }

    @Test
    void leave_the_number_of_instances_to_people() {
        var scaling = spec("").scaling();

        assertThat(scaling.mode()).isEqualTo(AppSpec.Scaling.Mode.MANUAL);
        assertThat(scaling.minReplicas()).isEqualTo(1);
        assertThat(scaling.maxReplicas()).isEqualTo(10);
        assertThat(spec("scaling: {minReplicas: 12}").scaling().maxReplicas()).isEqualTo(12);
    }

    @Test
    void let_an_app_sleep_that_may_have_no_instances() {
        var scaling = spec("scaling: {mode: auto, minReplicas: 0}").scaling();

        assertThat(scaling.sleep())
                .isEqualTo(
                        new Sleep(
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(30),
                                List.of(),
                                List.of()));
        assertThat(scaling.initial()).isEqualTo(1);
        assertThat(spec("scaling: {minReplicas: 0}").scaling().sleep()).isNull();
        assertThat(spec("scaling: {minReplicas: 0}").scaling().initial()).isZero();
    }

    @Test
    void leave_secrets_to_the_metrics_that_name_them() {
        var spec = understood(Example.named("queue").text());

        assertThat(spec.secrets())
                .containsOnly(
                        entry("/scaling/metrics/0/postgres/secret", "invoices-db"),
                        entry("/scaling/metrics/1/prometheus/secret", "prometheus"));
    }

    @Test
    void connect_to_the_first_port_before_requests_are_sent() {
        var checks = spec("").checks();

        assertThat(checks.startup()).isNull();
        assertThat(checks.readiness())
                .isEqualTo(
                        new HealthCheck(
                                new Probe.Tcp(8080),
                                Duration.ZERO,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(2),
                                3,
                                1));
        assertThat(checks.liveness()).isNull();
        assertThat(spec("healthCheck: {liveness: {path: /}}").checks().readiness())
                .isEqualTo(checks.readiness());
    }

    @Test
    void leave_the_checks_to_the_image_unless_the_spec_names_one() {
        var unnamed = spec("");
        assertThat(unnamed.checks().ofImage()).isTrue();
        assertThat(SpecWriter.document(unnamed).has("healthCheck")).isFalse();
        assertThat(understood(SpecWriter.document(unnamed).toString())).isEqualTo(unnamed);

        var named = spec("healthCheck: {readiness: {protocol: TCP}}");
        assertThat(named.checks().ofImage()).isFalse();
        assertThat(named.checks().readiness()).isEqualTo(unnamed.checks().readiness());
        assertThat(understood(SpecWriter.document(named).toString())).isEqualTo(named);
    }

    @Test
    void let_a_worker_be_ready_as_soon_as_it_runs() {
        var worker =
                understood(
                        """
                        apiVersion: v1
                        kind: App
                        metadata: {name: jobs}
                        spec: {type: worker, image: "jobs:1"}
                        """);

        assertThat(worker.isWorker()).isTrue();
        assertThat(worker.port()).isZero();
        assertThat(worker.routing()).isEqualTo(Routing.DEFAULT);
        assertThat(worker.checks()).isEqualTo(new HealthChecks(null, null, null, true));
    }

    @Test
    void let_one_check_serve_readiness_and_liveness() {
        var checks = spec("healthCheck: {path: /health}").checks();

        assertThat(checks.readiness()).isNotNull().isEqualTo(checks.liveness());
        assertThat(checks.startup()).isNull();
    }

    @Test
    void can_be_switched_off() {
        assertThat(spec("healthCheck: {protocol: NONE}").checks()).isEqualTo(HealthChecks.NONE);
    }

    @Test
    void are_the_same_for_scaling_inside_spec() {
        var inside = Documents.minimal();
        Documents.with(inside, "/spec/scaling/minReplicas", Documents.of("3"));

        assertThat(understood(inside.toString())).isEqualTo(spec("scaling: {minReplicas: 3}"));
    }

    private static AppSpec spec(String more) {
        return understood(Example.named("minimal").text() + more + "\n");
    }

    private static AppSpec understood(String text) {
        return ((Understood) new SpecReader(Allowance.NOTHING).read(text)).spec();
    }
}
