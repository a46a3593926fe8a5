package io.autoserve.testing;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.model.AppSpec.Scaling.ScheduledMinimum;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds the scaling part of a spec. A test sets only the fields that matter to it. The others have
 * the defaults of the schema, except that no target is set.
 */
public final class ScalingDraft {
    private Mode mode = Mode.MANUAL;
    private int minReplicas = 1;
    private int maxReplicas = 100;
    private @Nullable Sleep sleep;
    private List<ScheduledMinimum> schedule = List.of();
    private List<CustomMetric> metrics = List.of();
    private @Nullable Double requests;
    private @Nullable Double latency;
    private @Nullable Double cpu;
    private int inBelow = 30;
    private Duration window = Duration.ofSeconds(20);
    private Duration cooldown = Duration.ofSeconds(60);
    private int stepOut = 3;
    private int stepIn = 1;
    private Duration stabilization = Duration.ofMinutes(5);

    /** Scales automatically within these bounds. */
    public ScalingDraft auto(int minReplicas, int maxReplicas) {
        mode = Mode.AUTO;
        return bounds(minReplicas, maxReplicas);
    }

    public ScalingDraft bounds(int minReplicas, int maxReplicas) {
        this.minReplicas = minReplicas;
        this.maxReplicas = maxReplicas;
        return this;
    }

    /** Scales automatically, with no instances after this time without requests. */
    public ScalingDraft sleepsAfter(Duration idle) {
        return sleeps(new Sleep(idle, Duration.ofSeconds(30), List.of(), List.of()));
    }

    /** Scales automatically, with no instances while there are no requests. */
    public ScalingDraft sleeps(Sleep sleep) {
        this.sleep = sleep;
        return auto(0, maxReplicas);
    }

    public ScalingDraft schedule(ScheduledMinimum... times) {
        schedule = List.of(times);
        return this;
    }

    public ScalingDraft metrics(CustomMetric... metrics) {
        this.metrics = List.of(metrics);
        return this;
    }

    /** Sets the target for requests, per second and instance. */
    public ScalingDraft requests(double target) {
        requests = target;
        return this;
    }

    /** Sets the target for latency, as the 95th percentile in milliseconds. */
    public ScalingDraft latency(double most) {
        latency = most;
        return this;
    }

    /** Sets the target for CPU, in percent of an instance's processor limit. */
    public ScalingDraft cpu(double most) {
        cpu = most;
        return this;
    }

    /** Sets the percentage of the target below which the app is scaled in. */
    public ScalingDraft inBelow(int percent) {
        inBelow = percent;
        return this;
    }

    public ScalingDraft window(Duration window) {
        this.window = window;
        return this;
    }

    public ScalingDraft cooldown(Duration cooldown) {
        this.cooldown = cooldown;
        return this;
    }

    /** Sets how many instances one decision adds or removes at most. */
    public ScalingDraft steps(int out, int in) {
        stepOut = out;
        stepIn = in;
        return this;
    }

    public ScalingDraft stabilization(Duration stabilization) {
        this.stabilization = stabilization;
        return this;
    }

    public Scaling scaling() {
        return new Scaling(
                mode,
                minReplicas,
                maxReplicas,
                sleep,
                schedule,
                requests,
                latency,
                cpu,
                null,
                null,
                metrics,
                80,
                inBelow,
                window,
                cooldown,
                stepOut,
                stepIn,
                stabilization,
                false);
    }
}
