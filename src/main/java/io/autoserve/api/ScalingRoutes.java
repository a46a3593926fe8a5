package io.autoserve.api;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.Decision;
import io.autoserve.model.Instance;
import io.autoserve.model.LoadSummary;
import io.autoserve.platform.Platform;
import io.autoserve.spec.SpecWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests about an app's load, its scaling policy and the decisions of the autoscaler. */
final class ScalingRoutes {
    private final Platform platform;
    private final Writes writes;

    ScalingRoutes(Platform platform, Writes writes) {
        this.platform = platform;
        this.writes = writes;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "readScaling", this::scaling,
                "changeScaling", this::change,
                "readMetrics", this::metrics);
    }

    private record ScalingAnswer(
            String name,
            int replicas,
            JsonNode policy,
            @Nullable Instant heldUntil,
            @Nullable DecisionAnswer latest,
            List<DecisionAnswer> changes) {}

    private record DecisionAnswer(
            Instant at,
            ScalingOutcome outcome,
            int from,
            int to,
            int wanted,
            String reason,
            List<ProposalAnswer> proposals,
            List<String> caps,
            Decision.Inputs inputs) {
        enum ScalingOutcome {
            Out,
            In,
            Hold
        }

        static DecisionAnswer of(Decision decision) {
            return new DecisionAnswer(
                    decision.at(),
                    switch (decision.outcome()) {
                        case OUT -> ScalingOutcome.Out;
                        case IN -> ScalingOutcome.In;
                        case HOLD -> ScalingOutcome.Hold;
                    },
                    decision.from(),
                    decision.to(),
                    decision.wanted(),
                    decision.reason(),
                    decision.proposals().stream().map(ProposalAnswer::of).toList(),
                    decision.caps(),
                    decision.inputs());
        }
    }

    /**
     * A proposal of one metric. The metric is named like the field of a spec that sets its target.
     */
    private record ProposalAnswer(
            String metric,
            @Nullable String name,
            String unit,
            @Nullable Double value,
            double target,
            @Nullable Double percent,
            @Nullable Integer replicas) {
        static ProposalAnswer of(Decision.Proposal proposal) {
            return new ProposalAnswer(
                    switch (proposal.metric()) {
                        case REQUESTS -> "targetRPSPerReplica";
                        case LATENCY -> "maxP95LatencyMs";
                        case CPU -> "maxCPUPercent";
                        case MEMORY -> "maxMemoryPercent";
                        case CONNECTIONS -> "maxConnPerReplica";
                        case CUSTOM -> "metrics";
                    },
                    proposal.name(),
                    proposal.unit(),
                    proposal.value(),
                    proposal.target(),
                    proposal.percent(),
                    proposal.replicas());
        }
    }

    private void scaling(Call call) {
        var app = Reads.app(platform, call);
        call.when(
                platform.loads().scaling(app),
                told ->
                        call.json(
                                200,
                                new ScalingAnswer(
                                        app.name(),
                                        app.replicas(),
                                        SpecWriter.document(app.spec()).path("scaling"),
                                        told.heldUntil(),
                                        told.latest() == null
                                                ? null
                                                : DecisionAnswer.of(told.latest()),
                                        told.changes().stream().map(DecisionAnswer::of).toList())));
    }

    /** Changes the scaling policy: applies the app's whole spec with the new policy. */
    private void change(Call call) {
        var app = Reads.app(platform, call);
        var document = SpecWriter.document(app.spec());
        document.set("scaling", call.body());
        writes.apply(call, document.toPrettyString(), app.revision());
    }

    private record MetricsAnswer(
            String name,
            LoadSummary now,
            Map<Integer, LoadSummary> revisions,
            Map<String, LoadSummary> instances,
            int stepSeconds,
            List<LoadSummary> history) {}

    private void metrics(Call call) {
        var app = Reads.app(platform, call);
        var step = Duration.ofSeconds(call.count("step"));
        var instances =
                platform.snapshot().instances(app).stream()
                        .collect(toMap(Instance::id, identity()));
        call.when(
                platform.loads().load(app, call.time("since"), step),
                load -> {
                    var named = new TreeMap<String, LoadSummary>();
                    load.instances()
                            .forEach((id, summary) -> {
                                var instance = instances.get(id);
                                if (instance != null) {
                                    named.put(instance.name(), summary);
                                }
                            });
                    call.json(
                            200,
                            new MetricsAnswer(
                                    app.name(),
                                    load.now(),
                                    load.revisions(),
                                    named,
                                    (int) step.toSeconds(),
                                    load.history()));
                });
    }
}
