package io.autoserve.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/**
 * Collects the figures of the standby databases, of the published addresses and of the proxies at
 * the time of a scrape.
 */
final class ClusterCollector implements MultiCollector {
    private final GaugeSource source;

    ClusterCollector(GaugeSource source) {
        this.source = source;
    }

    @Override
    public MetricSnapshots collect() {
        var streaming =
                Family.gauge(
                        "autoserve_replica_streaming",
                        "1 while the standby streams from the primary, else 0");
        var lag =
                Family.gauge(
                        "autoserve_replica_lag_bytes",
                        "Bytes of the database's log that the standby has not applied yet");
        for (var replica : source.replicas()) {
            streaming.add(replica.streams() ? 1 : 0, "replica", replica.name());
            if (replica.lagBytes() != null) {
                lag.add(replica.lagBytes(), "replica", replica.name());
            }
        }
        var doors =
                Family.gauge(
                        "autoserve_front_door_up",
                        "1 while the part behind this published address answers there, else 0; not"
                                + " there while it is unknown, and in dev");
        source.frontDoors()
                .forEach((address, answers) -> doors.add(answers ? 1 : 0, "address", address));
        var proxies =
                Family.gauge(
                        "autoserve_proxy_in_rotation",
                        "1 while changes of the routes wait for this nginx, else 0, because it has"
                                + " ended or does not answer; only the leader reports it, and only"
                                + " with several nginx");
        source.proxies().forEach((proxy, in) -> proxies.add(in ? 1 : 0, "proxy", proxy));
        return new MetricSnapshots(
                streaming.snapshot(), lag.snapshot(), doors.snapshot(), proxies.snapshot());
    }
}
