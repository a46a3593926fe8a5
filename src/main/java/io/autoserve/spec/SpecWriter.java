package io.autoserve.spec;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.Placement;
import io.autoserve.model.AppSpec.Port;
import io.autoserve.model.AppSpec.Release;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.CustomMetric;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.AppSpec.Scaling.ScheduledMinimum;
import io.autoserve.model.AppSpec.Schedule;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Security;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Converts the model to a document in the order of the schema, with defaults filled in. Leaves out
 * each field that is empty, but not if the default of the field is not empty. Reading the document
 * returns an equal model.
 */
public final class SpecWriter {
    private SpecWriter() {}

    public static ObjectNode document(AppSpec app) {
        var document = object().put("apiVersion", "v1").put("kind", "App");
        document.set("metadata", metadata(app));
        document.set("spec", spec(app));
        document.set("scaling", scaling(app.scaling()));
        if (!app.checks().ofImage()) {
            document.set("healthCheck", healthChecks(app.checks()));
        }
        document.set("rollout", rollout(app.rollout()));
        return document;
    }

    private static ObjectNode metadata(AppSpec app) {
        var metadata = object().put("name", app.name());
        labels(metadata, "labels", app.labels());
        labels(metadata, "annotations", app.annotations());
        return metadata;
    }

    private static ObjectNode spec(AppSpec app) {
        var spec = object();
        spec.put("type", app.isWorker() ? SpecBinding.WORKER : "http").put("image", app.image());
        spec.put("imagePullPolicy", Words.of(app.pullPolicy()));
        text(spec, "registryAuth", app.registryAuth());
        unlessEmpty(spec, "ports", list(app.ports().stream().map(SpecWriter::port).toList()));
        if (!app.resources().equals(Resources.UNLIMITED)) {
            spec.set("resources", resources(app.resources()));
        }
        unlessEmpty(
                spec,
                "environment",
                list(app.environment().stream().map(SpecWriter::variable).toList()));
        unlessEmpty(spec, "command", words(app.command()));
        unlessEmpty(spec, "args", words(app.args()));
        text(spec, "workingDir", app.workingDir());
        text(spec, "user", app.user());
        unlessEmpty(spec, "volumes", list(app.volumes().stream().map(SpecWriter::volume).toList()));
        spec.set("security", security(app.security()));
        spec.set("logs", logs(app.logs()));
        seconds(spec, "stopGraceSeconds", app.stopGrace());
        var release = app.release();
        if (release != null) {
            spec.set("release", release(release));
        }
        unlessEmpty(
                spec,
                "schedules",
                list(app.schedules().stream().map(SpecWriter::schedule).toList()));
        if (!app.isWorker()) {
            spec.set("routing", routing(app.routing()));
        }
        if (!app.placement().equals(Placement.ANYWHERE)) {
            spec.set("placement", placement(app.placement()));
        }
        return spec;
    }

    private static ObjectNode release(Release release) {
        var written = object();
        written.set("command", words(release.command()));
        seconds(written, "timeoutSeconds", release.timeLimit());
        return written;
    }

    private static ObjectNode schedule(Schedule schedule) {
        var written = object().put("name", schedule.name()).put("cron", schedule.cron());
        written.put("timeZone", schedule.timeZone());
        written.set("command", words(schedule.command()));
        written.put("concurrency", Words.of(schedule.concurrency()));
        seconds(written, "startingDeadlineSeconds", schedule.startingDeadline());
        seconds(written, "timeoutSeconds", schedule.timeLimit());
        return written;
    }

    private static ObjectNode port(Port port) {
        var written = object().put("containerPort", port.number());
        written.put("protocol", port.protocol().name());
        text(written, "name", port.name());
        return written;
    }

    private static ObjectNode resources(Resources resources) {
        var written = object();
        if (resources.cpuMillis() > 0) {
            written.put("cpu", Quantity.cpu(resources.cpuMillis()));
        }
        if (resources.memoryBytes() > 0) {
            written.put("memory", Quantity.size(resources.memoryBytes()));
        }
        return written;
    }

    private static ObjectNode logs(LogLimits logs) {
        return object().put("maxSize", Quantity.size(logs.maxBytes()))
                .put("maxFiles", logs.maxFiles());
    }

    private static ObjectNode variable(Variable variable) {
        var written = object().put("name", variable.name());
        switch (variable) {
            case Variable.Literal(_, var value) -> written.put("value", value);
            case Variable.FromInstance(_, var key) ->
                    written.put("source", "sdk").put("key", key.text());
            case Variable.FromSecret(_, var secret, var field) -> {
                written.put("source", "secret").put("key", secret);
                text(written, "field", field);
            }
        }
        return written;
    }

    private static ObjectNode volume(Volume volume) {
        return object().put("name", volume.name())
                .put("mountPath", volume.mountPath())
                .put("readOnly", volume.readOnly());
    }

    private static ObjectNode security(Security security) {
        var written = object();
        if (security.privileged()) {
            written.put("privileged", true);
        } else {
            // An empty list differs from the default, so it must be written.
            written.set(
                    "capabilities",
                    words(security.capabilities().stream().map(Enum::name).toList()));
        }
        written.put("readOnlyRoot", security.readOnlyRoot());
        unlessEmpty(written, "tmpfs", words(security.tmpfs()));
        return written.put("pidsLimit", security.pidsLimit());
    }

    private static ObjectNode routing(Routing routing) {
        var written = object();
        unlessEmpty(written, "domains", words(routing.domains()));
        written.put("pathPrefix", routing.pathPrefix());
        written.put("default", routing.isDefault());
        written.put("algorithm", Words.of(routing.algorithm()));
        if (routing.stickyCookie() != null) {
            written.putObject("sticky").put("cookie", routing.stickyCookie());
        }
        var timeouts = written.putObject("timeouts");
        seconds(timeouts, "connectSeconds", routing.timeouts().connect());
        seconds(timeouts, "readSeconds", routing.timeouts().read());
        seconds(timeouts, "sendSeconds", routing.timeouts().send());
        seconds(timeouts, "idleSeconds", routing.timeouts().idle());
        written.put("maxBodySize", Quantity.size(routing.maxBodyBytes()));
        written.putObject("buffering")
                .put("requests", routing.buffering().requests())
                .put("responses", routing.buffering().responses());
        written.put("websocket", routing.websocket());
        seconds(written, "slowStartSeconds", routing.slowStart());
        RequestRulesDocument.write(routing.rules(), written);
        return written;
    }

    private static ObjectNode placement(Placement placement) {
        var written = object();
        labels(written, "nodeLabels", placement.nodeLabels());
        return written.put("maxPerNode", placement.maxPerNode());
    }

    private static ObjectNode scaling(Scaling scaling) {
        var written = object().put("mode", Words.of(scaling.mode()));
        written.put("minReplicas", scaling.minReplicas());
        written.put("maxReplicas", scaling.maxReplicas());
        var sleep = scaling.sleep();
        if (sleep != null) {
            seconds(written, "idleSeconds", sleep.idle());
            seconds(written, "holdSeconds", sleep.hold());
            unlessEmpty(written, "ignoredPaths", words(sleep.ignoredPaths()));
            unlessEmpty(written, "ignoredUserAgents", words(sleep.ignoredUserAgents()));
        }
        unlessEmpty(
                written,
                "schedule",
                list(scaling.schedule().stream().map(SpecWriter::minimum).toList()));
        number(written, "targetRPSPerReplica", scaling.targetRpsPerReplica());
        number(written, "maxP95LatencyMs", scaling.maxP95LatencyMs());
        number(written, "maxCPUPercent", scaling.maxCpuPercent());
        number(written, "maxMemoryPercent", scaling.maxMemoryPercent());
        number(written, "maxConnPerReplica", scaling.maxConnPerReplica());
        unlessEmpty(
                written,
                "metrics",
                list(scaling.metrics().stream().map(SpecWriter::metric).toList()));
        written.put("scaleOutThresholdPct", scaling.scaleOutThresholdPct());
        written.put("scaleInThresholdPct", scaling.scaleInThresholdPct());
        seconds(written, "windowSeconds", scaling.window());
        seconds(written, "cooldownSeconds", scaling.cooldown());
        written.put("maxScaleOutStep", scaling.maxScaleOutStep());
        written.put("maxScaleInStep", scaling.maxScaleInStep());
        seconds(written, "stabilizationWindowSeconds", scaling.stabilizationWindow());
        written.put("dryRun", scaling.dryRun());
        return written;
    }

    private static ObjectNode metric(CustomMetric metric) {
        var written = object().put("name", metric.name());
        switch (metric.query()) {
            case PostgresQuery(var secret, var query) ->
                    written.putObject("postgres").put("secret", secret).put("query", query);
            case PrometheusQuery(var url, var query, var secret) -> {
                var prometheus = written.putObject("prometheus").put("url", url);
                prometheus.put("query", query);
                text(prometheus, "secret", secret);
            }
        }
        whole(written, "target", metric.target());
        return written;
    }

    private static ObjectNode minimum(ScheduledMinimum time) {
        return object().put("start", time.start())
                .put("end", time.end())
                .put("timeZone", time.timeZone())
                .put("minReplicas", time.minReplicas());
    }

    private static ObjectNode healthChecks(HealthChecks checks) {
        var written = object();
        if (checks.startup() != null) {
            written.set("startup", healthCheck(checks.startup()));
        }
        // Written even if there is no check, because a missing field means the default check.
        written.set("readiness", healthCheck(checks.readiness()));
        if (checks.liveness() != null) {
            written.set("liveness", healthCheck(checks.liveness()));
        }
        return written;
    }

    private static ObjectNode healthCheck(@Nullable HealthCheck check) {
        if (check == null) {
            return object().put("protocol", "NONE");
        }
        var written = probe(check.probe());
        seconds(written, "initialDelaySeconds", check.initialDelay());
        seconds(written, "periodSeconds", check.period());
        seconds(written, "timeoutSeconds", check.timeout());
        written.put("failureThreshold", check.failureThreshold());
        written.put("successThreshold", check.successThreshold());
        return written;
    }

    private static ObjectNode probe(Probe probe) {
        return switch (probe) {
            case Probe.Http http -> http(http);
            case Probe.Tcp(var port) -> object().put("protocol", "TCP").put("port", port);
            case Probe.Command(var command) ->
                    object().put("protocol", "COMMAND").set("command", words(command));
        };
    }

    private static ObjectNode http(Probe.Http http) {
        var written = object().put("protocol", "HTTP").put("path", http.path());
        written.put("port", http.port()).put("method", http.method());
        var headers = array();
        http.headers()
                .forEach(
                        (name, value) -> headers.addObject().put("name", name).put("value", value));
        unlessEmpty(written, "headers", headers);
        text(written, "body", http.body());
        written.set("expectedStatusCodes", statusCodes(http.expected()));
        return written;
    }

    private static ArrayNode statusCodes(List<String> ranges) {
        var written = array();
        for (var range : ranges) {
            if (range.contains("-")) {
                written.add(range);
            } else {
                written.add(Integer.valueOf(range));
            }
        }
        return written;
    }

    private static ObjectNode rollout(Rollout rollout) {
        var written = object().put("strategy", Words.of(rollout.strategy()));
        unlessEmpty(
                written, "steps", list(rollout.steps().stream().map(SpecWriter::step).toList()));
        written.put("maxSurge", rollout.maxSurge());
        written.put("maxUnavailable", rollout.maxUnavailable());
        seconds(written, "minReadySeconds", rollout.minReady());
        seconds(written, "progressDeadlineSeconds", rollout.progressDeadline());
        seconds(written, "watchSeconds", rollout.watch());
        seconds(written, "drainSeconds", rollout.drain());
        return written.put("autoRollback", rollout.autoRollback());
    }

    private static ObjectNode step(Step step) {
        var written = object().put("weight", step.weight());
        seconds(written, "holdSeconds", step.hold());
        return written;
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    private static ArrayNode list(List<ObjectNode> items) {
        return array().addAll(items);
    }

    static ArrayNode words(List<String> words) {
        var list = array();
        words.forEach(list::add);
        return list;
    }

    static void unlessEmpty(ObjectNode object, String name, ArrayNode list) {
        if (!list.isEmpty()) {
            object.set(name, list);
        }
    }

    private static void labels(ObjectNode object, String name, Map<String, String> labels) {
        if (!labels.isEmpty()) {
            var written = object.putObject(name);
            new TreeMap<>(labels).forEach(written::put);
        }
    }

    private static void text(ObjectNode object, String name, @Nullable String text) {
        if (text != null) {
            object.put(name, text);
        }
    }

    private static void number(ObjectNode object, String name, @Nullable Double number) {
        if (number != null) {
            whole(object, name, number);
        }
    }

    private static void seconds(ObjectNode object, String name, Duration duration) {
        whole(object, name, duration.toMillis() / 1000.0);
    }

    private static void whole(ObjectNode object, String name, double number) {
        if (number == Math.rint(number)) {
            object.put(name, (long) number);
        } else {
            object.put(name, number);
        }
    }
}
