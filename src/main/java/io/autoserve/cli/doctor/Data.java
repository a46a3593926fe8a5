package io.autoserve.cli.doctor;

import static java.util.stream.Collectors.joining;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.ReplicaLag;
import io.autoserve.cli.doctor.Facts.Server;
import io.autoserve.cli.doctor.Facts.Server.ServerState;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.platform.ClusterHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Judges the databases: which one is the primary, which ones follow, their certificates and their
 * schema version.
 */
record Data(Facts facts) {
    /**
     * Less time than this means that no renewal happened, since {@code platform up} renews a
     * certificate one year before it expires.
     */
    private static final Duration SOON_OVER = Duration.ofDays(180);

    Stream<Finding> findings() {
        return Stream.concat(servers(), replication());
    }

    private Stream<Finding> servers() {
        if (facts.databases().isEmpty()) {
            return Stream.empty();
        }
        var findings = new ArrayList<Finding>();
        var primaries = primaries();
        if (primaries.isEmpty() && !somebodyRefuses()) {
            findings.add(
                    Finding.fail(
                            "database",
                            "none takes writes",
                            facts.place() == PlatformKind.CLUSTER
                                    ? "./autoserve platform status tells what Patroni sees; it elects"
                                            + " one within 20 s while etcd answers"
                                    : "see .autoserve/log/postgres.log"));
        } else if (primaries.size() > 1) {
            findings.add(
                    Finding.fail(
                            "database",
                            "several take writes: "
                                    + primaries.stream()
                                            .map(Server::address)
                                            .collect(joining(", ")),
                            "stop the one with the older timeline: ./autoserve platform status"));
        }
        facts.databases().forEach(server -> findings.add(server(server, !primaries.isEmpty())));
        facts.databases()
                .forEach(server ->
                        server.certified()
                                .ifPresent(left -> findings.add(certificate(server, left))));
        return findings.stream();
    }

    private static Finding certificate(Server server, Duration left) {
        var fact =
                "%s is asked by TLS, with a certificate for %s yet"
                        .formatted(server.address(), HumanUnits.count(left.toDays(), "day"));
        return left.compareTo(SOON_OVER) < 0
                ? Finding.warn("database", fact, "./autoserve platform up makes another")
                : Finding.ok("database", fact);
    }

    private List<Server> primaries() {
        return facts.databases().stream()
                .filter(server -> server.state() instanceof ServerState.Leads)
                .toList();
    }

    private boolean somebodyRefuses() {
        return facts.databases().stream().anyMatch(it -> it.state() instanceof ServerState.Refuses);
    }

    private static Finding server(Server server, boolean served) {
        return switch (server.state()) {
            case ServerState.Down(var reason) -> {
                var fact = "%s does not answer: %s".formatted(server.address(), reason);
                var wayOut = "./autoserve platform logs postgres-primary, or postgres-replica";
                yield served
                        ? Finding.warn("database", fact, wayOut)
                        : Finding.fail("database", fact, wayOut);
            }
            case ServerState.Refuses _ ->
                    Finding.warn(
                            "database",
                            server.address() + " runs, and does not let doctor in",
                            "run doctor where 'platform up' was run, as who ran it: the password is"
                                    + " in .autoserve/secrets");
            case ServerState.Follows(var version) ->
                    Finding.ok(
                            "database",
                            "%s follows (PostgreSQL %s)".formatted(server.address(), version));
            case ServerState.Leads leads -> primary(server.address(), leads);
        };
    }

    private static Finding primary(String address, ServerState.Leads leads) {
        var fact =
                "%s is the primary (PostgreSQL %s), its tables of V%s"
                        .formatted(address, leads.version(), leads.newest());
        if (leads.unknown() > 0) {
            return Finding.warn(
                    "database",
                    "%s: newer than this command line".formatted(fact),
                    "use the version of the controllers");
        }
        return leads.pending() > 0
                ? Finding.warn(
                        "database",
                        "%s: %s to come"
                                .formatted(fact, HumanUnits.count(leads.pending(), "change")),
                        "controllers of this version make them when they start")
                : Finding.ok("database", fact);
    }

    private Stream<Finding> replication() {
        return switch (facts.api()) {
            case ApiState.Reachable(_, _, var cluster) ->
                    cluster.stream().flatMap(this::replication);
            case ApiState.Unreachable _ -> Stream.empty();
        };
    }

    private Stream<Finding> replication(Cluster cluster) {
        if (!cluster.replicas().isEmpty()) {
            return cluster.replicas().stream().map(Data::replica);
        }
        return Stream.of(
                facts.place() == PlatformKind.CLUSTER
                        ? Finding.warn(
                                "replication",
                                "nobody follows the primary: were it lost, so was what it holds",
                                "./autoserve platform up starts the other; it comes back by itself")
                        : Finding.ok("replication", "one database, which nobody follows"));
    }

    private static Finding replica(ReplicaLag replica) {
        var lag =
                replica.lagBytes() < 0
                        ? "how far behind is unknown"
                        : HumanUnits.bytes(replica.lagBytes()) + " behind";
        var fact = "%s is %s, %s".formatted(replica.name(), replica.state(), lag);
        if (!replica.state().equals("streaming")) {
            return Finding.warn(
                    "replication",
                    fact,
                    "it catches up by itself; where it does not: ./autoserve platform logs "
                            + replica.name());
        }
        return replica.lagBytes() > ClusterHealth.LAG_BYTES
                ? Finding.warn(
                        "replication", fact, "look for slow disks, and for long queries on it")
                : Finding.ok("replication", fact);
    }
}
