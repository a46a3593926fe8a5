package io.autoserve.testing;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.Placement;
import io.autoserve.model.AppSpec.Port;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Release;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Template;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.Security;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds a spec. A test sets only the fields that matter to it; the others have defaults. */
public final class SpecDraft {
    private final String name;
    private String image = "example/demo";
    private List<Port> ports = List.of(new Port(8080, Port.Protocol.TCP, null));
    private List<Variable> environment = List.of();
    private Resources resources = Resources.UNLIMITED;
    private PullPolicy pullPolicy = PullPolicy.IF_NOT_PRESENT;
    private @Nullable String registryAuth;
    private Routing routing = Routing.DEFAULT;
    private Scaling scaling = new ScalingDraft().scaling();
    private HealthChecks checks = HealthChecks.NONE;
    private Rollout rollout = Rollout.DEFAULT;
    private @Nullable Release release;
    private List<Schedule> schedules = List.of();

    private SpecDraft(String name) {
        this.name = name;
    }

    /** Begins a spec with one port, 8080, and everything else at its default. */
    public static SpecDraft of(String name) {
        return new SpecDraft(name);
    }

    public SpecDraft image(String image) {
        this.image = image;
        return this;
    }

    /** Makes the app a worker, which has no port. */
    public SpecDraft worker() {
        ports = List.of();
        return this;
    }

    /** Sets the limits of an instance. */
    public SpecDraft resources(int cpuMillis, long memoryBytes) {
        resources = new Resources(cpuMillis, memoryBytes);
        return this;
    }

    public SpecDraft environment(Variable... variables) {
        environment = List.of(variables);
        return this;
    }

    /** Sets one environment variable for each secret, named like the secret in upper case. */
    public SpecDraft secrets(String... secrets) {
        return environment(
                Arrays.stream(secrets)
                        .map(it -> new Variable.FromSecret(it.toUpperCase(Locale.ROOT), it, null))
                        .toArray(Variable[]::new));
    }

    public SpecDraft pullPolicy(PullPolicy pullPolicy) {
        this.pullPolicy = pullPolicy;
        return this;
    }

    public SpecDraft registryAuth(String secret) {
        registryAuth = secret;
        return this;
    }

    public SpecDraft routing(Routing routing) {
        this.routing = routing;
        return this;
    }

    public SpecDraft scaling(Scaling scaling) {
        this.scaling = scaling;
        return this;
    }

    public SpecDraft checks(HealthChecks checks) {
        this.checks = checks;
        return this;
    }

    public SpecDraft rollout(Rollout rollout) {
        this.rollout = rollout;
        return this;
    }

    /** Sets the release command, with a time limit of a minute. */
    public SpecDraft release(String... command) {
        release = new Release(List.of(command), Duration.ofMinutes(1));
        return this;
    }

    public SpecDraft schedules(Schedule... schedules) {
        this.schedules = List.of(schedules);
        return this;
    }

    public AppSpec spec() {
        return new AppSpec(
                name,
                Map.of(),
                new Template(
                        image,
                        Map.of(),
                        ports,
                        resources,
                        environment,
                        List.of(),
                        List.of(),
                        null,
                        List.of(),
                        null,
                        Security.DEFAULT,
                        LogLimits.DEFAULT),
                pullPolicy,
                registryAuth,
                Duration.ofSeconds(10),
                routing,
                Placement.ANYWHERE,
                scaling,
                checks,
                rollout,
                release,
                schedules);
    }
}
