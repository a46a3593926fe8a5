package io.autoserve.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.spec.Amounts;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Converts one service of a Compose file to the document of a spec. */
final class ComposeService {
    private static final int MOST_INSTANCES = 1000;
    private static final Map<String, String> PULL_POLICIES =
            Map.of(
                    "always", "Always",
                    "missing", "IfNotPresent",
                    "if_not_present", "IfNotPresent",
                    "never", "Never");

    /** The drivers of Docker that keep logs in files. */
    private static final Set<String> LOG_FILES = Set.of("json-file", "local");

    /** Fields that need no remark, because an app behaves in this way in any case. */
    private static final List<String> UNNEEDED = List.of("init", "tty", "stdin_open", "platform");

    /** Beginnings of labels by which other tools know containers. Specs may not have them. */
    private static final List<String> FOREIGN =
            List.of("traefik.", "com.docker.", "com.centurylinklabs.", "caddy");

    private final String app;
    private final ServiceFields service;
    private final ComposeContext context;
    private boolean portIsUnknown;

    private ComposeService(String app, ServiceFields service, ComposeContext context) {
        this.app = app;
        this.service = service;
        this.context = context;
    }

    /**
     * @param app the name of the app
     * @param others names of the other services of the file
     * @param shared names of the volumes that several services use
     */
    static ObjectNode document(
            String app,
            ServiceFields service,
            ComposeContext context,
            Set<String> others,
            Set<String> shared) {
        var conversion = new ComposeService(app, service, context);
        var volumes = ComposeVolumes.of(service, context, shared);
        var document = object().put("apiVersion", "v1").put("kind", "App");
        document.set("metadata", conversion.metadata());
        document.set("spec", conversion.spec(volumes, others));
        conversion.scaling(document);
        conversion.checks(document);
        conversion.rollout(document, volumes);
        conversion.remarkOthers();
        return document;
    }

    private ObjectNode metadata() {
        var metadata = object().put("name", app);
        labels(metadata, "labels");
        labels(metadata, "annotations");
        return metadata;
    }

    private void labels(ObjectNode metadata, String field) {
        var labels = object();
        service.pairs(field)
                .forEach((name, value) -> {
                    if (FOREIGN.stream().anyMatch(name::startsWith)) {
                        service.remark(
                                value,
                                field,
                                "%s belongs to another tool: set spec.routing for the app's hosts",
                                name);
                    } else {
                        labels.put(name, value.written().orElse(""));
                    }
                });
        if (!labels.isEmpty()) {
            metadata.set(field, labels);
        }
    }

    private ObjectNode spec(ComposeVolumes volumes, Set<String> others) {
        var image = image();
        var spec = object().put("image", image);
        service.text("pull_policy").ifPresent(policy -> pullPolicy(spec, policy));
        spec.set("ports", ports(image));
        unlessEmpty(spec, "resources", resources());
        unlessEmpty(spec, "logs", logs());
        var environment = new ComposeEnvironment(service, context, others).document();
        unlessEmpty(spec, "environment", environment);
        unlessEmpty(spec, "command", list(service.words("entrypoint")));
        unlessEmpty(spec, "args", list(service.words("command")));
        service.text("working_dir").ifPresent(folder -> spec.put("workingDir", folder));
        service.text("user").ifPresent(user -> spec.put("user", user));
        unlessEmpty(spec, "volumes", volumes.document());
        unlessEmpty(spec, "security", ComposeSecurity.of(service, volumes.inMemory()));
        service.amount(
                "stop_grace_period",
                service.text("stop_grace_period").flatMap(ComposeAmounts::seconds),
                grace -> ComposeHealth.seconds(spec, "stopGraceSeconds", grace));
        hosts(spec);
        return spec;
    }

    private void hosts(ObjectNode spec) {
        var hosts = ComposeHosts.of(service);
        if (!hosts.isEmpty()) {
            spec.putObject("routing").set("domains", list(hosts));
            service.remark(
                    service.has("labels") ? "labels" : "environment",
                    "the app serves %s without TLS: run 'autoserve domain add' for a certificate",
                    String.join(", ", hosts));
        }
    }

    private String image() {
        var built = "localhost/" + app + ":latest";
        var image = service.text("image");
        if (service.value("build").isPresent()) {
            service.remark(
                    "build",
                    "AutoServe does not build images: run 'docker build -t %s%s' before you apply"
                            + " the spec",
                    image.orElse(built),
                    source());
        } else if (image.isEmpty()) {
            service.remark("image", "the service has no image: set spec.image");
        }
        return image.orElse(built);
    }

    /** Returns the arguments of {@code docker build} after the image. */
    private String source() {
        var build = service.part("build");
        var folder = service.text("build").or(() -> build.text("context")).orElse(".");
        var file = build.text("dockerfile").map(name -> " -f %s/%s".formatted(folder, name));
        build.remarkUnread(Uncarried.OF_BUILD);
        return file.orElse("") + " " + folder;
    }

    private void pullPolicy(ObjectNode spec, String policy) {
        var word = PULL_POLICIES.get(policy);
        if (word == null) {
            service.remark("pull_policy", "'%s' is not supported: it is left out", policy);
        } else {
            spec.put("imagePullPolicy", word);
        }
    }

    private ArrayNode ports(String image) {
        var ports = ComposePorts.of(service, image);
        portIsUnknown = ports.isEmpty();
        if (portIsUnknown) {
            ports.addObject().put("containerPort", 80);
            service.remark(
                    "image",
                    "the service names no port: write the port that it listens on in spec.ports,"
                            + " and remove the readiness check NONE. If it listens on none, write"
                            + " 'type: worker' in place of spec.ports");
        }
        return ports;
    }

    private ObjectNode resources() {
        var resources = object();
        var limits = service.part("deploy").part("resources").part("limits");
        cpu(limits, "cpus", resources);
        memory(limits, "memory", resources);
        cpu(service, "cpus", resources);
        memory(service, "mem_limit", resources);
        limits.remarkUnread(Map.of("pids", "set spec.security.pidsLimit"));
        return resources;
    }

    private ObjectNode logs() {
        var logging = service.part("logging");
        var options = logging.part("options");
        var logs = object();
        if (logging.text("driver").filter(driver -> !LOG_FILES.contains(driver)).isPresent()) {
            logging.remark(
                    "driver",
                    "Docker keeps the logs of apps in files: 'autoserve logs -f -o json' passes"
                            + " them on");
            return logs;
        }
        options.amount(
                "max-size",
                options.text("max-size").flatMap(ComposeAmounts::bytes),
                bytes -> {
                    var size = nearest(options, "max-size", bytes, 1L << 20, 100L << 20);
                    logs.put("maxSize", Amounts.memory(size));
                });
        options.amount(
                "max-file",
                options.text("max-file").flatMap(ComposeAmounts::number),
                files ->
                        logs.put(
                                "maxFiles", nearest(options, "max-file", files.longValue(), 1, 9)));
        options.remarkUnread(Map.of());
        logging.remarkUnread(Map.of());
        return logs;
    }

    /** Returns the nearest value that a spec may have, and remarks on it if it is another one. */
    private static long nearest(
            ServiceFields fields, String name, long written, long least, long most) {
        var permitted = Math.clamp(written, least, most);
        if (permitted != written) {
            fields.remark(
                    name,
                    "a spec permits no '%s': it has the nearest permitted value",
                    fields.text(name).orElse(""));
        }
        return permitted;
    }

    private static void cpu(ServiceFields fields, String name, ObjectNode resources) {
        fields.amount(
                name,
                fields.text(name).flatMap(ComposeAmounts::number),
                cores -> resources.put("cpu", Amounts.cpu(cores.movePointRight(3).longValue())));
    }

    private static void memory(ServiceFields fields, String name, ObjectNode resources) {
        fields.amount(
                name,
                fields.text(name).flatMap(ComposeAmounts::bytes),
                bytes -> resources.put("memory", Amounts.memory(bytes)));
    }

    private void scaling(ObjectNode document) {
        var deploy = service.part("deploy");
        var field = deploy.has("replicas") ? deploy : service;
        var name = deploy.has("replicas") ? "replicas" : "scale";
        service.skip("scale");
        field.amount(
                name,
                field.text(name).flatMap(text -> ComposeAmounts.whole(text, MOST_INSTANCES)),
                instances -> document.putObject("scaling").put("minReplicas", instances));
        deploy.skip("replicas");
        var resources = deploy.part("resources");
        deploy.remarkUnread(Uncarried.OF_DEPLOY);
        resources.skip("limits");
        resources.remarkUnread(Map.of("reservations", "instances reserve no resources"));
    }

    private void checks(ObjectNode document) {
        var check = ComposeHealth.of(service);
        if (check.isPresent()) {
            document.set("healthCheck", check.get());
        } else if (portIsUnknown) {
            document.putObject("healthCheck").putObject("readiness").put("protocol", "NONE");
        }
    }

    /**
     * Stops the old instance before the new one starts, as Compose does, if both would write to the
     * same volume.
     */
    private void rollout(ObjectNode document, ComposeVolumes volumes) {
        if (volumes.writes()) {
            document.putObject("rollout").put("maxSurge", 0).put("maxUnavailable", 1);
            service.remark(
                    "volumes",
                    "a rollout stops the old instance before it starts the new one, because both"
                            + " would write to the same volume: remove spec.rollout if they may");
        }
    }

    private void remarkOthers() {
        UNNEEDED.forEach(service::skip);
        service.text("restart")
                .filter(word -> word.equals("no") || word.startsWith("on-failure"))
                .ifPresent(word ->
                        service.remark(
                                "restart",
                                "an instance that ends is always replaced, also after '%s': do not"
                                        + " apply the spec of a job that ends",
                                word));
        if (service.has("depends_on")) {
            service.remark(
                    "depends_on",
                    "apps start in any order: the app must retry until it reaches %s",
                    String.join(", ", dependencies()));
        }
        service.skip("depends_on");
        service.remarkUnread(Uncarried.OF_SERVICE);
    }

    private List<String> dependencies() {
        return List.copyOf(service.pairs("depends_on").keySet());
    }

    private static ArrayNode list(List<String> words) {
        var list = JsonNodeFactory.instance.arrayNode();
        words.forEach(list::add);
        return list;
    }

    private static void unlessEmpty(ObjectNode object, String name, JsonNode value) {
        if (!value.isEmpty()) {
            object.set(name, value);
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
