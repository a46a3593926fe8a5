package io.autoserve.testing;

import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.Mode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Makes the scaling of a spec of which a test states only what matters to it. The rest is as in the
 * schema, without a target.
 */
public final class ScalingDraft {
    private Mode mode = Mode.MANUAL;
    private int minReplicas = 1;
    private int maxReplicas = 100;
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

    /** Sets the target of requests a second per replica. */
    public ScalingDraft requests(double target) {
        requests = target;
        return this;
    }

    /** Sets the most milliseconds that 95 of 100 requests may take. */
    public ScalingDraft latency(double most) {
        latency = most;
        return this;
    }

    /** Sets the most percent of its processor limit that an instance may use. */
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

    /** Sets the most instances that one decision adds or removes. */
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
                requests,
                latency,
                cpu,
                null,
                null,
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
