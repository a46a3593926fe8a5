package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a user wrote about an app, with every default filled in. Its text form, the document with
 * {@code apiVersion: v1}, lives in the room {@code spec}.
 *
 * @param name a DNS label (RFC 1123): 1 to 63 of a-z, 0-9 and '-', starting and ending with a
 *     letter or digit
 * @param stopGrace how long an instance may take to end after SIGTERM before it is killed
 * @param registryAuth name of the secret that holds the registry's credentials
 */
public record AppSpec(
        String name,
        Map<String, String> labels,
        Map<String, String> annotations,
        String image,
        PullPolicy pullPolicy,
        List<Port> ports,
        Resources resources,
        List<Variable> environment,
        List<String> command,
        List<String> args,
        @Nullable String workingDir,
        List<Volume> volumes,
        @Nullable String user,
        Security security,
        Duration stopGrace,
        @Nullable String registryAuth,
        Routing routing,
        Placement placement,
        Scaling scaling,
        HealthChecks checks,
        Rollout rollout) {

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public AppSpec {
        Require.that(
                isName(name),
                "name must be a DNS label (a-z, 0-9 and '-', 1 to 63 characters), was '%s'",
                name);
        Require.that(!image.isBlank(), "image must not be blank");
        Require.that(!ports.isEmpty(), "ports must name at least one containerPort");
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        ports = List.copyOf(ports);
        environment = List.copyOf(environment);
        command = List.copyOf(command);
        args = List.copyOf(args);
        volumes = List.copyOf(volumes);
    }

    /** Whether an app may be called so: a DNS label. */
    public static boolean isName(String name) {
        return DNS_LABEL.matcher(name).matches();
    }

    /** The port that nginx sends requests to: the first one listed. */
    public Port mainPort() {
        return ports.getFirst();
    }

    /** Whether containers made for the other are as good as ones made for this. */
    public boolean sameContainers(AppSpec other) {
        return image.equals(other.image)
                && labels.equals(other.labels)
                && ports.equals(other.ports)
                && resources.equals(other.resources)
                && environment.equals(other.environment)
                && command.equals(other.command)
                && args.equals(other.args)
                && Objects.equals(workingDir, other.workingDir)
                && volumes.equals(other.volumes)
                && Objects.equals(user, other.user)
                && security.equals(other.security);
    }

    /** The names of the secrets that its containers cannot be made without, by where they stand. */
    public SequencedMap<String, String> secrets() {
        var secrets = new LinkedHashMap<String, String>();
        if (registryAuth != null) {
            secrets.put("/spec/registryAuth", registryAuth);
        }
        for (var i = 0; i < environment.size(); i++) {
            if (environment.get(i) instanceof Variable.FromSecret(_, var secret, _)) {
                secrets.put("/spec/environment/%d/key".formatted(i), secret);
            }
        }
        return secrets;
    }

    public enum PullPolicy {
        ALWAYS,
        IF_NOT_PRESENT,
        NEVER
    }

    /**
     * @param number 1 to 65535, inside the container
     * @param protocol as the engine names it: tcp or udp
     */
    public record Port(int number, Protocol protocol, @Nullable String name) {
        public Port {
            Require.that(
                    number >= 1 && number <= 65535,
                    "containerPort must be 1 to 65535, was %d",
                    number);
        }

        public enum Protocol {
            TCP,
            UDP
        }
    }

    /**
     * @param cpuMillis thousandths of a core; 0 is no limit
     * @param memoryBytes 0 is no limit
     */
    public record Resources(int cpuMillis, long memoryBytes) {
        public static final Resources UNLIMITED = new Resources(0, 0);

        public Resources {
            Require.that(cpuMillis >= 0, "cpu must not be negative, was %dm", cpuMillis);
            Require.that(memoryBytes >= 0, "memory must not be negative, was %d", memoryBytes);
        }
    }

    /** An environment variable and where its value comes from. */
    public sealed interface Variable {
        String name();

        record Literal(String name, String value) implements Variable {}

        /** Known only when the instance is started. */
        record FromInstance(String name, Key key) implements Variable {}

        record FromSecret(String name, String secret, @Nullable String field) implements Variable {}

        enum Key {
            INSTANCE_IP("instance.ip"),
            INSTANCE_NAME("instance.name"),
            INSTANCE_PORT("instance.port"),
            APP_NAME("app.name"),
            APP_REPLICAS("app.replicas"),
            APP_REVISION("app.revision");

            private final String text;

            Key(String text) {
                this.text = text;
            }

            /** As written in a spec. */
            public String text() {
                return text;
            }
        }
    }

    /**
     * @param name an engine volume, or an absolute host path where the settings allow it
     */
    public record Volume(String name, String mountPath, boolean readOnly) {
        public Volume {
            Require.that(
                    mountPath.startsWith("/"), "mountPath must be absolute, was '%s'", mountPath);
        }

        public boolean hostPath() {
            return name.startsWith("/");
        }
    }

    /**
     * How requests find the app, besides {@code <name>.localhost}, which always does.
     *
     * @param pathPrefix starts with '/'; the longest prefix wins on a shared domain
     * @param isDefault takes requests for hosts that nobody claims
     * @param stickyCookie name of the cookie that keeps a client on its instance
     * @param slowStart how long an instance that just became ready gets less than its share; zero:
     *     not at all
     */
    public record Routing(
            List<String> domains,
            String pathPrefix,
            boolean isDefault,
            Algorithm algorithm,
            @Nullable String stickyCookie,
            Timeouts timeouts,
            long maxBodyBytes,
            boolean websocket,
            Duration slowStart) {
        public static final Routing DEFAULT =
                new Routing(
                        List.of(),
                        "/",
                        false,
                        Algorithm.LEAST_CONN,
                        null,
                        Timeouts.DEFAULT,
                        16 << 20,
                        true,
                        Duration.ZERO);

        public Routing {
            domains = List.copyOf(domains);
            Require.that(
                    pathPrefix.startsWith("/"),
                    "pathPrefix must start with '/', was '%s'",
                    pathPrefix);
        }

        public enum Algorithm {
            LEAST_CONN,
            ROUND_ROBIN,
            IP_HASH,
            RANDOM_TWO
        }

        public record Timeouts(Duration connect, Duration read, Duration send) {
            public static final Timeouts DEFAULT =
                    new Timeouts(
                            Duration.ofSeconds(2), Duration.ofSeconds(60), Duration.ofSeconds(60));
        }
    }

    /** Kept for more than one machine: validated, not acted on yet. */
    public record Placement(Map<String, String> nodeLabels, int maxPerNode) {
        public static final Placement ANYWHERE = new Placement(Map.of(), 0);

        public Placement {
            nodeLabels = Map.copyOf(nodeLabels);
        }
    }

    /**
     * Null: this metric does not count. Percentages are of the instance's limit.
     *
     * @param dryRun decides and tells, but changes nothing
     */
    public record Scaling(
            Mode mode,
            int minReplicas,
            int maxReplicas,
            @Nullable Double targetRpsPerReplica,
            @Nullable Double maxP95LatencyMs,
            @Nullable Double maxCpuPercent,
            @Nullable Double maxMemoryPercent,
            @Nullable Double maxConnPerReplica,
            int scaleOutThresholdPct,
            int scaleInThresholdPct,
            Duration window,
            Duration cooldown,
            int maxScaleOutStep,
            int maxScaleInStep,
            Duration stabilizationWindow,
            boolean dryRun) {
        public Scaling {
            Require.that(
                    0 <= minReplicas && minReplicas <= maxReplicas,
                    "minReplicas must be 0 to maxReplicas (%d), was %d",
                    maxReplicas,
                    minReplicas);
        }

        /** Until when what an operator scales to now holds; null: until somebody changes it. */
        public @Nullable Instant heldUntil(Instant now) {
            return mode == Mode.MANUAL ? null : now.plus(hold()).truncatedTo(ChronoUnit.SECONDS);
        }

        /** How long what an operator scales to holds in mode auto. */
        public Duration hold() {
            return stabilizationWindow.compareTo(cooldown) > 0 ? stabilizationWindow : cooldown;
        }

        public enum Mode {
            AUTO,
            MANUAL
        }
    }

    /**
     * @param startup holds the others back until it has succeeded once
     * @param readiness decides the route
     * @param liveness replaces the instance; null: only its death does
     */
    public record HealthChecks(
            @Nullable HealthCheck startup,
            @Nullable HealthCheck readiness,
            @Nullable HealthCheck liveness) {
        public static final HealthChecks NONE = new HealthChecks(null, null, null);
    }

    public record HealthCheck(
            Probe probe,
            Duration initialDelay,
            Duration period,
            Duration timeout,
            int failureThreshold,
            int successThreshold) {
        public sealed interface Probe {
            record Http(
                    String path,
                    int port,
                    String method,
                    Map<String, String> headers,
                    @Nullable String body,
                    List<Integer> expectedStatusCodes)
                    implements Probe {

                /** Such as {@code 200-399} and {@code 418}: neighbours become a range. */
                public List<String> expected() {
                    var ranges = new ArrayList<String>();
                    for (var first = 0; first < expectedStatusCodes.size(); ) {
                        var from = expectedStatusCodes.get(first);
                        var last = first;
                        while (last + 1 < expectedStatusCodes.size()
                                && expectedStatusCodes.get(last + 1) == from + last + 1 - first) {
                            last++;
                        }
                        ranges.add(
                                first == last
                                        ? String.valueOf(from)
                                        : from + "-" + expectedStatusCodes.get(last));
                        first = last + 1;
                    }
                    return ranges;
                }
            }

            record Tcp(int port) implements Probe {}

            record Command(List<String> command) implements Probe {}
        }
    }

    /**
     * @param steps shares of the traffic that a new revision is given first, from the smallest;
     *     none: it is not tried out. Only with {@link Strategy#ROLLING}
     * @param maxSurge instances above the wanted number while rolling out
     * @param maxUnavailable instances that may be missing from it
     * @param minReady how long an instance must be ready before it counts
     * @param progressDeadline without progress for so long, the rollout has failed
     * @param watch how long a new revision is watched once all of it serves, before it is relied on
     * @param drain how long requests in flight may take before the instance is stopped all the same
     */
    public record Rollout(
            Strategy strategy,
            List<Step> steps,
            int maxSurge,
            int maxUnavailable,
            Duration minReady,
            Duration progressDeadline,
            Duration watch,
            Duration drain,
            boolean autoRollback) {
        public static final Rollout DEFAULT =
                new Rollout(
                        Strategy.ROLLING,
                        List.of(),
                        1,
                        0,
                        Duration.ZERO,
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        true);

        public Rollout {
            Require.that(
                    maxSurge + maxUnavailable > 0,
                    "maxSurge and maxUnavailable must not both be 0: nothing could move");
            Require.that(
                    strategy == Strategy.ROLLING || steps.isEmpty(),
                    "steps are for the strategy rolling");
            steps = List.copyOf(steps);
        }

        public enum Strategy {
            /** Old instances go as new ones come. */
            ROLLING,

            /**
             * All new instances come first; then all traffic moves at once. The old ones stay while
             * the new are watched.
             */
            BLUE_GREEN
        }

        /**
         * @param weight percent of the traffic for the new revision, 1 to 99
         * @param hold how long before the next step
         */
        public record Step(int weight, Duration hold) {
            public Step {
                Require.that(weight >= 1 && weight <= 99, "weight must be 1 to 99, was %d", weight);
            }
        }
    }
}
