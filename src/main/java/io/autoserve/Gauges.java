package io.autoserve;

import io.autoserve.cluster.Election;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What this controller is and sees, for Prometheus. */
final class Gauges {
    private final View view;

    private Gauges(View view) {
        this.view = view;
    }

    static void register(MeterRegistry registry, Election election, View view) {
        Gauge.builder("autoserve.leader", election, it -> it.trusted() ? 1 : 0)
                .description("Whether this controller leads")
                .register(registry);
        var gauges = new Gauges(view);
        gauges.of(registry, "autoserve.view.seq", "Last event seen", Snapshot::seq);
        gauges.of(registry, "autoserve.apps", "Apps registered", seen -> seen.apps().size());
        for (var state : State.values()) {
            Gauge.builder("autoserve.instances", view, _ -> gauges.count(state))
                    .description("Instances by state")
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .register(registry);
        }
    }

    private void of(
            MeterRegistry registry, String name, String text, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(
                        name,
                        view,
                        it -> it.snapshot().map(seen -> value.applyAsDouble(seen)).orElse(0.0))
                .description(text)
                .register(registry);
    }

    private long count(State state) {
        return view.snapshot().stream()
                .flatMap(seen -> seen.apps().stream().map(app -> seen.instances(app.id())))
                .flatMap(instances -> instances.stream().map(Instance::state))
                .filter(state::equals)
                .count();
    }
}
