package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.Image;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Checks the rules that the schema cannot express, such as which fields can be used together. */
final class Rules {
    private static final List<String> BESIDE_SPEC = List.of("scaling", "healthCheck", "rollout");

    /**
     * Prefixes of labels that belong to AutoServe or to other tools that manage containers.
     *
     * @see <a href="https://docs.docker.com/engine/manage-resources/labels/">Docker's reserved
     *     namespaces</a>
     */
    private static final List<String> RESERVED =
            List.of(
                    "autoserve.",
                    "com.centurylinklabs.watchtower",
                    "com.docker.",
                    "com.hashicorp.",
                    "io.docker.",
                    "io.kubernetes.",
                    "io.podman.",
                    "kubernetes.io/",
                    "org.dockerproject.",
                    "traefik.");

    private static final List<String> TARGETS =
            List.of(
                    "targetRPSPerReplica",
                    "maxP95LatencyMs",
                    "maxCPUPercent",
                    "maxMemoryPercent",
                    "maxConnPerReplica");

    /** The fields that matter only to an app that has no instances while it gets no requests. */
    private static final List<String> OF_SLEEP =
            List.of("idleSeconds", "holdSeconds", "ignoredPaths", "ignoredUserAgents");

    private static final List<String> TARGETS_OF_REQUESTS =
            List.of("targetRPSPerReplica", "maxP95LatencyMs", "maxConnPerReplica");

    private static final String WITH_WORKER = "with type worker";

    private final Allowance allowance;
    private final Faults faults;

    private Rules(Allowance allowance, Faults faults) {
        this.allowance = allowance;
        this.faults = faults;
    }

    /**
     * @param document the document. Every value that already has an error is replaced by null
     */
    static void check(JsonNode document, Allowance allowance, Faults faults) {
        var rules = new Rules(allowance, faults);
        var app = new Fields(document, Shape.APP, "");
        var spec = app.object("spec");
        rules.onePlaceEach(app, spec);
        rules.name(app.object("metadata"));
        rules.labels(app.object("metadata"));
        rules.image(spec);
        rules.type(app, spec);
        rules.ports(spec);
        rules.resources(spec.object("resources"));
        rules.size(spec.object("logs"), "maxSize", 1 << 20, 100 << 20);
        rules.environment(spec);
        rules.volumes(spec);
        rules.program(spec.object("release"));
        rules.schedules(spec);
        SecurityRules.check(spec.object("security"), spec.objects("volumes"), allowance, faults);
        rules.routing(spec.object("routing"), tcpPorts(spec));
        rules.scaling(SpecBinding.besides(app, "scaling"), SpecBinding.isWorker(spec));
        HealthCheckRules.check(
                SpecBinding.besides(app, "healthCheck"),
                SpecBinding.isWorker(spec),
                tcpPorts(spec),
                faults);
        rules.rollout(SpecBinding.besides(app, "rollout"));
    }

    private void schedules(Fields spec) {
        var schedules = spec.objects("schedules");
        faults.eachOnce(schedules, "name", schedule -> schedule.text("name"));
        for (var schedule : schedules) {
            program(schedule);
            timeZone(schedule);
        }
    }

    private void program(Fields task) {
        var program = task.value("command").path(0);
        if (program.isTextual() && program.textValue().isBlank()) {
            faults.add(
                    task.pointer("command"),
                    "command must begin with a program, was '%s'",
                    program.textValue());
        }
    }

    private void timeZone(Fields schedule) {
        var zone = schedule.value("timeZone");
        if (!zone.isTextual()) {
            return; // UTC by default, or already an error
        }
        try {
            var _ = ZoneId.of(zone.textValue());
        } catch (DateTimeException unknown) {
            faults.add(
                    schedule.pointer("timeZone"),
                    "timeZone must be a name like Europe/Berlin, was '%s'",
                    zone.textValue());
        }
    }

    private void onePlaceEach(Fields app, Fields spec) {
        for (var name : BESIDE_SPEC) {
            if (app.has(name) && spec.has(name)) {
                faults.add(
                        spec.pointer(name),
                        "%s is set both inside and outside spec: keep one",
                        name);
            }
        }
    }

    private void name(Fields metadata) {
        var name = metadata.optionalText("name");
        var ours = allowance.installation();
        if (name != null && (name.equals(ours) || name.startsWith(ours + "-"))) {
            faults.add(
                    metadata.pointer("name"),
                    "'%s' and names that start with '%s-' belong to the platform itself, was '%s':"
                            + " choose another name",
                    ours,
                    ours,
                    name);
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
            RESERVED.stream()
                    .filter(key.toLowerCase(Locale.ROOT)::startsWith)
                    .findFirst()
                    .ifPresent(prefix ->
                            faults.add(
                                    Pointer.to(metadata.pointer("labels"), key),
                                    "labels that start with '%s' are reserved, was '%s': choose"
                                            + " another name",
                                    prefix,
                                    key));
        }
    }

    /**
     * Refuses the platform's own images, and ids of images. An id would reach these images too, and
     * other users' private images without their credentials.
     */
    private void image(Fields spec) {
        var image = spec.optionalText("image");
        if (image == null) {
            return;
        }
        if (Image.ofPlatform(image)) {
            faults.add(
                    spec.pointer("image"),
                    "images that start with '%s' belong to the platform itself, was '%s': choose"
                            + " another image",
                    Image.OF_PLATFORM,
                    image);
        } else if (Image.hidesRegistry(image)) {
            faults.add(
                    spec.pointer("image"),
                    "image must have one registry, was '%s': remove everything before the second"
                            + " one",
                    image);
        }
        if (image.startsWith("sha256:")) {
            faults.add(
                    spec.pointer("image"),
                    "image must be a name and not an id, was '%s': give the image a name with"
                            + " 'docker tag'",
                    image);
        }
    }

    /** Checks that an app has ports, and that a worker has nothing that only an app can use. */
    private void type(Fields app, Fields spec) {
        if (!SpecBinding.isWorker(spec)) {
            if (spec.node().isObject()) {
                faults.needs(spec, "ports", "ports is missing");
            }
            return;
        }
        faults.refuses(spec, "ports", WITH_WORKER);
        faults.refuses(spec, "routing", WITH_WORKER);
        faults.refuses(SpecBinding.besides(app, "rollout"), "steps", WITH_WORKER);
        TARGETS_OF_REQUESTS.forEach(
                target -> faults.refuses(SpecBinding.besides(app, "scaling"), target, WITH_WORKER));
        for (var variable : spec.objects("environment")) {
            if (variable.is("key", Variable.Key.INSTANCE_PORT.text())
                    && variable.is("source", "sdk")) {
                faults.add(
                        variable.pointer("key"),
                        "a worker has no port, so the key cannot be instance.port: remove the"
                                + " variable");
            }
        }
    }

    private void ports(Fields spec) {
        var ports = spec.objects("ports");
        if (!ports.isEmpty() && ports.getFirst().is("protocol", "UDP")) {
            faults.add(
                    ports.getFirst().pointer("protocol"),
                    "the first port receives the app's requests, so its protocol must be TCP, was"
                            + " 'UDP'");
        }
        faults.eachOnce(
                ports,
                "containerPort",
                port -> port.text("containerPort") + (port.is("protocol", "UDP") ? " (UDP)" : ""));
        faults.eachOnce(ports, "name", port -> port.text("name"));
    }

    private static List<Integer> tcpPorts(Fields spec) {
        return spec.objects("ports").stream()
                .filter(port -> !port.is("protocol", "UDP"))
                .map(port -> port.integer("containerPort"))
                .distinct()
                .toList();
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
        size(resources, "memory", Quantity.LEAST_MEMORY, Quantity.MOST_BYTES);
    }

    private void size(Fields fields, String name, long least, long most) {
        var size = fields.value(name);
        if (size.isMissingNode()) {
            return;
        }
        var bytes = Quantity.bytes(size);
        if (bytes < least || bytes > most) {
            faults.add(
                    fields.pointer(name),
                    "%s must be %s to %s, was '%s'",
                    name,
                    Quantity.size(least),
                    Quantity.size(most),
                    size.asText());
        }
    }

    private void environment(Fields spec) {
        var variables = spec.objects("environment");
        faults.eachOnce(variables, "name", variable -> variable.text("name"));
        variables.forEach(this::variable);
    }

    private void variable(Fields variable) {
        var name = variable.optionalText("name") == null ? "a variable" : variable.text("name");
        if (!variable.has("source")) {
            faults.needs(
                    variable, "value", "%s needs a value, or a source and its key".formatted(name));
            faults.refuses(variable, "key", "without a source");
            faults.refuses(variable, "field", "without a source");
            return;
        }
        faults.refuses(variable, "value", "together with a source");
        switch (variable.text("source")) {
            case "sdk" -> {
                faults.needs(variable, "key", "source sdk needs a key: one of " + sdkKeys());
                faults.refuses(variable, "field", "with source sdk");
                sdkKey(variable);
            }
            case "secret" ->
                    faults.needs(variable, "key", "source secret needs a key: the secret's name");
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
        faults.eachOnce(volumes, "mountPath", volume -> volume.text("mountPath"));
        for (var volume : volumes) {
            if (volume.text("name").startsWith("/") && !allowance.hostPaths()) {
                faults.add(
                        volume.pointer("name"),
                        "this installation does not allow mounting folders of the machine,"
                                + " was '%s': use a volume, or set"
                                + " AUTOSERVE_ALLOW_HOST_PATHS=true on the controllers",
                        volume.text("name"));
            }
        }
    }

    private void routing(Fields routing, List<Integer> ports) {
        size(routing, "maxBodySize", 0, Quantity.MOST_BYTES);
        RoutingRules.check(routing, ports, faults);
    }

    private void scaling(Fields scaling, boolean ofWorker) {
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
        sleep(scaling, ofWorker);
        minimums(scaling, most);
        metrics(scaling);
        if (scaling.is("mode", "auto")
                && !SpecBinding.sleeps(scaling)
                && scaling.value("schedule").isEmpty()
                && scaling.value("metrics").isEmpty()
                && TARGETS.stream().noneMatch(scaling::has)) {
            faults.add(
                    scaling.pointer("mode"),
                    "mode auto needs at least one target: %s",
                    String.join(", ", TARGETS));
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

    private void minimums(Fields scaling, int most) {
        if (!scaling.is("mode", "auto")) {
            faults.refuses(scaling, "schedule", "unless mode is auto");
            return;
        }
        for (var time : scaling.objects("schedule")) {
            timeZone(time);
            if (time.has("start") && time.is("end", time.text("start"))) {
                faults.add(
                        time.pointer("end"),
                        "end must be another time than start, was '%s' for both",
                        time.text("end"));
            }
            if (time.integer("minReplicas") > most) {
                faults.add(
                        time.pointer("minReplicas"),
                        "minReplicas must be at most maxReplicas (%d), was %d",
                        most,
                        time.integer("minReplicas"));
            }
        }
    }

    private void metrics(Fields scaling) {
        if (!scaling.is("mode", "auto")) {
            faults.refuses(scaling, "metrics", "unless mode is auto");
            return;
        }
        var metrics = scaling.objects("metrics");
        faults.eachOnce(metrics, "name", metric -> metric.text("name"));
        for (var metric : metrics) {
            statement(metric.object("postgres"));
            if (metric.has("prometheus") == metric.has("postgres")) {
                faults.add(
                        metric.pointer(),
                        "a metric needs either prometheus or postgres: %s",
                        metric.has("postgres") ? "remove one of them" : "add one of them");
            }
        }
    }

    /** Checks that a query cannot end the transaction, in which it may not write. */
    private void statement(Fields postgres) {
        var query = postgres.text("query").strip();
        if (query.indexOf(';') >= 0 && query.indexOf(';') < query.length() - 1) {
            faults.add(
                    postgres.pointer("query"),
                    "query must be a single statement: remove the ';' inside it, or write chr(59)"
                            + " for one in a text");
        }
    }

    private void sleep(Fields scaling, boolean ofWorker) {
        if (!SpecBinding.sleeps(scaling)) {
            OF_SLEEP.forEach(name ->
                    faults.refuses(scaling, name, "unless mode is auto and minReplicas is 0"));
            return;
        }
        if (ofWorker && scaling.value("metrics").isEmpty()) {
            faults.add(
                    scaling.pointer("minReplicas"),
                    "minReplicas must be at least 1 in mode auto, was 0: a worker gets no requests"
                            + " that could wake it, only metrics can");
        }
        var ignored = scaling.texts("ignoredPaths").indexOf("/");
        if (ignored >= 0) {
            faults.add(
                    Pointer.to(scaling.pointer("ignoredPaths"), ignored),
                    "ignoredPaths must not contain '/', because no request could wake the app then");
        }
        if (scaling.flag("dryRun")) {
            faults.add(
                    scaling.pointer("dryRun"),
                    "dryRun cannot be used with minReplicas 0, because a request could not wake the"
                            + " app: set minReplicas to 1");
        }
    }

    private void rollout(Fields rollout) {
        if (rollout.integer("maxSurge") == 0 && rollout.integer("maxUnavailable") == 0) {
            faults.add(
                    rollout.pointer("maxSurge"),
                    "maxSurge and maxUnavailable must not both be 0: no instance could be replaced");
        }
        var steps = rollout.objects("steps");
        if (!steps.isEmpty() && !rollout.is("strategy", "rolling")) {
            faults.add(
                    rollout.pointer("steps"),
                    "steps require strategy rolling, was %s: remove the steps or the strategy",
                    rollout.text("strategy"));
        }
        for (var i = 1; i < steps.size(); i++) {
            var before = steps.get(i - 1).integer("weight");
            if (steps.get(i).integer("weight") <= before) {
                faults.add(
                        steps.get(i).pointer("weight"),
                        "each weight must be greater than the previous one (%d), was %d",
                        before,
                        steps.get(i).integer("weight"));
            }
        }
    }
}
