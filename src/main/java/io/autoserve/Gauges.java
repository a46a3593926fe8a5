package io.autoserve;

import io.autoserve.api.ApiServer;
import io.autoserve.apps.Retention;
import io.autoserve.events.Feed;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.metrics.GaugeSource;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import io.autoserve.model.Replica;
import io.autoserve.model.StreamKind;
import io.autoserve.model.WriteLoad;
import io.autoserve.platform.ClusterWatch;
import io.autoserve.scaling.AutoScaler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Supplies the values of the metrics, which it reads from the objects that hold them. */
record Gauges(
        BooleanSupplier trusted,
        View seen,
        Feed feed,
        AutoScaler scaler,
        ClusterWatch cluster,
        ApiServer api,
        Retention retention,
        BooleanSupplier unguarded,
        Supplier<Map<String, Boolean>> doors,
        Supplier<Map<String, Boolean>> rotation,
        LongSupplier unjudged,
        int maxInstances,
        long historyLimit,
        Supplier<Optional<Duration>> certificateTime)
        implements GaugeSource {

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
        return cluster.replicas();
    }

    @Override
    public int streams(StreamKind kind) {
        return api.readers(kind);
    }

    @Override
    public long streamsRefused(StreamKind kind) {
        return api.refused(kind);
    }

    @Override
    public long streamsCut() {
        return api.cut();
    }

    @Override
    public long eventBytes() {
        return retention.historySize().events();
    }

    @Override
    public long revisionBytes() {
        return retention.historySize().revisions();
    }

    @Override
    public long auditBytes() {
        return retention.historySize().audit();
    }

    @Override
    public Optional<Duration> certificatesValidFor() {
        return certificateTime.get();
    }

    @Override
    public boolean firewallMissing() {
        return unguarded.getAsBoolean();
    }

    @Override
    public Map<String, Boolean> proxies() {
        return leads() ? rotation.get() : Map.of();
    }

    @Override
    public Map<String, Boolean> frontDoors() {
        return doors.get();
    }

    @Override
    public long healthChecksUnjudged() {
        return unjudged.getAsLong();
    }

    @Override
    public WriteLoad writes() {
        return api.writes();
    }
}
