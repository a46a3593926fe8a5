package io.autoserve.cli.doctor;

import static java.util.stream.Collectors.joining;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.ReplicaLag;
import io.autoserve.cli.doctor.Facts.Server;
import io.autoserve.cli.doctor.Facts.Server.ServerState;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.identity.Expirations;
import io.autoserve.platform.ClusterHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Judges the databases: their roles, replication, certificates and schema version. */
record Data(Facts facts) {
    Stream<Finding> findings() {
        return Stream.concat(servers(), replication());
    }

    private Stream<Finding> servers() {
        if (facts.databases().isEmpty()) {
            return Stream.empty();
        }
        var findings = new ArrayList<Finding>();
        var primaries = primaries();
        if (primaries.isEmpty() && !anyRefuses()) {
            findings.add(
                    Finding.fail(
                            "database",
                            "no database accepts writes",
                            facts.place() == PlatformKind.CLUSTER
                                    ? "check './autoserve platform status'; Patroni elects a"
                                            + " primary within 20 s while etcd answers"
                                    : "check .autoserve/log/postgres.log"));
        } else if (primaries.size() > 1) {
            findings.add(
                    Finding.fail(
                            "database",
                            "several databases accept writes: "
                                    + primaries.stream()
                                            .map(Server::address)
                                            .collect(joining(", ")),
                            "stop the database with the lower timeline, which is in column TL of"
                                    + " './autoserve platform status'"));
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
                "%s uses TLS; its certificate is valid for another %s"
                        .formatted(server.address(), HumanUnits.count(left.toDays(), "day"));
        return left.compareTo(Expirations.PART_NOTICE) < 0
                ? Finding.warn(
                        "database",
                        fact,
                        "check the log of the container of the authority, which renews it when 30"
                                + " days are left")
                : Finding.ok("database", fact);
    }

    private List<Server> primaries() {
        return facts.databases().stream()
                .filter(server -> server.state() instanceof ServerState.Leads)
                .toList();
    }

    private boolean anyRefuses() {
        return facts.databases().stream().anyMatch(it -> it.state() instanceof ServerState.Refuses);
    }

    private static Finding server(Server server, boolean served) {
        return switch (server.state()) {
            case ServerState.Down(var reason) -> {
                var fact = "%s does not answer: %s".formatted(server.address(), reason);
                var wayOut =
                        "check './autoserve platform logs postgres-primary' or postgres-replica";
                yield served
                        ? Finding.warn("database", fact, wayOut)
                        : Finding.fail("database", fact, wayOut);
            }
            case ServerState.Refuses _ ->
                    Finding.warn(
                            "database",
                            server.address() + " is running, but it refused the login of doctor",
                            "run doctor in the same folder and as the same user as 'platform up',"
                                    + " because the password is in .autoserve/secrets");
            case ServerState.Follows(var version) ->
                    Finding.ok(
                            "database",
                            "%s is a standby (PostgreSQL %s)".formatted(server.address(), version));
            case ServerState.Leads leads -> primary(server.address(), leads);
        };
    }

    private static Finding primary(String address, ServerState.Leads leads) {
        var fact =
                "%s is the primary (PostgreSQL %s), with schema version %s"
                        .formatted(address, leads.version(), leads.newest());
        if (leads.unknown() > 0) {
            return Finding.warn(
                    "database",
                    "%s, which is newer than this CLI".formatted(fact),
                    "use the CLI of the controllers' version");
        }
        return leads.pending() > 0
                ? Finding.warn(
                        "database",
                        "%s; %s pending"
                                .formatted(fact, HumanUnits.count(leads.pending(), "migration")),
                        "controllers of this version apply them when they start")
                : Finding.ok("database", fact);
    }

    private Stream<Finding> replication() {
        return switch (facts.api()) {
            case ApiState.Reachable(_, _, var cluster, _) ->
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
                                "no standby is streaming from the primary: losing the primary"
                                        + " means losing data",
                                "run './autoserve platform up' to start the standby, which then"
                                        + " catches up automatically")
                        : Finding.ok("replication", "there is one database and no standby"));
    }

    private static Finding replica(ReplicaLag replica) {
        var lag =
                replica.lagBytes() < 0
                        ? "with unknown lag"
                        : HumanUnits.bytes(replica.lagBytes()) + " behind";
        var fact = "%s is %s, %s".formatted(replica.name(), replica.state(), lag);
        if (!replica.state().equals("streaming")) {
            return Finding.warn(
                    "replication",
                    fact,
                    "catching up is automatic; if it fails, check './autoserve platform logs %s'"
                            .formatted(replica.name()));
        }
        return replica.lagBytes() > ClusterHealth.LAG_BYTES
                ? Finding.warn(
                        "replication", fact, "check the standby for slow disks and long queries")
                : Finding.ok("replication", fact);
    }
}
