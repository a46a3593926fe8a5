package io.autoserve.spec;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/**
 * What users of Kubernetes and Docker Compose write out of habit, and what to write instead. The
 * keys are pointers to fields that specs do not have. A {@code *} stands for an index of a list.
 */
final class Slips {
    private static final String ONE_APP =
            "a spec describes one app: put image, ports and environment directly below spec";
    private static final String CHECKS = "use protocol, path and port directly";
    private static final String RESOURCES = "use spec.resources.cpu and spec.resources.memory";
    private static final String ROUTED =
            "remove it: nginx listens on ports 80 and 443 and routes by spec.routing.domains";

    private static final String VARIABLE = ": write '- name: NAME' and 'value: TEXT' for each";

    private static final Map<String, String> FIELDS =
            Map.ofEntries(
                    // Kubernetes
                    entry("/metadata/namespace", "remove it: apps have no namespaces"),
                    entry("/spec/replicas", "use spec.scaling.minReplicas"),
                    entry("/spec/minReplicas", "use spec.scaling.minReplicas"),
                    entry("/spec/maxReplicas", "use spec.scaling.maxReplicas"),
                    entry("/spec/template", ONE_APP),
                    entry("/spec/containers", ONE_APP),
                    entry("/spec/selector", "remove it: containers are found by the app's name"),
                    entry("/spec/env", "use spec.environment"),
                    entry("/spec/envFrom", "list the variables in spec.environment"),
                    entry(
                            "/spec/environment/*/valueFrom",
                            "use 'source: secret' and 'key: NAME' for a secret"),
                    entry("/spec/livenessProbe", "use spec.healthCheck.liveness"),
                    entry("/spec/readinessProbe", "use spec.healthCheck.readiness"),
                    entry("/spec/startupProbe", "use spec.healthCheck.startup"),
                    entry("/spec/healthCheck/httpGet", CHECKS),
                    entry("/spec/healthCheck/liveness/httpGet", CHECKS),
                    entry("/spec/healthCheck/readiness/httpGet", CHECKS),
                    entry("/spec/healthCheck/startup/httpGet", CHECKS),
                    entry("/spec/resources/limits", RESOURCES),
                    entry("/spec/resources/requests", RESOURCES),
                    entry("/spec/volumeMounts", "use spec.volumes with name and mountPath"),
                    entry("/spec/volumes/*/hostPath", "use the path as the name of the volume"),
                    entry("/spec/volumes/*/emptyDir", "list the path in spec.security.tmpfs"),
                    entry("/spec/securityContext", "use spec.security"),
                    entry("/spec/terminationGracePeriodSeconds", "use spec.stopGraceSeconds"),
                    entry("/spec/nodeSelector", "use spec.placement.nodeLabels"),
                    entry("/spec/strategy", "use spec.rollout"),
                    entry("/spec/imagePullSecrets", "use spec.registryAuth"),
                    entry("/spec/ports/*/port", "use containerPort"),
                    entry("/spec/ports/*/targetPort", "use containerPort"),
                    entry("/spec/ports/*/hostPort", ROUTED),
                    entry("/spec/ports/*/nodePort", ROUTED),
                    // Docker Compose
                    entry("/services", "write one spec for each service"),
                    entry("/version", "remove it: 'apiVersion: v1' is the version"),
                    entry("/networks", "remove it: all apps share one network"),
                    entry("/volumes", "remove it: a volume is created with the first instance"),
                    entry("/image", "use spec.image"),
                    entry("/ports", "use spec.ports"),
                    entry("/environment", "use spec.environment"),
                    entry("/name", "use metadata.name"),
                    entry("/spec/name", "use metadata.name"),
                    entry("/spec/container_name", "use metadata.name"),
                    entry("/spec/labels", "use metadata.labels"),
                    entry("/spec/build", "build and push the image, then name it in spec.image"),
                    entry("/spec/entrypoint", "use spec.command, and spec.args for its arguments"),
                    entry("/spec/expose", "use spec.ports"),
                    entry("/spec/env_file", "list the variables in spec.environment"),
                    entry("/spec/restart", "remove it: an instance that ends is always replaced"),
                    entry("/spec/depends_on", "remove it: apps start in any order"),
                    entry("/spec/networks", "remove it: all apps share one network"),
                    entry("/spec/deploy", "use spec.scaling, spec.resources and spec.rollout"),
                    entry("/spec/cpu", "use spec.resources.cpu"),
                    entry("/spec/cpus", "use spec.resources.cpu"),
                    entry("/spec/memory", "use spec.resources.memory"),
                    entry("/spec/mem_limit", "use spec.resources.memory"),
                    entry("/spec/cap_add", "use spec.security.capabilities"),
                    entry("/spec/privileged", "use spec.security.privileged"),
                    entry("/spec/read_only", "use spec.security.readOnlyRoot"),
                    entry("/spec/tmpfs", "use spec.security.tmpfs"),
                    entry("/spec/pids_limit", "use spec.security.pidsLimit"),
                    entry("/spec/stop_grace_period", "use spec.stopGraceSeconds"),
                    entry("/spec/domains", "use spec.routing.domains"),
                    entry("/spec/hosts", "use spec.routing.domains"),
                    entry("/spec/ingress", "use spec.routing.domains"));

    private Slips() {}

    static Collection<String> advice() {
        return FIELDS.values();
    }

    /** Returns what to write instead of an unknown field. */
    static Optional<String> field(String pointer) {
        return Optional.ofNullable(FIELDS.get(pattern(pointer)));
    }

    /**
     * Returns how to write a value that has the form of Compose. Returns an empty text if the value
     * has another form.
     */
    static String value(String pointer, JsonNode value) {
        return switch (pattern(pointer)) {
            case "/spec/environment" -> value.isObject() ? VARIABLE : "";
            case "/spec/environment/*" -> value.isTextual() ? VARIABLE : "";
            case "/spec/ports/*" ->
                    value.isValueNode() && !value.isNull() ? ": write '- containerPort: PORT'" : "";
            default -> "";
        };
    }

    private static String pattern(String pointer) {
        return pointer.replaceAll("/[0-9]+(?=/|$)", "/*");
    }
}
