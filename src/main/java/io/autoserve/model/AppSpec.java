package io.autoserve.model;

import static java.util.Objects.requireNonNullElse;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A user's spec of an app, with every default filled in. The package {@code spec} reads and writes
 * its text form, the document with {@code apiVersion: v1}.
 *
 * @param name a DNS label (RFC 1123): 1 to 63 characters of a-z, 0-9 and '-', starting and ending
 *     with a letter or digit
 * @param template the part of the spec that the app's containers are created from. A new spec with
 *     an equal template keeps the containers
 * @param registryAuth name of the secret that holds the registry's credentials
 * @param stopGrace how long an instance may take to end after SIGTERM before it is killed
 * @param release the command that runs before a new template takes traffic; null if there is none
 * @param schedules the commands that run at certain times, each with another name
 */
public record AppSpec(
        String name,
        Map<String, String> annotations,
        Template template,
        PullPolicy pullPolicy,
        @Nullable String registryAuth,
        Duration stopGrace,
        Routing routing,
        Placement placement,
        Scaling scaling,
        HealthChecks checks,
        Rollout rollout,
        @Nullable Release release,
        List<Schedule> schedules) {

    private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    public AppSpec {
        Require.that(
                isName(name),
                "name must be a DNS label (a-z, 0-9 and '-', 1 to 63 characters), was '%s'",
                name);
        annotations = Map.copyOf(annotations);
        // specs that an earlier version stored have no schedules
        schedules = List.copyOf(requireNonNullElse(schedules, List.of()));
    }

    /**
     * Describes what Docker needs to create a container of the app.
     *
     * @param ports the ports that the containers listen on; empty if the app is a worker
     */
    public record Template(
            String image,
            Map<String, String> labels,
            List<Port> ports,
            Resources resources,
            List<Variable> environment,
            List<String> command,
            List<String> args,
            @Nullable String workingDir,
            List<Volume> volumes,
            @Nullable String user,
            Security security,
            LogLimits logs) {

        public Template {
            Require.that(!image.isBlank(), "image must not be blank");
            labels = Map.copyOf(labels);
            ports = List.copyOf(ports);
            environment = List.copyOf(environment);
            command = List.copyOf(command);
            args = List.copyOf(args);
            volumes = List.copyOf(volumes);
            // specs that an earlier version stored have no limits of logs
            logs = requireNonNullElse(logs, LogLimits.DEFAULT);
        }

        Template limited(Resources resources) {
            return new Template(
                    image,
                    labels,
                    ports,
                    resources,
                    environment,
                    command,
                    args,
                    workingDir,
                    volumes,
                    user,
                    security,
                    logs);
        }
    }

    /**
     * A command that runs once, on the image of a new template, before that template takes traffic.
     *
     * @param command program and arguments, without a shell
     * @param timeLimit how long it may take before it is stopped and the release has failed
     */
    public record Release(List<String> command, Duration timeLimit) {
        public Release {
            Require.that(!command.isEmpty(), "a release needs a command");
            command = List.copyOf(command);
        }
    }

    /**
     * A command that runs at certain times, in a container of its own.
     *
     * @param cron five fields: minute, hour, day of month, month and day of week
     * @param timeZone name of the time zone of {@code cron}
     * @param command program and arguments, without a shell
     * @param concurrency what happens at a due time while the task of an earlier one runs
     * @param startingDeadline how late a task may start. A due time that is further past is skipped
     * @param timeLimit how long a task may take before it is stopped
     */
    public record Schedule(
            String name,
            String cron,
            String timeZone,
            List<String> command,
            Concurrency concurrency,
            Duration startingDeadline,
            Duration timeLimit) {
        public Schedule {
            Require.that(!command.isEmpty(), "a schedule needs a command");
            command = List.copyOf(command);
        }

        public enum Concurrency {
            /** The due time is skipped. */
            FORBID,
            /** Both tasks run side by side. */
            ALLOW,
            /** The earlier task is cancelled first. */
            REPLACE
        }
    }

    /** Returns this spec with other limits of an instance. */
    AppSpec limited(Resources resources) {
        return new AppSpec(
                name,
                annotations,
                template.limited(resources),
                pullPolicy,
                registryAuth,
                stopGrace,
                routing,
                placement,
                scaling,
                checks,
                rollout,
                release,
                schedules);
    }

    /**
     * Returns this spec with the HEALTHCHECK of its image, if the spec names no checks.
     *
     * @param ofImage null if the image has none
     */
    public AppSpec checkedBy(@Nullable HealthCheck ofImage) {
        return ofImage == null || !checks.ofImage()
                ? this
                : new AppSpec(
                        name,
                        annotations,
                        template,
                        pullPolicy,
                        registryAuth,
                        stopGrace,
                        routing,
                        placement,
                        scaling,
                        new HealthChecks(checks.startup(), checks.readiness(), ofImage, true),
                        rollout,
                        release,
                        schedules);
    }

    /**
     * Returns a spec that is always small. It leaves out or resets what can be long, such as the
     * environment, the domains and the commands.
     */
    public AppSpec outline() {
        return new AppSpec(
                name,
                Map.of(),
                new Template(
                        image(),
                        Map.of(),
                        ports().stream().limit(1).toList(),
                        resources(),
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        List.of(),
                        null,
                        Security.DEFAULT,
                        logs()),
                pullPolicy,
                null,
                stopGrace,
                Routing.DEFAULT,
                Placement.ANYWHERE,
                scaling,
                HealthChecks.NONE,
                rollout,
                null,
                List.of());
    }

    public String image() {
        return template.image;
    }

    public Map<String, String> labels() {
        return template.labels;
    }

    public List<Port> ports() {
        return template.ports;
    }

    public Resources resources() {
        return template.resources;
    }

    public List<Variable> environment() {
        return template.environment;
    }

    public List<String> command() {
        return template.command;
    }

    public List<String> args() {
        return template.args;
    }

    public @Nullable String workingDir() {
        return template.workingDir;
    }

    public List<Volume> volumes() {
        return template.volumes;
    }

    public @Nullable String user() {
        return template.user;
    }

    public Security security() {
        return template.security;
    }

    public LogLimits logs() {
        return template.logs;
    }

    /** Returns whether the text is a valid app name, which is a DNS label. */
    public static boolean isName(String name) {
        return DNS_LABEL.matcher(name).matches();
    }

    /** Returns whether the app is a worker, which has no port and gets no requests. */
    public boolean isWorker() {
        return template.ports.isEmpty();
    }

    /**
     * Returns the port that nginx sends requests to, which is the first one listed. Returns 0 if
     * the app is a worker.
     */
    public int port() {
        return isWorker() ? 0 : template.ports.getFirst().number();
    }

    /**
     * Returns the names of the secrets that the app's containers, its rules and its scaling need.
     * Each map key is a JSON pointer to the field of the spec that contains the name.
     */
    public SequencedMap<String, String> secrets() {
        var secrets = new LinkedHashMap<String, String>();
        if (registryAuth != null) {
            secrets.put("/spec/registryAuth", registryAuth);
        }
        for (var i = 0; i < environment().size(); i++) {
            if (environment().get(i) instanceof Variable.FromSecret(_, var secret, _)) {
                secrets.put("/spec/environment/%d/key".formatted(i), secret);
            }
        }
        routing.rules()
                .secrets()
                .forEach((place, secret) -> secrets.put("/spec/routing" + place, secret));
        for (var i = 0; i < scaling.metrics().size(); i++) {
            var place = "/scaling/metrics/" + i;
            switch (scaling.metrics().get(i).query()) {
                case Scaling.MetricQuery.PostgresQuery(var secret, _) ->
                        secrets.put(place + "/postgres/secret", secret);
                case Scaling.MetricQuery.PrometheusQuery(_, _, var secret) -> {
                    if (secret != null) {
                        secrets.put(place + "/prometheus/secret", secret);
                    }
                }
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
     * @param protocol tcp or udp
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
     * @param cpuMillis CPU limit in thousandths of a core; 0 means no limit
     * @param memoryBytes memory limit in bytes; 0 means no limit
     */
    public record Resources(int cpuMillis, long memoryBytes) {
        public static final Resources UNLIMITED = new Resources(0, 0);

        public Resources {
            Require.that(cpuMillis >= 0, "cpu must not be negative, was %dm", cpuMillis);
            Require.that(memoryBytes >= 0, "memory must not be negative, was %d", memoryBytes);
        }
    }

    /**
     * How much of what an instance writes is kept. Docker starts a new file when one is full, and
     * deletes the oldest one.
     *
     * @param maxBytes size of a file, at least 1 MiB
     * @param maxFiles number of files, 1 to 9
     */
    public record LogLimits(long maxBytes, int maxFiles) {
        public static final LogLimits DEFAULT = new LogLimits(10 << 20, 3);

        public LogLimits {
            Require.that(maxBytes >= 1 << 20, "maxSize must be at least 1Mi, was %d", maxBytes);
            Require.that(
                    maxFiles >= 1 && maxFiles <= 9, "maxFiles must be 1 to 9, was %d", maxFiles);
        }
    }

    /** An environment variable and the source of its value. */
    public sealed interface Variable {
        String name();

        record Literal(String name, String value) implements Variable {}

        /** A value that is known only when the instance is started. */
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

            /** Returns the key as it is written in a spec. */
            public String text() {
                return text;
            }
        }
    }

    /**
     * @param name name of a Docker volume, or an absolute path on the host if the settings allow
     *     host paths
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
     * Which requests the app gets, and how nginx passes them on. Requests for the host {@code
     * <name>.localhost} always reach the app too.
     *
     * @param pathPrefix starts with '/'. On a shared domain the longest prefix wins
     * @param isDefault whether the app gets requests for hosts that no app claims
     * @param stickyCookie name of the cookie that keeps a client on its instance
     * @param slowStart time for which an instance that just became ready gets less than its share
     *     of requests; zero if it gets its share at once
     * @param rules what nginx changes in requests and answers
     */
    public record Routing(
            List<String> domains,
            String pathPrefix,
            boolean isDefault,
            Algorithm algorithm,
            @Nullable String stickyCookie,
            Timeouts timeouts,
            long maxBodyBytes,
            Buffering buffering,
            boolean websocket,
            Duration slowStart,
            RequestRules rules) {
        /**
         * Name of the cookie of AutoServe's own sessions. A browser sends it to every port of a
         * host, so no app may use it.
         */
        public static final String SESSION_COOKIE = "autoserve_session";

        public static final Routing DEFAULT =
                new Routing(
                        List.of(),
                        "/",
                        false,
                        Algorithm.LEAST_CONN,
                        null,
                        Timeouts.DEFAULT,
                        16 << 20,
                        Buffering.DEFAULT,
                        true,
                        Duration.ZERO,
                        RequestRules.NONE);

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

        /**
         * @param idle takes the place of {@code read} for WebSockets and event streams
         */
        public record Timeouts(Duration connect, Duration read, Duration send, Duration idle) {
            public static final Timeouts DEFAULT =
                    new Timeouts(
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(60),
                            Duration.ofSeconds(60),
                            Duration.ofHours(1));
        }

        /**
         * What nginx collects before it passes it on.
         *
         * @param requests whether an instance gets the body of a request only once it has arrived
         *     completely. If not, the answer to a request with a body is not buffered either
         */
        public record Buffering(boolean requests, boolean responses) {
            public static final Buffering DEFAULT = new Buffering(true, true);
        }
    }

    /**
     * Names the machines on which instances may run. The values are validated but have no effect
     * yet, because an installation has only one machine.
     */
    public record Placement(Map<String, String> nodeLabels, int maxPerNode) {
        public static final Placement ANYWHERE = new Placement(Map.of(), 0);

        public Placement {
            nodeLabels = Map.copyOf(nodeLabels);
        }
    }

    /**
     * When and how far an app is scaled. A metric whose target is null is not used. Percentages
     * refer to the instance's CPU or memory limit.
     *
     * @param sleep when an app in mode auto with {@code minReplicas} 0 has no instances; null for
     *     all other apps
     * @param metrics numbers of other systems that an app in mode auto is scaled on
     * @param schedule times at which an app in mode auto has more than {@code minReplicas}
     *     instances
     * @param dryRun whether decisions are only reported and change nothing
     */
    public record Scaling(
            Mode mode,
            int minReplicas,
            int maxReplicas,
            @Nullable Sleep sleep,
            List<ScheduledMinimum> schedule,
            @Nullable Double targetRpsPerReplica,
            @Nullable Double maxP95LatencyMs,
            @Nullable Double maxCpuPercent,
            @Nullable Double maxMemoryPercent,
            @Nullable Double maxConnPerReplica,
            List<CustomMetric> metrics,
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
            Require.that(
                    (sleep != null) == (mode == Mode.AUTO && minReplicas == 0),
                    "an app sleeps exactly in mode auto with minReplicas 0, was %s with %d",
                    mode,
                    minReplicas);
            schedule = List.copyOf(schedule);
            metrics = List.copyOf(metrics);
        }

        /**
         * A number that the app is scaled on and that another system knows.
         *
         * @param name unique in the policy
         * @param target the number for which one instance is enough
         */
        public record CustomMetric(String name, MetricQuery query, double target) {}

        /** Names the system from which a number is read, and the question to it. */
        public sealed interface MetricQuery {
            /**
             * @param url URL of the server, without the path of its API
             * @param query in PromQL. Its result must be a single number
             * @param secret name of the secret whose value is the header {@code Authorization};
             *     null if the server needs none
             */
            record PrometheusQuery(String url, String query, @Nullable String secret)
                    implements MetricQuery {}

            /**
             * @param secret name of the secret whose value is the URL of the database
             * @param query in SQL. The first column of its first row is the number
             */
            record PostgresQuery(String secret, String query) implements MetricQuery {}
        }

        /**
         * A time at which the app has at least so many instances. It begins when {@code start} is
         * due, and ends when {@code end} is.
         *
         * @param start five fields: minute, hour, day of month, month and day of week
         * @param end as {@code start}
         * @param timeZone name of the time zone of both
         */
        public record ScheduledMinimum(
                String start, String end, String timeZone, int minReplicas) {}

        /**
         * Returns this policy with at least this many instances, but not more than {@code
         * maxReplicas}. The app does not sleep then.
         */
        public Scaling atLeast(int replicas) {
            return replicas <= minReplicas
                    ? this
                    : new Scaling(
                            mode,
                            Math.min(replicas, maxReplicas),
                            maxReplicas,
                            null,
                            schedule,
                            targetRpsPerReplica,
                            maxP95LatencyMs,
                            maxCpuPercent,
                            maxMemoryPercent,
                            maxConnPerReplica,
                            metrics,
                            scaleOutThresholdPct,
                            scaleInThresholdPct,
                            window,
                            cooldown,
                            maxScaleOutStep,
                            maxScaleInStep,
                            stabilizationWindow,
                            dryRun);
        }

        /**
         * When an app has no instances, and how nginx treats requests then.
         *
         * @param idle time without requests after which the app has no instances
         * @param hold how long nginx holds a request until an instance is ready
         * @param ignoredPaths requests to these paths, and below them, neither wake the app nor
         *     keep it awake
         * @param ignoredUserAgents requests whose header {@code User-Agent} contains one of these
         *     texts, in any case of letters, neither wake the app nor keep it awake
         */
        public record Sleep(
                Duration idle,
                Duration hold,
                List<String> ignoredPaths,
                List<String> ignoredUserAgents) {
            public Sleep {
                ignoredPaths = List.copyOf(ignoredPaths);
                ignoredUserAgents = List.copyOf(ignoredUserAgents);
            }
        }

        /**
         * Returns the number of instances of a new app. An app that may sleep begins with one
         * instance, so that its spec is tried at once.
         */
        public int initial() {
            return mode == Mode.AUTO ? Math.max(1, minReplicas) : minReplicas;
        }

        /**
         * Returns the time until which the autoscaler keeps a number that an operator sets at
         * {@code now}. Returns null in mode manual, where the number stays until an operator
         * changes it.
         */
        public @Nullable Instant heldUntil(Instant now) {
            return mode == Mode.MANUAL ? null : now.plus(hold()).truncatedTo(ChronoUnit.SECONDS);
        }

        /** Returns how long the autoscaler keeps a number that an operator sets in mode auto. */
        public Duration hold() {
            return stabilizationWindow.compareTo(cooldown) > 0 ? stabilizationWindow : cooldown;
        }

        public enum Mode {
            AUTO,
            MANUAL
        }
    }

    /**
     * @param startup the check that must succeed once before the other checks begin
     * @param readiness the check that decides whether the instance gets requests
     * @param liveness the check that decides whether the instance is replaced. If null, the
     *     instance is replaced only when its container ends
     * @param ofImage whether the spec names no checks. The HEALTHCHECK of the image is then the
     *     liveness check, and an instance is ready only once it has succeeded too
     */
    public record HealthChecks(
            @Nullable HealthCheck startup,
            @Nullable HealthCheck readiness,
            @Nullable HealthCheck liveness,
            boolean ofImage) {
        public static final HealthChecks NONE = new HealthChecks(null, null, null);

        /** Returns the checks that a spec names. */
        public HealthChecks(
                @Nullable HealthCheck startup,
                @Nullable HealthCheck readiness,
                @Nullable HealthCheck liveness) {
            this(startup, readiness, liveness, false);
        }

        /** Returns these checks with the host in each HTTP request that names no other one. */
        public HealthChecks addressedTo(String host) {
            return new HealthChecks(
                    addressed(startup, host),
                    addressed(readiness, host),
                    addressed(liveness, host),
                    ofImage);
        }

        private static @Nullable HealthCheck addressed(@Nullable HealthCheck check, String host) {
            return check == null ? null : check.addressedTo(host);
        }
    }

    public record HealthCheck(
            Probe probe,
            Duration initialDelay,
            Duration period,
            Duration timeout,
            int failureThreshold,
            int successThreshold) {
        HealthCheck addressedTo(String host) {
            return switch (probe) {
                case Probe.Http http ->
                        new HealthCheck(
                                http.addressedTo(host),
                                initialDelay,
                                period,
                                timeout,
                                failureThreshold,
                                successThreshold);
                case Probe.Tcp _, Probe.Command _ -> this;
            };
        }

        public sealed interface Probe {
            record Http(
                    String path,
                    int port,
                    String method,
                    Map<String, String> headers,
                    @Nullable String body,
                    List<Integer> expectedStatusCodes)
                    implements Probe {

                Http addressedTo(String host) {
                    if (headers.keySet().stream().anyMatch("Host"::equalsIgnoreCase)) {
                        return this;
                    }
                    var more = new LinkedHashMap<>(headers);
                    more.put("Host", host);
                    return new Http(path, port, method, more, body, expectedStatusCodes);
                }

                /**
                 * Returns the expected status codes, with consecutive ones as a range, such as
                 * {@code 200-399} and {@code 418}.
                 */
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
     * @param steps the steps of a canary, with growing weights; empty if the rollout has no canary.
     *     Only {@link Strategy#ROLLING} may have steps
     * @param maxSurge maximum number of instances above the desired number during a rollout
     * @param maxUnavailable how many of the desired instances may be missing during a rollout
     * @param minReady how long an instance must be ready before it counts as available
     * @param progressDeadline time without progress after which the rollout has failed
     * @param watch how long a new revision is watched, once all of its instances serve, before the
     *     rollout completes
     * @param drain how long an instance may take to answer its requests in flight after it has left
     *     the route. Then its connections are closed and the instance is stopped
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
                    "maxSurge and maxUnavailable must not both be 0: no instance could be replaced");
            Require.that(
                    strategy == Strategy.ROLLING || steps.isEmpty(),
                    "steps need the strategy rolling");
            steps = List.copyOf(steps);
        }

        /**
         * Returns how many instances a rollout can add if so many instances are desired. A canary
         * runs beside all old instances, whatever {@code maxSurge} is.
         */
        int added(int instances) {
            return switch (strategy) {
                case BLUE_GREEN -> instances;
                case ROLLING ->
                        steps.stream()
                                .mapToInt(step -> step.canary(instances))
                                .reduce(maxSurge, Math::max);
            };
        }

        public enum Strategy {
            /** Old instances are replaced a few at a time. */
            ROLLING,

            /**
             * All new instances start first, then all traffic moves to them at once. The old
             * instances stay while the new ones are watched.
             */
            BLUE_GREEN
        }

        /**
         * @param weight percent of the traffic for the new revision, 1 to 99
         * @param hold how long to wait before the next step
         */
        public record Step(int weight, Duration hold) {
            public Step {
                Require.that(weight >= 1 && weight <= 99, "weight must be 1 to 99, was %d", weight);
            }

            /** Returns how many new instances this step has if so many instances are desired. */
            public int canary(int instances) {
                return Math.ceilDiv(instances * weight, 100);
            }
        }
    }
}
