package io.autoserve.simulation;

import io.autoserve.health.ProbeResult;
import io.autoserve.health.Probing;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.time.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;

/** Probes the modelled containers. A program answers some time after its container has started. */
final class ModelProbing implements Probing {
    private static final Duration ROUND_TRIP = Duration.ofMillis(2);

    private final ModelEngine engine;
    private final EventLoop loop;

    ModelProbing(ModelEngine engine, EventLoop loop) {
        this.engine = engine;
        this.loop = loop;
    }

    @Override
    public Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience) {
        var result = Promise.<ProbeResult>promise();
        var held = engine.at(String.valueOf(instance.address()));
        var silent = held != null && held.container().state() == Container.State.PAUSED;
        loop.after(silent ? patience : ROUND_TRIP, () -> result.complete(answer(instance, silent)));
        return result.future();
    }

    private ProbeResult answer(Instance instance, boolean silent) {
        if (silent) {
            return new ProbeResult.Failed("no answer in time", null);
        }
        var held = engine.at(String.valueOf(instance.address()));
        return held != null && engine.isServing(held)
                ? new ProbeResult.Passed()
                : new ProbeResult.Failed("connection refused", null);
    }
}
