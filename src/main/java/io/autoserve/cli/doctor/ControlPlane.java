package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Check;
import io.autoserve.cli.doctor.Facts.Clock;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.FailingApp;
import io.autoserve.cli.doctor.Facts.Part;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Proxy;
import io.autoserve.cli.terminal.HumanUnits;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** Judges the containers of the platform, the API, the apps, nginx and the clocks. */
record ControlPlane(Facts facts) {
    private static final Duration NOTICEABLE = Duration.ofSeconds(2);
    private static final Duration HARMFUL = Duration.ofSeconds(30);

    Stream<Finding> findings() {
        return Stream.of(
                        parts(),
                        api(),
                        facts.failing().stream().map(ControlPlane::failing),
                        facts.proxy().map(this::proxy).stream(),
                        facts.clocks().stream().map(ControlPlane::clock))
                .flatMap(it -> it);
    }

    private Stream<Finding> parts() {
        if (facts.place() == PlatformKind.NOTHING || facts.parts().isEmpty()) {
            return Stream.empty();
        }
        var down = facts.parts().stream().filter(part -> !part.runs()).toList();
        return down.isEmpty()
                ? Stream.of(
                        Finding.ok(
                                "containers",
                                HumanUnits.count(facts.parts().size(), "container")
                                        + " of the platform, all running"))
                : down.stream().map(this::down);
    }

    private Finding down(Part part) {
        return Finding.fail(
                "containers",
                "%s: %s".formatted(part.name(), part.status()),
                "check 'docker logs --tail 50 %s'; %s".formatted(part.name(), again()));
    }

    private String again() {
        return facts.place() == PlatformKind.DEV
                ? "run './autoserve dev --stop', then './autoserve dev'"
                : "run './autoserve platform up' to start what is down";
    }

    private Stream<Finding> api() {
        return switch (facts.api()) {
            case ApiState.Unreachable silent -> Stream.of(silent(silent));
            case ApiState.Reachable answers ->
                    Stream.of(
                                    Stream.of(answers(answers)),
                                    refused(answers),
                                    answers.checks().stream()
                                            .filter(check ->
                                                    !check.ok()
                                                            && !isReplica(answers, check.name()))
                                            .map(ControlPlane::check))
                            .flatMap(it -> it);
        };
    }

    /** Without a token everything is refused, and one finding says so already. */
    private static Stream<Finding> refused(ApiState.Reachable api) {
        return api.cluster().isEmpty()
                ? Stream.empty()
                : api.refused().stream()
                        .map(what ->
                                Finding.warn(
                                        "api",
                                        "not checked: %s, because the token does not permit it"
                                                .formatted(what),
                                        "run doctor with the token of an admin"));
    }

    private static Finding failing(FailingApp failing) {
        return switch (failing) {
            case FailingApp.CrashLoop(var app, var reason) ->
                    Finding.warn(
                            "apps",
                            "%s is crash looping: %s".formatted(app, reason),
                            "run 'autoserve logs %s' to see why; 'autoserve rollback %s' returns to an earlier revision"
                                    .formatted(app, app));
            case FailingApp.FailedRelease(var app, var reason) ->
                    Finding.warn(
                            "apps",
                            "%s: %s".formatted(app, reason),
                            "run 'autoserve task list %s' to see its release commands"
                                    .formatted(app));
        };
    }

    private Finding silent(ApiState.Unreachable api) {
        var fact = api.reason();
        return switch (facts.place()) {
            case NOTHING ->
                    Finding.warn(
                            "api",
                            "AutoServe is not running on this machine",
                            "run './autoserve dev --demo' or './autoserve platform up', or use"
                                    + " --url for a platform on another machine");
            case DEV ->
                    Finding.fail(
                            "api",
                            fact,
                            "check .autoserve/log/dev.log; run './autoserve dev --stop', then"
                                    + " './autoserve dev'");
            case CLUSTER ->
                    Finding.fail(
                            "api",
                            fact,
                            "check './autoserve platform logs controller-lb'; " + again());
            case ELSEWHERE ->
                    Finding.fail(
                            "api",
                            fact,
                            "run doctor on that machine, or check --url and the network");
        };
    }

    private static Finding answers(ApiState.Reachable api) {
        return api.cluster()
                .map(cluster -> cluster(api.url(), cluster))
                .orElseGet(() ->
                        Finding.warn(
                                "api",
                                api.url() + " answers, but shows no details without a token",
                                "run 'autoserve login %s' or set AUTOSERVE_TOKEN"
                                        .formatted(api.url())));
    }

    private static Finding cluster(String url, Cluster cluster) {
        var fact =
                "%s answers; %s, %s of version %s"
                        .formatted(
                                url,
                                cluster.term() == 0
                                        ? "no controller leads"
                                        : "%s leads in term %d"
                                                .formatted(cluster.leader(), cluster.term()),
                                HumanUnits.count(cluster.controllers(), "controller"),
                                String.join(" and ", cluster.versions()));
        return cluster.versions().size() > 1
                ? Finding.warn(
                        "api",
                        fact,
                        "run './autoserve platform up' to upgrade the older controllers")
                : Finding.ok("api", fact);
    }

    /**
     * Returns whether the check is about a standby. Such checks are skipped, because the findings
     * about replication cover them.
     */
    private static boolean isReplica(ApiState.Reachable api, String name) {
        return api.cluster().stream()
                .flatMap(cluster -> cluster.replicas().stream())
                .anyMatch(replica -> replica.name().equals(name));
    }

    private static Finding check(Check check) {
        var fact = "%s: %s".formatted(check.name(), check.detail());
        return switch (check.name()) {
            case ApiCheck.ROUTES ->
                    Finding.warn(
                            ApiCheck.ROUTES,
                            check.detail(),
                            "remove the host or the path from the spec of one of the apps, then run"
                                    + " 'autoserve apply'");
            case "view", "database" ->
                    Finding.fail("health", fact, "check the database findings below");
            case "leader" ->
                    Finding.fail(
                            "health",
                            fact,
                            "a leader is elected within seconds once a database accepts writes");
            default ->
                    Finding.warn(
                            "health",
                            fact,
                            "check 'docker logs --tail 50 %s'".formatted(check.name()));
        };
    }

    private Finding proxy(Proxy proxy) {
        return switch (proxy) {
            case Proxy.NotServing(var reason) ->
                    Finding.fail("nginx", "nginx does not answer users: " + reason, again());
            case Proxy.Unseen(var reason) ->
                    Finding.warn(
                            "nginx",
                            "nginx answers users, but its route table cannot be read: " + reason,
                            "run doctor as root");
            case Proxy.Serves serves -> serves(serves, cluster());
        };
    }

    private static Finding serves(Proxy.Serves nginx, Optional<Cluster> cluster) {
        var fact =
                "nginx answers with the route table of term %d, event %d"
                        .formatted(nginx.epoch(), nginx.seq());
        return cluster.filter(it -> it.term() > 0 && !by(nginx, it))
                .map(it ->
                        Finding.warn(
                                "nginx",
                                "%s, but the leader is in term %d".formatted(fact, it.term()),
                                "run doctor again in a few seconds; if nothing changes, restart"
                                        + " the nginx container, which then reads the table again"))
                .orElseGet(() -> Finding.ok("nginx", fact));
    }

    private static boolean by(Proxy.Serves nginx, Cluster cluster) {
        return nginx.timeline() == cluster.timeline() && nginx.epoch() == cluster.term();
    }

    private Optional<Cluster> cluster() {
        return switch (facts.api()) {
            case ApiState.Reachable answers -> answers.cluster();
            case ApiState.Unreachable _ -> Optional.empty();
        };
    }

    private static Finding clock(Clock clock) {
        var off = clock.ahead().abs();
        var fact =
                "%s %s this machine's clock"
                        .formatted(
                                clock.whose() + " is " + HumanUnits.seconds(off),
                                clock.ahead().isNegative() ? "behind" : "ahead of");
        var wayOut =
                "run 'timedatectl set-ntp true' on both machines (apt-get install"
                        + " systemd-timesyncd)";
        if (off.compareTo(HARMFUL) > 0) {
            return Finding.fail("clock", fact, wayOut);
        }
        return off.compareTo(NOTICEABLE) > 0
                ? Finding.warn("clock", fact, wayOut)
                : Finding.ok("clock", clock.whose() + " agrees with this machine's clock");
    }
}
