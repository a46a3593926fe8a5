package io.autoserve.spec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.Placement;
import io.autoserve.model.AppSpec.Port;
import io.autoserve.model.AppSpec.Port.Protocol;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Release;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Routing.Buffering;
import io.autoserve.model.AppSpec.Routing.Timeouts;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.MetricQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.model.AppSpec.Scaling.ScheduledMinimum;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import io.autoserve.model.AppSpec.Template;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Security;
import io.autoserve.model.Security.Capability;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Converts a valid document to the model and fills in the defaults. */
final class SpecBinding {
    static final String WORKER = "worker";

    private SpecBinding() {}

    static AppSpec spec(JsonNode document) {
        var app = new Fields(document, Shape.APP, "");
        var metadata = app.object("metadata");
        var spec = app.object("spec");
        var ports = spec.objects("ports").stream().map(SpecBinding::port).toList();
        return new AppSpec(
                metadata.text("name"),
                metadata.labels("annotations"),
                new Template(
                        spec.text("image"),
                        metadata.labels("labels"),
                        ports,
                        resources(spec.object("resources")),
                        spec.objects("environment").stream().map(SpecBinding::variable).toList(),
                        spec.texts("command"),
                        spec.texts("args"),
                        spec.optionalText("workingDir"),
                        spec.objects("volumes").stream().map(SpecBinding::volume).toList(),
                        spec.optionalText("user"),
                        security(spec.object("security")),
                        logs(spec.object("logs"))),
                choice(PullPolicy.values(), Words::of, spec.text("imagePullPolicy")),
                spec.optionalText("registryAuth"),
                spec.seconds("stopGraceSeconds"),
                routing(spec.object("routing")),
                placement(spec.object("placement")),
                scaling(besides(app, "scaling")),
                healthChecks(
                        besides(app, "healthCheck"),
                        ports.isEmpty() ? null : ports.getFirst().number()),
                rollout(besides(app, "rollout")),
                spec.value("release").isObject() ? release(spec.object("release")) : null,
                spec.objects("schedules").stream().map(SpecBinding::schedule).toList());
    }

    /**
     * Returns a section such as {@code scaling}. It may be at the top level of the document, or
     * inside {@code spec} as in Kubernetes.
     */
    static Fields besides(Fields app, String name) {
        var spec = app.object("spec");
        return !app.has(name) && spec.has(name) ? spec.object(name) : app.object(name);
    }

    static boolean isWorker(Fields spec) {
        return spec.is("type", WORKER);
    }

    private static Port port(Fields port) {
        var protocol = port.text("protocol").equals("UDP") ? Protocol.UDP : Protocol.TCP;
        return new Port(port.integer("containerPort"), protocol, port.optionalText("name"));
    }

    private static Resources resources(Fields resources) {
        var cpu = resources.value("cpu");
        var memory = resources.value("memory");
        return new Resources(
                cpu.isMissingNode() ? 0 : Quantity.cpuMillis(cpu),
                memory.isMissingNode() ? 0 : Quantity.bytes(memory));
    }

    private static Variable variable(Fields variable) {
        var name = variable.text("name");
        return switch (variable.text("source")) {
            case "sdk" ->
                    new Variable.FromInstance(
                            name,
                            choice(
                                    Variable.Key.values(),
                                    Variable.Key::text,
                                    variable.text("key")));
            case "secret" ->
                    new Variable.FromSecret(
                            name, variable.text("key"), variable.optionalText("field"));
            default -> new Variable.Literal(name, variable.text("value"));
        };
    }

    private static Volume volume(Fields volume) {
        return new Volume(volume.text("name"), volume.text("mountPath"), volume.flag("readOnly"));
    }

    private static Security security(Fields security) {
        return new Security(
                security.texts("capabilities").stream().map(Capability::valueOf).toList(),
                security.flag("privileged"),
                security.flag("readOnlyRoot"),
                security.texts("tmpfs"),
                security.integer("pidsLimit"));
    }

    private static LogLimits logs(Fields logs) {
        return new LogLimits(Quantity.bytes(logs.value("maxSize")), logs.integer("maxFiles"));
    }

    private static Routing routing(Fields routing) {
        var timeouts = routing.object("timeouts");
        var buffering = routing.object("buffering");
        return new Routing(
                routing.texts("domains"),
                routing.text("pathPrefix"),
                routing.flag("default"),
                choice(Algorithm.values(), Words::of, routing.text("algorithm")),
                routing.object("sticky").optionalText("cookie"),
                new Timeouts(
                        timeouts.seconds("connectSeconds"),
                        timeouts.seconds("readSeconds"),
                        timeouts.seconds("sendSeconds"),
                        timeouts.seconds("idleSeconds")),
                Quantity.bytes(routing.value("maxBodySize")),
                new Buffering(buffering.flag("requests"), buffering.flag("responses")),
                routing.flag("websocket"),
                routing.seconds("slowStartSeconds"),
                RequestRulesDocument.read(routing));
    }

    private static Placement placement(Fields placement) {
        return new Placement(placement.labels("nodeLabels"), placement.integer("maxPerNode"));
    }

    private static Scaling scaling(Fields scaling) {
        return new Scaling(
                choice(Mode.values(), Words::of, scaling.text("mode")),
                scaling.integer("minReplicas"),
                maxReplicas(scaling),
                sleeps(scaling) ? sleep(scaling) : null,
                scaling.objects("schedule").stream().map(SpecBinding::minimum).toList(),
                scaling.optionalNumber("targetRPSPerReplica"),
                scaling.optionalNumber("maxP95LatencyMs"),
                scaling.optionalNumber("maxCPUPercent"),
                scaling.optionalNumber("maxMemoryPercent"),
                scaling.optionalNumber("maxConnPerReplica"),
                scaling.objects("metrics").stream().map(SpecBinding::metric).toList(),
                scaling.integer("scaleOutThresholdPct"),
                scaling.integer("scaleInThresholdPct"),
                scaling.seconds("windowSeconds"),
                scaling.seconds("cooldownSeconds"),
                scaling.integer("maxScaleOutStep"),
                scaling.integer("maxScaleInStep"),
                scaling.seconds("stabilizationWindowSeconds"),
                scaling.flag("dryRun"));
    }

    /** Returns whether the app has no instances while it gets no requests. */
    static boolean sleeps(Fields scaling) {
        return scaling.is("mode", "auto") && scaling.integer("minReplicas") == 0;
    }

    private static Sleep sleep(Fields scaling) {
        return new Sleep(
                scaling.seconds("idleSeconds"),
                scaling.seconds("holdSeconds"),
                scaling.texts("ignoredPaths"),
                scaling.texts("ignoredUserAgents"));
    }

    private static ScheduledMinimum minimum(Fields time) {
        return new ScheduledMinimum(
                time.text("start"),
                time.text("end"),
                time.text("timeZone"),
                time.integer("minReplicas"));
    }

    private static CustomMetric metric(Fields metric) {
        return new CustomMetric(
                metric.text("name"),
                metric.has("postgres")
                        ? postgres(metric.object("postgres"))
                        : prometheus(metric.object("prometheus")),
                metric.value("target").asDouble());
    }

    private static MetricQuery postgres(Fields postgres) {
        return new PostgresQuery(postgres.text("secret"), postgres.text("query"));
    }

    private static MetricQuery prometheus(Fields prometheus) {
        return new PrometheusQuery(
                prometheus.text("url"),
                prometheus.text("query"),
                prometheus.optionalText("secret"));
    }

    static int maxReplicas(Fields scaling) {
        var written = scaling.value("maxReplicas");
        return written.isMissingNode()
                ? Math.max(10, scaling.integer("minReplicas"))
                : written.asInt();
    }

    /**
     * @param mainPort the first port; null if the app is a worker
     */
    private static HealthChecks healthChecks(Fields written, @Nullable Integer mainPort) {
        var connects = mainPort == null ? null : connects(mainPort);
        if (!written.node().isObject()) {
            return new HealthChecks(null, connects, null, true);
        }
        if (!split(written)) {
            var both = healthCheck(written, mainPort);
            return new HealthChecks(null, both, both);
        }
        return new HealthChecks(
                written.has("startup") ? healthCheck(written.object("startup"), mainPort) : null,
                written.has("readiness")
                        ? healthCheck(written.object("readiness"), mainPort)
                        : connects,
                written.has("liveness") ? healthCheck(written.object("liveness"), mainPort) : null);
    }

    static boolean split(Fields healthCheck) {
        return Stream.of("startup", "readiness", "liveness").anyMatch(healthCheck::has);
    }

    private static @Nullable HealthCheck connects(int mainPort) {
        var check = JsonNodeFactory.instance.objectNode().put("protocol", "TCP");
        return healthCheck(new Fields(check, Shape.HEALTH_CHECK, ""), mainPort);
    }

    private static @Nullable HealthCheck healthCheck(Fields check, @Nullable Integer mainPort) {
        var probe = probe(check, mainPort);
        return probe == null
                ? null
                : new HealthCheck(
                        probe,
                        check.seconds("initialDelaySeconds"),
                        check.seconds("periodSeconds"),
                        check.seconds("timeoutSeconds"),
                        check.integer("failureThreshold"),
                        check.integer("successThreshold"));
    }

    private static @Nullable Probe probe(Fields check, @Nullable Integer mainPort) {
        return switch (check.text("protocol")) {
            case "TCP" -> new Probe.Tcp(port(check, mainPort));
            case "COMMAND" -> new Probe.Command(check.texts("command"));
            case "NONE" -> null;
            default -> {
                var headers = new LinkedHashMap<String, String>();
                check.objects("headers").forEach(h -> headers.put(h.text("name"), h.text("value")));
                yield new Probe.Http(
                        check.text("path"),
                        port(check, mainPort),
                        check.text("method"),
                        headers,
                        check.optionalText("body"),
                        statusCodes(check.texts("expectedStatusCodes")));
            }
        };
    }

    private static int port(Fields check, @Nullable Integer mainPort) {
        return check.has("port") ? check.integer("port") : requireNonNull(mainPort);
    }

    private static List<Integer> statusCodes(List<String> written) {
        return written.stream()
                .map(codes -> codes.split("-", 2))
                .flatMapToInt(ends ->
                        IntStream.rangeClosed(
                                Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
                .distinct()
                .sorted()
                .boxed()
                .toList();
    }

    private static Rollout rollout(Fields rollout) {
        return new Rollout(
                choice(Strategy.values(), Words::of, rollout.text("strategy")),
                rollout.objects("steps").stream().map(SpecBinding::step).toList(),
                rollout.integer("maxSurge"),
                rollout.integer("maxUnavailable"),
                rollout.seconds("minReadySeconds"),
                rollout.seconds("progressDeadlineSeconds"),
                rollout.seconds("watchSeconds"),
                rollout.seconds("drainSeconds"),
                rollout.flag("autoRollback"));
    }

    private static Release release(Fields release) {
        return new Release(release.texts("command"), release.seconds("timeoutSeconds"));
    }

    private static Schedule schedule(Fields schedule) {
        return new Schedule(
                schedule.text("name"),
                schedule.text("cron"),
                schedule.text("timeZone"),
                schedule.texts("command"),
                choice(Concurrency.values(), Words::of, schedule.text("concurrency")),
                schedule.seconds("startingDeadlineSeconds"),
                schedule.seconds("timeoutSeconds"));
    }

    private static Step step(Fields step) {
        return new Step(step.integer("weight"), step.seconds("holdSeconds"));
    }

    private static <T> T choice(T[] choices, Function<T, String> word, String written) {
        return Arrays.stream(choices)
                .filter(choice -> word.apply(choice).equals(written))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown choice " + written));
    }
}
