package io.autoserve.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.doctor.Facts.Check;
import io.autoserve.cli.doctor.Facts.Clock;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.FailingApp;
import io.autoserve.cli.doctor.Facts.ReplicaLag;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads from the API what a controller reports about itself and the cluster. */
final class ApiCheck {
    /**
     * Half a second is added to the time in the Date header, because the header has whole seconds
     * and the middle of the second is the best guess.
     */
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);

    /** Name of the checks for hosts and paths of apps that are not served. */
    static final String ROUTES = "routes";

    private final Api api;
    private @Nullable JsonNode apps;

    /** The parts that the token may not read. */
    private final List<String> refused = new ArrayList<>();

    ApiCheck(Api api) {
        this.api = api;
    }

    Facts.ApiState state() {
        try {
            api.get("/health/live");
            var checks = checks();
            var cluster = cluster();
            return new Facts.ApiState.Reachable(api.url(), checks, cluster, List.copyOf(refused));
        } catch (CommandFailure nobody) {
            return new Facts.ApiState.Unreachable(api.url(), String.valueOf(nobody.getMessage()));
        }
    }

    /**
     * Returns the controller's checks. If the controller is not ready, the only check is the reason
     * from {@code /health/ready}, because {@code /health} may answer with an error.
     */
    private List<Check> checks() {
        var ready = Plain.get(() -> api.connection("/health/ready"));
        if (ready.filter(it -> it.status() == 200).isEmpty()) {
            var reason = ready.map(it -> it.json().path("detail").asText("")).orElse("");
            return List.of(
                    new Check(
                            "view",
                            false,
                            reason.isEmpty() ? "the controller is not ready" : reason));
        }
        var checks = new ArrayList<Check>();
        for (var check :
                ask("the controllers' own checks", "/health").map(it -> it.path("checks")).stream()
                        .toList()) {
            check.forEach(it ->
                    checks.add(
                            new Check(
                                    it.path("name").asText(),
                                    it.path("ok").asBoolean(),
                                    it.path("detail").asText())));
        }
        apps().forEach(app ->
                app.path("conflicts")
                        .forEach(conflict ->
                                checks.add(
                                        new Check(
                                                ROUTES,
                                                false,
                                                "%s: %s"
                                                        .formatted(
                                                                app.path("name").asText(),
                                                                conflict.asText())))));
        return List.copyOf(checks);
    }

    private Optional<Cluster> cluster() {
        return ask("the members of the cluster", "/api/v1/cluster").map(ApiCheck::cluster);
    }

    private static Cluster cluster(JsonNode cluster) {
        var versions = new TreeSet<String>();
        cluster.path("members").forEach(member -> versions.add(member.path("version").asText()));
        var replicas = new ArrayList<ReplicaLag>();
        for (var replica : cluster.path("database").path("replicas")) {
            replicas.add(
                    new ReplicaLag(
                            replica.path("name").asText(),
                            replica.path("state").asText(),
                            replica.path("lagBytes").asLong(-1)));
        }
        return new Cluster(
                cluster.path("leader").asText(""),
                cluster.path("term").asLong(0),
                cluster.path("database").path("timeline").asLong(0),
                cluster.path("members").size(),
                versions,
                List.copyOf(replicas));
    }

    /** Returns the image of each app, by the app's name. */
    Map<String, String> images() {
        var images = new TreeMap<String, String>();
        apps().forEach(it -> images.put(it.path("name").asText(), it.path("image").asText()));
        return images;
    }

    /** Returns the apps, which are asked for once. */
    private JsonNode apps() {
        if (apps == null) {
            apps =
                    ask("the images and routes of the apps", "/api/v1/apps")
                            .map(it -> it.path("apps"))
                            .orElseGet(MissingNode::getInstance);
        }
        return apps;
    }

    Optional<Clock> clock(InstantSource clock) {
        var before = clock.instant();
        return Plain.get(() -> api.connection("/health/live"))
                .flatMap(answer -> time(answer.date()))
                .map(theirs -> {
                    var passed = Duration.between(before, clock.instant());
                    return new Clock(
                            "the clock of the API",
                            Duration.between(
                                    before.plus(passed.dividedBy(2)),
                                    theirs.toInstant().plus(HALF_A_SECOND)));
                });
    }

    private static Optional<ZonedDateTime> time(String header) {
        try {
            return Optional.of(ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME));
        } catch (DateTimeParseException noDate) {
            return Optional.empty();
        }
    }

    /** Returns the apps that crash, or whose release command failed. */
    List<FailingApp> failing() {
        var failing = new ArrayList<FailingApp>();
        for (var json : apps()) {
            switch (json.path("state").asText()) {
                case "CrashLooping" -> failing.add(crashing(AppView.of(json)));
                case "ReleaseFailed" -> failing.add(unreleased(AppView.of(json)));
                default -> {}
            }
        }
        return List.copyOf(failing);
    }

    private static FailingApp crashing(AppView app) {
        return new FailingApp.CrashLoop(
                app.name(),
                app.instances().stream()
                        .filter(AppView.Instance::troubled)
                        .findFirst()
                        .map(instance -> instance.name() + ": " + instance.reason())
                        .orElse(app.reason()));
    }

    private static FailingApp unreleased(AppView app) {
        return new FailingApp.FailedRelease(app.name(), app.reason());
    }

    private Optional<JsonNode> ask(String what, String path) {
        try {
            return Optional.of(api.get(path));
        } catch (CommandFailure failure) {
            if (failure.exit() == Exit.DENIED) {
                refused.add(what);
            }
            return Optional.empty();
        }
    }
}
