package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Check;
import io.autoserve.cli.doctor.Facts.Clock;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.Part;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Proxy;
import io.autoserve.cli.terminal.HumanUnits;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** Judges the parts that serve: containers, API, nginx and clocks. */
record ControlPlane(Facts facts) {
    private static final Duration NOTICED = Duration.ofSeconds(2);
    private static final Duration HARMFUL = Duration.ofSeconds(30);

    Stream<Finding> findings() {
        return Stream.of(
                        parts(),
                        api(),
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
                                        + " of the platform, all run"))
                : down.stream().map(this::down);
    }

    private Finding down(Part part) {
        return Finding.fail(
                "containers",
                "%s: %s".formatted(part.name(), part.status()),
                "docker logs --tail 50 %s; %s".formatted(part.name(), again()));
    }

    private String again() {
        return facts.place() == PlatformKind.DEV
                ? "./autoserve dev --stop, then ./autoserve dev"
                : "./autoserve platform up starts what is down";
    }

    private Stream<Finding> api() {
        return switch (facts.api()) {
            case ApiState.Unreachable silent -> Stream.of(silent(silent));
            case ApiState.Reachable answers ->
                    Stream.concat(
                            Stream.of(answers(answers)),
                            answers.checks().stream()
                                    .filter(check ->
                                            !check.ok() && !isReplica(answers, check.name()))
                                    .map(ControlPlane::check));
        };
    }

    private Finding silent(ApiState.Unreachable api) {
        var fact = api.reason();
        return switch (facts.place()) {
            case NOTHING ->
                    Finding.warn(
                            "api",
                            "nothing of AutoServe runs here",
                            "./autoserve dev --demo, or ./autoserve platform up; --url for one that"
                                    + " runs elsewhere");
            case DEV ->
                    Finding.fail(
                            "api",
                            fact,
                            "see .autoserve/log/dev.log; ./autoserve dev --stop, then ./autoserve"
                                    + " dev");
            case CLUSTER ->
                    Finding.fail(
                            "api", fact, "./autoserve platform logs controller-lb; " + again());
            case ELSEWHERE ->
                    Finding.fail(
                            "api", fact, "run doctor on that machine, or check --url and the way");
        };
    }

    private static Finding answers(ApiState.Reachable api) {
        return api.cluster()
                .map(cluster -> cluster(api.url(), cluster))
                .orElseGet(() ->
                        Finding.warn(
                                "api",
                                api.url() + " answers, and shows no more without a token",
                                "autoserve login %s, or set AUTOSERVE_TOKEN".formatted(api.url())));
    }

    private static Finding cluster(String url, Cluster cluster) {
        var fact =
                "%s answers; %s, %s of version %s"
                        .formatted(
                                url,
                                cluster.term() == 0
                                        ? "nobody leads"
                                        : "%s leads in term %d"
                                                .formatted(cluster.leader(), cluster.term()),
                                HumanUnits.count(cluster.controllers(), "controller"),
                                String.join(" and ", cluster.versions()));
        return cluster.versions().size() > 1
                ? Finding.warn("api", fact, "./autoserve platform up upgrades those that are old")
                : Finding.ok("api", fact);
    }

    /** Returns whether the check is about a standby, which the replication findings cover. */
    private static boolean isReplica(ApiState.Reachable api, String name) {
        return api.cluster().stream()
                .flatMap(cluster -> cluster.replicas().stream())
                .anyMatch(replica -> replica.name().equals(name));
    }

    private static Finding check(Check check) {
        var fact = "%s: %s".formatted(check.name(), check.detail());
        return switch (check.name()) {
            case "view", "database" ->
                    Finding.fail("health", fact, "see what is said of the database below");
            case "leader" ->
                    Finding.fail(
                            "health",
                            fact,
                            "one is elected within seconds of a database that takes writes");
            default ->
                    Finding.warn(
                            "health", fact, "docker logs --tail 50 %s".formatted(check.name()));
        };
    }

    private Finding proxy(Proxy proxy) {
        return switch (proxy) {
            case Proxy.NotServing(var reason) ->
                    Finding.fail("nginx", "it does not answer users: " + reason, again());
            case Proxy.Unseen(var reason) ->
                    Finding.warn(
                            "nginx",
                            "it answers users; its table cannot be seen: " + reason,
                            "run doctor as root");
            case Proxy.Serves serves -> serves(serves, cluster());
        };
    }

    private static Finding serves(Proxy.Serves nginx, Optional<Cluster> cluster) {
        var fact =
                "it answers, by the table of term %d, event %d"
                        .formatted(nginx.epoch(), nginx.seq());
        return cluster.filter(it -> it.term() > 0 && !by(nginx, it))
                .map(it ->
                        Finding.warn(
                                "nginx",
                                "%s, and the leader's is %d".formatted(fact, it.term()),
                                "ask again in some seconds; where it stays, 'docker restart' of it"
                                        + " has it read anew"))
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
                "%s %s of this machine's"
                        .formatted(
                                clock.whose() + " is " + HumanUnits.seconds(off),
                                clock.ahead().isNegative() ? "behind" : "ahead");
        var wayOut = "timedatectl set-ntp true, on both (apt-get install systemd-timesyncd)";
        if (off.compareTo(HARMFUL) > 0) {
            return Finding.fail("clock", fact, wayOut);
        }
        return off.compareTo(NOTICED) > 0
                ? Finding.warn("clock", fact, wayOut)
                : Finding.ok("clock", clock.whose() + " agrees with this machine's");
    }
}
