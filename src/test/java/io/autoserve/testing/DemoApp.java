package io.autoserve.testing;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Describes the demo app by the fields of its spec that a test cares about.
 *
 * @param name must be unique on this machine, because the containers are named after it
 * @param sections the fields of a section such as routing, in YAML's flow style, by the section's
 *     name; also the period of the checks, as {@code period}
 */
public record DemoApp(
        String name,
        int replicas,
        String image,
        List<String> command,
        Map<String, String> environment,
        Map<String, String> sections) {
    /**
     * The number of failed checks in a row, one second apart, after which an instance is replaced.
     * It is 2 on a quiet machine, and more on a slow one, where healthy instances may answer late.
     * It stays the same during a run, because a new number would be a change of the spec.
     */
    public static final int FAILURES = (int) EnginePace.scaledSeconds(2);

    public static DemoApp named(String name) {
        return new DemoApp(name, 1, "localhost/autoserve-demo", List.of(), Map.of(), Map.of());
    }

    public DemoApp replicas(int replicas) {
        return new DemoApp(name, replicas, image, command, environment, sections);
    }

    public DemoApp image(String image) {
        return new DemoApp(name, replicas, image, command, environment, sections);
    }

    public DemoApp command(String... command) {
        return new DemoApp(name, replicas, image, List.of(command), environment, sections);
    }

    public DemoApp environment(String variable, String value) {
        return new DemoApp(
                name, replicas, image, command, with(environment, variable, value), sections);
    }

    /** Sets the routing section, for example {@code domains: [shop.example.com]}. */
    public DemoApp routing(String fields) {
        return new DemoApp(
                name, replicas, image, command, environment, with(sections, "routing", fields));
    }

    /** Sets the rollout section, for example {@code drainSeconds: 1}. */
    public DemoApp rollout(String fields) {
        return new DemoApp(
                name, replicas, image, command, environment, with(sections, "rollout", fields));
    }

    /** Sets the period of the health checks, which is one second by default. */
    public DemoApp checkedEvery(int seconds) {
        return new DemoApp(
                name,
                replicas,
                image,
                command,
                environment,
                with(sections, "period", String.valueOf(seconds)));
    }

    /** Returns the host under which the app always answers, besides its own domains. */
    public String host() {
        return name + ".localhost";
    }

    public String yaml() {
        return """
        apiVersion: v1
        kind: App
        metadata: {name: %s}
        spec:
          image: %s
          imagePullPolicy: Never
          command: [%s]
          ports: [{containerPort: 8080}]
          stopGraceSeconds: 5
          environment:
            - {name: INSTANCE_NAME, source: sdk, key: instance.name}
            - {name: APP_NAME, source: sdk, key: app.name}
            - {name: APP_REVISION, source: sdk, key: app.revision}
        %s\
          routing: {%s}
        scaling: {mode: manual, minReplicas: %d, maxReplicas: 20}
        healthCheck:
          {protocol: HTTP, path: /health, periodSeconds: %s, timeoutSeconds: 1, failureThreshold: %d}
        rollout: {%s}
        """
                .formatted(
                        name,
                        image,
                        command.stream().map(DemoApp::quoted).collect(Collectors.joining(", ")),
                        environment.entrySet().stream()
                                .map(e ->
                                        "    - {name: %s, value: %s}\n"
                                                .formatted(e.getKey(), quoted(e.getValue())))
                                .collect(Collectors.joining()),
                        sections.getOrDefault("routing", ""),
                        replicas,
                        sections.getOrDefault("period", "1"),
                        FAILURES,
                        sections.getOrDefault("rollout", "drainSeconds: 10"));
    }

    private static Map<String, String> with(Map<String, String> map, String key, String value) {
        var more = new TreeMap<>(map);
        more.put(key, value);
        return more;
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }
}
