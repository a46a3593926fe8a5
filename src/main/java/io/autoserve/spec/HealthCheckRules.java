package io.autoserve.spec;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks which fields of a health check can be used together. */
final class HealthCheckRules {
    private static final List<String> PARTS = List.of("startup", "readiness", "liveness");
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

    private final boolean ofWorker;
    private final List<Integer> ports;
    private final Faults faults;

    private HealthCheckRules(boolean ofWorker, List<Integer> ports, Faults faults) {
        this.ofWorker = ofWorker;
        this.ports = ports;
        this.faults = faults;
    }

    /**
     * @param ofWorker whether the app is a worker, which has no port that a check could use
     * @param ports the app's TCP ports
     */
    static void check(Fields healthCheck, boolean ofWorker, List<Integer> ports, Faults faults) {
        var rules = new HealthCheckRules(ofWorker, ports, faults);
        if (SpecBinding.split(healthCheck)) {
            rules.nothingBesideTheParts(healthCheck);
            PARTS.forEach(part -> rules.check(healthCheck.object(part)));
        } else {
            rules.check(healthCheck);
        }
    }

    private void nothingBesideTheParts(Fields healthCheck) {
        healthCheck.node().properties().stream()
                .map(Map.Entry::getKey)
                .filter(Shape.HEALTH_CHECK::knows)
                .forEach(name ->
                        faults.add(
                                healthCheck.pointer(name),
                                "%s cannot be set next to startup, readiness or liveness: move it"
                                        + " into them",
                                name));
    }

    private void check(Fields check) {
        var protocolIsFaulty = check.node().path("protocol").isNull();
        if (check.node().isObject() && !protocolIsFaulty) {
            fieldsOfProtocol(check, check.text("protocol"));
        }
        headers(check);
        statusCodes(check);
    }

    private void fieldsOfProtocol(Fields check, String protocol) {
        var own = FIELDS_OF_PROTOCOL.getOrDefault(protocol, Set.of());
        if (ofWorker && own.contains("port")) {
            faults.add(
                    check.pointer("protocol"),
                    "a worker has no port, so the protocol of its checks must be COMMAND or NONE,"
                            + " was '%s'",
                    protocol);
            return;
        }
        FIELDS_OF_PROTOCOL.values().stream()
                .flatMap(Set::stream)
                .distinct()
                .filter(name -> !own.contains(name))
                .forEach(name -> faults.refuses(check, name, "with protocol " + protocol));
        if (own.contains("command")) {
            faults.needs(check, "command", "protocol COMMAND needs a command");
        }
        if (own.contains("port")) {
            port(check);
        }
        if (own.contains("body") && !Set.of("POST", "PUT").contains(check.text("method"))) {
            faults.refuses(check, "body", "with method " + check.text("method"));
        }
    }

    private void port(Fields check) {
        var port = check.integer("port");
        var unknown = check.value("port").isMissingNode() || ports.isEmpty() || ports.contains(0);
        if (!unknown && !ports.contains(port)) {
            faults.add(
                    check.pointer("port"),
                    "port must be one of the app's ports (%s), was %d",
                    ports.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                    port);
        }
    }

    private void headers(Fields check) {
        faults.eachOnce(
                check.objects("headers"),
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
                        "a range must be ascending, was '%s': write '%s-%s'",
                        codes.get(index).asText(),
                        ends[1],
                        ends[0]);
            }
        }
    }
}
