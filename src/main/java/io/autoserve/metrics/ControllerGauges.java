package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.StreamKind;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Registers the gauges of this controller's own state, and of the cluster as this controller sees
 * it.
 */
final class ControllerGauges {
    private final MeterRegistry registry;
    private final GaugeSource source;

    private ControllerGauges(MeterRegistry registry, GaugeSource source) {
        this.registry = registry;
        this.source = source;
    }

    static void register(
            MeterRegistry registry, GaugeSource source, String version, LoopMetrics loop) {
        var gauges = new ControllerGauges(registry, source);
        gauges.ofController(version, loop);
        gauges.ofMachine();
        gauges.ofView();
        gauges.ofStreams();
        gauges.ofWrites();
    }

    private void ofController(String version, LoopMetrics loop) {
        Gauge.builder("autoserve.build", () -> 1)
                .description("Always 1; the label shows the version")
                .tag("version", version)
                .register(registry);
        gauge(
                "autoserve.leader",
                "1 while this controller leads, else 0; the sum over all controllers is 1",
                it -> it.leads() ? 1 : 0);
        gauge(
                "autoserve.pass.age.seconds",
                "Seconds since the reconcile loop last completed a pass; 0 while another controller leads",
                it -> it.leads() ? loop.secondsSinceLastPass() : 0);
        gauge(
                "autoserve.controllers",
                "Controllers that announced themselves in the last seconds, including this one",
                GaugeSource::controllers);
        gauge(
                "autoserve.certificates.seconds",
                "Seconds until the first of the platform's own certificates expires; NaN if it is"
                        + " unknown, or if the parts of the platform talk without TLS",
                it ->
                        it.certificatesValidFor()
                                .map(left -> (double) left.toSeconds())
                                .orElse(Double.NaN));
    }

    private void ofMachine() {
        gauge(
                "autoserve.firewall.missing",
                "1 while the rules that limit what apps can reach are not in place, or not known to"
                        + " be, else 0; always 0 in dev, which has no firewall",
                it -> it.firewallMissing() ? 1 : 0);
        FunctionCounter.builder(
                        "autoserve.health.unjudged", source, GaugeSource::healthChecksUnjudged)
                .description(
                        "Health checks of instances that timed out and were not judged, because"
                                + " this controller or Docker was short of CPU; they are repeated")
                .register(registry);
    }

    private void ofView() {
        gauge(
                "autoserve.ready",
                "1 once the view is loaded and the API can answer, else 0",
                it -> it.view().isPresent() ? 1 : 0);
        gauge(
                "autoserve.feed.silence.seconds",
                "Seconds since the feed last received an answer from the database; up to 2 is normal",
                it -> it.feedSilence().toNanos() / 1e9);
        seen(
                "autoserve.term",
                "Epoch of the current leader's term; 0 before the first term",
                ControllerGauges::term);
        seen("autoserve.view.seq", "Seq of the last event in the view", Snapshot::seq);
        seen("autoserve.apps", "Apps registered", it -> it.apps().size());
        seen(
                "autoserve.instances.possible",
                "Maximum number of instances that all apps together can have: desired instances (up to maxReplicas in mode auto) and the extra instances of rollouts",
                it -> it.apps().stream().mapToInt(App::reach).sum());
        gauge(
                "autoserve.instances.limit",
                "Limit of autoserve_instances_possible, which AUTOSERVE_MAX_INSTANCES sets",
                GaugeSource::maxInstances);
        history("events", GaugeSource::eventBytes);
        history("revisions", GaugeSource::revisionBytes);
        history("audit", GaugeSource::auditBytes);
        gauge(
                "autoserve.history.limit.bytes",
                "Limit of autoserve_history_bytes, which AUTOSERVE_HISTORY_MAX_MB sets",
                GaugeSource::historyLimit);
        for (var state : State.values()) {
            Gauge.builder(
                            "autoserve.instances",
                            source,
                            it -> it.view().map(v -> count(v, state)).orElse(0.0))
                    .description("Instances of all apps, by state")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
    }

    private void history(String table, ToDoubleFunction<GaugeSource> bytes) {
        Gauge.builder("autoserve.history.bytes", source, bytes)
                .description(
                        "Size of all kept events, of all kept revisions and of the permitted acts"
                                + " in the audit; 0 unless this controller leads")
                .tag("table", table)
                .register(registry);
    }

    private void ofStreams() {
        for (var kind : StreamKind.values()) {
            Gauge.builder("autoserve.streams", source, it -> it.streams(kind))
                    .description(
                            "Open streams of events and logs, exec sessions and forwarded ports, by kind")
                    .tag("kind", kind.word())
                    .register(registry);
            FunctionCounter.builder(
                            "autoserve.streams.refused", source, it -> it.streamsRefused(kind))
                    .description(
                            "Streams that were refused because the token or the controller had too"
                                    + " many open, by kind")
                    .tag("kind", kind.word())
                    .register(registry);
        }
        FunctionCounter.builder("autoserve.streams.cut", source, GaugeSource::streamsCut)
                .description("Event streams closed because the client read too slowly")
                .register(registry);
    }

    private void ofWrites() {
        gauge(
                "autoserve.writes.running",
                "Write requests in progress in the API",
                it -> it.writes().underWay());
        gauge(
                "autoserve.writes.waiting",
                "Write requests that wait for another write to finish",
                it -> it.writes().waiting());
        refused("full", it -> it.writes().full());
        refused("late", it -> it.writes().late());
        refused("abandoned", it -> it.writes().abandoned());
    }

    private void refused(String reason, ToDoubleFunction<GaugeSource> count) {
        FunctionCounter.builder("autoserve.writes.refused", source, count)
                .description(
                        "Write requests that were not run, by reason: full (too many were waiting),"
                                + " late (the request waited too long) or abandoned (the client"
                                + " disconnected while its request waited)")
                .tag("reason", reason)
                .register(registry);
    }

    private void gauge(String name, String text, ToDoubleFunction<GaugeSource> value) {
        Gauge.builder(name, source, value).description(text).register(registry);
    }

    private void seen(String name, String text, ToDoubleFunction<Snapshot> value) {
        gauge(name, text, it -> it.view().map(value::applyAsDouble).orElse(0.0));
    }

    private static double term(Snapshot view) {
        var leader = view.leader();
        return leader == null ? 0 : leader.term().epoch();
    }

    private static double count(Snapshot view, State state) {
        return view.apps().stream()
                .flatMap(app -> view.instances(app.id()).stream())
                .map(Instance::state)
                .filter(state::equals)
                .count();
    }
}
