package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.metrics.Traffic.Counted;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import io.autoserve.model.Instance.State;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Collects the figures of each app at the time of a scrape, so that a deleted app leaves no figures
 * behind.
 */
final class AppCollector implements MultiCollector {
    private static final List<Double> QUANTILES = List.of(0.5, 0.95, 0.99);

    private final GaugeSource source;
    private final Traffic traffic;

    AppCollector(GaugeSource source, Traffic traffic) {
        this.source = source;
        this.traffic = traffic;
    }

    @Override
    public MetricSnapshots collect() {
        return source.view()
                .map(view -> new Collection(view).snapshots())
                .orElseGet(MetricSnapshots::new);
    }

    private final class Collection {
        private final Snapshot view;

        private final Family wanted =
                Family.gauge(
                        "autoserve_app_replicas_wanted",
                        "Desired instances; 0 while the app is stopped");
        private final Family ready =
                Family.gauge("autoserve_app_replicas_ready", "Instances that can receive requests");
        private final Family failed =
                Family.gauge(
                        "autoserve_app_replicas_failed",
                        "Failed instances that wait for their next start attempt");
        private final Family rollout =
                Family.gauge("autoserve_app_rollout", "1 while a rollout is in progress, else 0");
        private final Family scalerWants =
                Family.gauge(
                        "autoserve_app_scaler_wants",
                        "Instances that the load needs, before any limit. Reported by the leader"
                                + " for apps that scale automatically");
        private final Family requests =
                Family.counter(
                        "autoserve_app_requests",
                        "Requests sent to instances, by status class. A broken connection counts"
                                + " as 5xx. A retried request counts for each instance that it was"
                                + " sent to. Reported by the leader");
        private final Family inFlight =
                Family.gauge(
                        "autoserve_app_requests_in_flight",
                        "Requests in flight, including open WebSockets. Reported by the"
                                + " leader");
        private final Family latency =
                Family.gauge(
                        "autoserve_app_latency_seconds",
                        "Percentile of the response times of the last minute, in seconds, accurate"
                                + " to 4 %. Reported by the leader while requests arrive");

        Collection(Snapshot view) {
            this.view = view;
        }

        MetricSnapshots snapshots() {
            traffic.retain(view.apps().stream().map(App::name).toList());
            view.apps().forEach(this::add);
            return new MetricSnapshots(
                    Stream.of(
                                    wanted,
                                    ready,
                                    failed,
                                    rollout,
                                    scalerWants,
                                    requests,
                                    inFlight,
                                    latency)
                            .map(Family::snapshot)
                            .toList());
        }

        private void add(App app) {
            var name = app.name();
            wanted.add(app.wanted(), "app", name);
            ready.add(count(app, Collection::ready), "app", name);
            failed.add(count(app, it -> it.state() == State.FAILED), "app", name);
            rollout.add(app.rollout() == null ? 0 : 1, "app", name);
            if (source.leads()) {
                source.decision(app)
                        .ifPresent(decision -> scalerWants.add(decision.wanted(), "app", name));
                traffic.of(name).ifPresent(counted -> add(name, counted));
            }
        }

        private static boolean ready(Instance instance) {
            return instance.state() == State.RUNNING && instance.health() == Health.READY;
        }

        private double count(App app, Predicate<Instance> which) {
            return view.instances(app.id()).stream().filter(which).count();
        }

        private void add(String app, Counted counted) {
            for (var i = 0; i < counted.classes().size(); i++) {
                requests.add(
                        (double) counted.classes().get(i), "app", app, "class", (i + 1) + "xx");
            }
            inFlight.add((double) counted.inFlight(), "app", app);
            if (counted.recent().requests() > 0) {
                for (var share : QUANTILES) {
                    latency.add(
                            counted.recent().quantile(share).toNanos() / 1e9,
                            "app",
                            app,
                            "percentile",
                            Long.toString(Math.round(share * 100)));
                }
            }
        }
    }
}
