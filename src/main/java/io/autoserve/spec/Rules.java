package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec.Variable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which fields go together, and what the schema cannot say. */
final class Rules {
    private static final List<String> BESIDE_SPEC = List.of("scaling", "healthCheck", "rollout");
    private static final List<String> TARGETS =
            List.of(
                    "targetRPSPerReplica",
                    "maxP95LatencyMs",
                    "maxCPUPercent",
                    "maxMemoryPercent",
                    "maxConnPerReplica");
    private static final Map<String, Set<String>> FIELDS_OF_PROTOCOL =
            Map.of(
                    "HTTP",
                    Set.of("path", "port", "method", "headers", "body", "expectedStatusCodes"),
                    "TCP",
                    Set.of("port"),
                    "COMMAND",
                    Set.of("command"),
                    "NONE",
                    Set.of());

    private final boolean allowHostPaths;
    private final Faults faults;

    private Rules(boolean allowHostPaths, Faults faults) {
        this.allowHostPaths = allowHostPaths;
        this.faults = faults;
    }

    /**
     * @param document null stands for what is faulty by itself
     */
    static void check(JsonNode document, boolean allowHostPaths, Faults faults) {
        var rules = new Rules(allowHostPaths, faults);
        var app = new Fields(document, Shape.APP, "");
        var spec = app.object("spec");
        rules.onePlaceEach(app, spec);
        rules.labels(app.object("metadata"));
        rules.ports(spec);
        rules.resources(spec.object("resources"));
        rules.environment(spec);
        rules.volumes(spec);
        rules.routing(spec.object("routing"));
        rules.scaling(SpecBinding.besides(app, "scaling"));
        rules.healthChecks(SpecBinding.besides(app, "healthCheck"), spec);
        rules.rollout(SpecBinding.besides(app, "rollout"));
    }

    private void onePlaceEach(Fields app, Fields spec) {
        for (var name : BESIDE_SPEC) {
            if (app.has(name) && spec.has(name)) {
                faults.add(
                        spec.pointer(name),
                        "%s is given inside spec and beside it: keep one",
                        name);
            }
        }
    }

    private void labels(Fields metadata) {
        var label = metadata.object("labels").optionalText("app");
        var name = metadata.optionalText("name");
        if (label != null && name != null && !label.equals(name)) {
            faults.add(
                    Pointer.to(metadata.pointer("labels"), "app"),
                    "labels.app must equal the name '%s', was '%s'",
                    name,
                    label);
        }
        for (var key : metadata.labels("labels").keySet()) {
            if (key.startsWith("autoserve.")) {
                faults.add(
                        Pointer.to(metadata.pointer("labels"), key),
                        "labels that start with 'autoserve.' are AutoServe's own, was '%s'",
                        key);
            }
        }
    }

    private void ports(Fields spec) {
        var ports = spec.objects("ports");
        if (!ports.isEmpty() && ports.getFirst().text("protocol").equals("UDP")) {
            faults.add(
                    ports.getFirst().pointer("protocol"),
                    "the first port takes the app's requests, so its protocol must be TCP, was"
                            + " 'UDP'");
        }
        var usable = ports.stream().filter(port -> port.node().hasNonNull("containerPort"));
        eachOnce(
                usable.toList(),
                "containerPort",
                port -> port.text("containerPort") + (udp(port) ? " (UDP)" : ""));
        eachOnce(named(ports), "name", port -> port.text("name"));
    }

    private static boolean udp(Fields port) {
        return port.text("protocol").equals("UDP");
    }

    private static List<Fields> named(List<Fields> items) {
        return items.stream().filter(item -> item.node().hasNonNull("name")).toList();
    }

    private void eachOnce(List<Fields> items, String field, Function<Fields, String> identity) {
        var seen = new HashSet<String>();
        for (var item : items) {
            var identical = identity.apply(item);
            if (!seen.add(identical)) {
                faults.add(
                        item.pointer(field),
                        "%s must differ from the others', was %s again",
                        field,
                        identical);
            }
        }
    }

    private void resources(Fields resources) {
        var cpu = resources.value("cpu");
        if (!cpu.isMissingNode()) {
            var millis = Quantity.cpuMillis(cpu);
            if (millis < 10 || millis > 1024_000) {
                faults.add(
                        resources.pointer("cpu"),
                        "cpu must be 10m to 1024, was '%s'",
                        cpu.asText());
            }
        }
        size(resources, "memory", Quantity.LEAST_MEMORY);
    }

    private void size(Fields fields, String name, long least) {
        var size = fields.value(name);
        if (size.isMissingNode()) {
            return;
        }
        var bytes = Quantity.bytes(size);
        if (bytes < least || bytes > Quantity.MOST_BYTES) {
            faults.add(
                    fields.pointer(name),
                    "%s must be %s to %s, was '%s'",
                    name,
                    Quantity.size(least),
                    Quantity.size(Quantity.MOST_BYTES),
                    size.asText());
        }
    }

    private void environment(Fields spec) {
        var variables = spec.objects("environment");
        eachOnce(named(variables), "name", variable -> variable.text("name"));
        variables.forEach(this::variable);
    }

    private void variable(Fields variable) {
        var name = variable.optionalText("name") == null ? "it" : variable.text("name");
        if (!variable.has("source")) {
            needs(variable, "value", "%s needs a value, or a source and its key".formatted(name));
            refuses(variable, "key", "without a source");
            refuses(variable, "field", "without a source");
            return;
        }
        refuses(variable, "value", "together with a source");
        switch (variable.text("source")) {
            case "sdk" -> {
                needs(variable, "key", "source sdk needs a key: one of " + sdkKeys());
                refuses(variable, "field", "with source sdk");
                sdkKey(variable);
            }
            case "secret" -> needs(variable, "key", "source secret needs a key: the secret's name");
            default -> {}
        }
    }

    private void sdkKey(Fields variable) {
        var key = variable.optionalText("key");
        if (key != null
                && Arrays.stream(Variable.Key.values()).noneMatch(k -> k.text().equals(key))) {
            faults.add(variable.pointer("key"), "key must be one of %s, was '%s'", sdkKeys(), key);
        }
    }

    private static String sdkKeys() {
        return Arrays.stream(Variable.Key.values())
                .map(Variable.Key::text)
                .collect(Collectors.joining(", "));
    }

    private void volumes(Fields spec) {
        var volumes = spec.objects("volumes");
        eachOnce(
                volumes.stream().filter(v -> v.node().hasNonNull("mountPath")).toList(),
                "mountPath",
                volume -> volume.text("mountPath"));
        for (var volume : volumes) {
            if (volume.text("name").startsWith("/") && !allowHostPaths) {
                faults.add(
                        volume.pointer("name"),
                        "folders of the machine may not be mounted here, was '%s': name a volume,"
                                + " or set AUTOSERVE_ALLOW_HOST_PATHS=true on the controllers",
                        volume.text("name"));
            }
        }
    }

    private void routing(Fields routing) {
        size(routing, "maxBodySize", 0);
        var seen = new HashSet<String>();
        var domains = routing.value("domains");
        for (var index = 0; index < domains.size(); index++) {
            if (domains.get(index).isTextual() && !seen.add(domains.get(index).textValue())) {
                faults.add(
                        Pointer.to(routing.pointer("domains"), index),
                        "domains must differ, was '%s' again",
                        domains.get(index).textValue());
            }
        }
        var path = routing.text("pathPrefix");
        if (Arrays.asList(path.split("/")).contains("..")) {
            faults.add(routing.pointer("pathPrefix"), "pathPrefix must not go up, was '%s'", path);
        }
    }

    private void scaling(Fields scaling) {
        if (!scaling.node().isObject()) {
            return;
        }
        var least = scaling.integer("minReplicas");
        var most = SpecBinding.maxReplicas(scaling);
        if (least > most) {
            faults.add(
                    scaling.pointer("minReplicas"),
                    "minReplicas must be at most maxReplicas (%d), was %d",
                    most,
                    least);
        }
        if (scaling.text("mode").equals("auto")) {
            if (least < 1) {
                faults.add(
                        scaling.pointer("minReplicas"),
                        "minReplicas must be at least 1 in mode auto, was 0: with nothing running"
                                + " there is no load to measure");
            }
            if (TARGETS.stream().noneMatch(scaling::has)) {
                faults.add(
                        scaling.pointer("mode"),
                        "mode auto needs at least one target: %s",
                        String.join(", ", TARGETS));
            }
        }
        var out = scaling.integer("scaleOutThresholdPct");
        var in = scaling.integer("scaleInThresholdPct");
        if (in >= out) {
            faults.add(
                    scaling.pointer("scaleInThresholdPct"),
                    "scaleInThresholdPct must be less than scaleOutThresholdPct (%d), was %d",
                    out,
                    in);
        }
    }

    private void healthChecks(Fields checks, Fields spec) {
        var ports =
                spec.objects("ports").stream()
                        .filter(port -> !udp(port))
                        .map(port -> port.integer("containerPort"))
                        .distinct()
                        .toList();
        if (!SpecBinding.split(checks)) {
            healthCheck(checks, ports);
            return;
        }
        var parts = List.of("startup", "readiness", "liveness");
        checks.node()
                .fieldNames()
                .forEachRemaining(name -> {
                    if (!parts.contains(name) && Shape.HEALTH_CHECK.knows(name)) {
                        faults.add(
                                checks.pointer(name),
                                "%s stands beside startup, readiness or liveness: move it"
                                        + " into them",
                                name);
                    }
                });
        Stream.of("startup", "readiness", "liveness")
                .map(checks::object)
                .forEach(check -> healthCheck(check, ports));
    }

    private void healthCheck(Fields check, List<Integer> ports) {
        if (!check.node().isObject()) {
            return;
        }
        var protocol = check.text("protocol");
        var own = FIELDS_OF_PROTOCOL.getOrDefault(protocol, Set.of());
        FIELDS_OF_PROTOCOL.values().stream()
                .flatMap(Set::stream)
                .distinct()
                .filter(name -> check.has(name) && !own.contains(name))
                .forEach(name -> refuses(check, name, "with protocol " + protocol));
        if (protocol.equals("COMMAND")) {
            needs(check, "command", "protocol COMMAND needs a command");
        }
        if (own.contains("port") && !check.value("port").isMissingNode()) {
            port(check, ports);
        }
        if (check.has("body") && !Set.of("POST", "PUT").contains(check.text("method"))) {
            refuses(check, "body", "with method " + check.text("method"));
        }
        headers(check);
        statusCodes(check);
    }

    private void port(Fields check, List<Integer> ports) {
        var port = check.integer("port");
        if (!ports.isEmpty() && !ports.contains(0) && !ports.contains(port)) {
            faults.add(
                    check.pointer("port"),
                    "port must be one of the app's ports (%s), was %d",
                    ports.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                    port);
        }
    }

    private void headers(Fields check) {
        eachOnce(
                named(check.objects("headers")),
                "name",
                header -> header.text("name").toLowerCase(Locale.ROOT));
    }

    private void statusCodes(Fields check) {
        var codes = check.value("expectedStatusCodes");
        for (var index = 0; index < codes.size(); index++) {
            var ends = codes.get(index).asText().split("-", 2);
            if (ends.length == 2 && ends[0].compareTo(ends[1]) > 0) {
                faults.add(
                        Pointer.to(check.pointer("expectedStatusCodes"), index),
                        "a range must go up, was '%s': write '%s-%s'",
                        codes.get(index).asText(),
                        ends[1],
                        ends[0]);
            }
        }
    }

    private void rollout(Fields rollout) {
        if (rollout.integer("maxSurge") == 0 && rollout.integer("maxUnavailable") == 0) {
            faults.add(
                    rollout.pointer("maxSurge"),
                    "maxSurge and maxUnavailable must not both be 0: nothing could move");
        }
    }

    private void needs(Fields fields, String name, String message) {
        if (!fields.has(name)) {
            faults.add(fields.pointer(name), "%s", message);
        }
    }

    private void refuses(Fields fields, String name, String where) {
        if (fields.has(name)) {
            faults.add(fields.pointer(name), "%s means nothing %s: leave it out", name, where);
        }
    }
}
