package io.autoserve;

import io.autoserve.api.ApiServer;
import io.autoserve.events.Feed;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.metrics.Sights;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import io.autoserve.scaling.AutoScaler;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Looks up the values of the metrics in the objects that know them. */
record LiveSights(
        BooleanSupplier trusted,
        View seen,
        Feed feed,
        AutoScaler scaler,
        LiveCluster cluster,
        ApiServer api)
        implements Sights {

    @Override
    public boolean leads() {
        return trusted.getAsBoolean();
    }

    @Override
    public Optional<Snapshot> view() {
        return seen.snapshot();
    }

    @Override
    public Duration feedSilence() {
        return feed.silence();
    }

    @Override
    public Optional<Decision> decision(App app) {
        return scaler.decision(app.id());
    }

    @Override
    public int controllers() {
        return cluster.controllers();
    }

    @Override
    public List<Replica> replicas() {
        return cluster.replicas().stream()
                .map(it -> new Replica(it.name(), it.state().equals("streaming"), it.lagBytes()))
                .toList();
    }

    @Override
    public int streams() {
        return api.readers();
    }

    @Override
    public long streamsCut() {
        return api.cut();
    }

    @Override
    public Writes writes() {
        var now = api.writes();
        return new Writes(now.underWay(), now.waiting(), now.full(), now.late(), now.abandoned());
    }
}
