package io.autoserve.testing;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.AppSpec.Placement;
import io.autoserve.model.AppSpec.Port;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Template;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Makes ordinary apps and instances, for tests that care about one thing in them. */
public final class Fixtures {
    public static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private Fixtures() {}

    public static AppSpec spec(String name, Rollout rollout) {
        return spec(name, "autoserve/demo", rollout);
    }

    public static AppSpec spec(String name, String image, Rollout rollout) {
        return new AppSpec(
                name,
                Map.of(),
                template(image),
                PullPolicy.IF_NOT_PRESENT,
                null,
                Duration.ofSeconds(10),
                Routing.DEFAULT,
                Placement.ANYWHERE,
                new Scaling(
                        Scaling.Mode.MANUAL,
                        1,
                        100,
                        null,
                        null,
                        null,
                        null,
                        null,
                        80,
                        30,
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(60),
                        3,
                        1,
                        Duration.ofSeconds(300),
                        false),
                HealthChecks.NONE,
                rollout);
    }

    /** Returns a template with one port, 8080, and everything else at its default. */
    public static Template template(String image) {
        return new Template(
                image,
                Map.of(),
                List.of(new Port(8080, Port.Protocol.TCP, null)),
                Resources.UNLIMITED,
                List.of(),
                List.of(),
                List.of(),
                null,
                List.of(),
                null,
                Security.DEFAULT);
    }

    public static Template image(Template template, String image) {
        return with(template, image, template.environment());
    }

    /** Returns the spec with a variable for each of the secrets. */
    public static AppSpec using(AppSpec spec, String... secrets) {
        var environment = new ArrayList<Variable>();
        for (var secret : secrets) {
            environment.add(new Variable.FromSecret(secret.toUpperCase(Locale.ROOT), secret, null));
        }
        var template = spec.template();
        return with(spec, with(template, template.image(), environment));
    }

    private static Template with(Template template, String image, List<Variable> environment) {
        return new Template(
                image,
                template.labels(),
                template.ports(),
                template.resources(),
                environment,
                template.command(),
                template.args(),
                template.workingDir(),
                template.volumes(),
                template.user(),
                template.security());
    }

    public static AppSpec with(AppSpec spec, Template template) {
        return with(spec, template, spec.scaling());
    }

    public static AppSpec scaling(AppSpec spec, Scaling scaling) {
        return with(spec, spec.template(), scaling);
    }

    private static AppSpec with(AppSpec spec, Template template, Scaling scaling) {
        return new AppSpec(
                spec.name(),
                spec.annotations(),
                template,
                spec.pullPolicy(),
                spec.registryAuth(),
                spec.stopGrace(),
                spec.routing(),
                spec.placement(),
                scaling,
                spec.checks(),
                spec.rollout());
    }

    public static Rollout rollout(int maxSurge, int maxUnavailable) {
        return new Rollout(
                Rollout.Strategy.ROLLING,
                List.of(),
                maxSurge,
                maxUnavailable,
                Duration.ZERO,
                Duration.ofMinutes(10),
                Duration.ZERO,
                Duration.ofSeconds(30),
                true);
    }

    public static App app(String name, int replicas) {
        return app(name, replicas, 1, Intent.RUN, Rollout.DEFAULT);
    }

    public static App app(String name, int replicas, int revision, Intent intent, Rollout rollout) {
        return new App(
                1,
                name,
                revision,
                revision,
                spec(name, rollout),
                intent,
                replicas,
                0,
                null,
                NOON,
                NOON);
    }

    public static Instance starting(App app, int index) {
        return Instance.starting(100 + index, app, index, null, "test", NOON);
    }

    public static Instance running(App app, int index) {
        var starting = starting(app, index);
        return starting.running(container(starting), NOON);
    }

    public static Instance ready(App app, int index) {
        return running(app, index).checked(true, "answers", NOON);
    }

    public static Container container(Instance instance) {
        return new Container(
                "c" + instance.id(),
                instance.name(),
                instance.app(),
                instance.index(),
                instance.id(),
                instance.revision(),
                1,
                Container.State.RUNNING,
                "172.20.1." + instance.id() % 250,
                NOON);
    }
}
