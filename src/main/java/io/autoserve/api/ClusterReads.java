package io.autoserve.api;

import io.autoserve.access.Caller;
import io.autoserve.model.Leader;
import io.autoserve.model.Member;
import io.autoserve.model.Refusal;
import io.autoserve.platform.Cluster.Database;
import io.autoserve.platform.Cluster.ViewHealth;
import io.autoserve.platform.ClusterHealth;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.platform.Platform;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers reads about the controllers themselves: cluster, leader, health checks and metrics. */
final class ClusterReads {
    private final Platform platform;
    private final InstantSource clock;

    ClusterReads(Platform platform, InstantSource clock) {
        this.platform = platform;
        this.clock = clock;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "readCluster", this::cluster,
                "readLeader", this::leader,
                "readClusterHealth", this::health,
                "checkHealth", this::checks,
                "live", this::live,
                "ready", this::ready,
                "metrics", this::metrics);
    }

    private record ClusterAnswer(
            @Nullable String leader,
            @Nullable Long term,
            @Nullable Instant leaderSince,
            MemberAnswer self,
            List<MemberAnswer> members,
            Database database) {}

    private record MemberAnswer(
            String name,
            @Nullable String address,
            Role role,
            String version,
            long viewSeq,
            @Nullable Long viewLag,
            @Nullable String viewDigest,
            Instant lastSeen) {

        static MemberAnswer of(Member member, Caller caller) {
            return new MemberAnswer(
                    member.name(),
                    shown(member.address(), caller),
                    Role.of(member),
                    member.version(),
                    member.viewSeq(),
                    member.viewLag(),
                    member.viewDigest(),
                    member.lastSeen());
        }
    }

    /**
     * Returns the address of a controller, or null if the caller is limited to some apps. Like the
     * machines, the addresses concern only callers who see all apps.
     */
    private static @Nullable String shown(String address, Caller caller) {
        return caller.apps().everything() ? address : null;
    }

    private enum Role {
        leader,
        follower;

        static Role of(Member member) {
            return member.leads() ? leader : follower;
        }
    }

    private void cluster(Call call) {
        var leader = elected();
        var cluster = platform.cluster().now();
        call.json(
                200,
                new ClusterAnswer(
                        leader == null ? null : leader.name(),
                        leader == null ? null : leader.term().epoch(),
                        leader == null ? null : leader.since(),
                        MemberAnswer.of(cluster.self(), call.caller()),
                        cluster.members().stream()
                                .map(member -> MemberAnswer.of(member, call.caller()))
                                .toList(),
                        cluster.database()));
    }

    /** Returns the leader according to the view, or null while none is known. */
    private @Nullable Leader elected() {
        return platform.cluster().ready() ? platform.snapshot().leader() : null;
    }

    private record LeaderAnswer(String name, @Nullable String address, long term, Instant since) {}

    private void leader(Call call) {
        var leader = elected();
        if (leader == null) {
            throw Refusal.unavailable(
                    "no controller leads yet: an election is in progress, retry in a few seconds");
        }
        call.json(
                200,
                new LeaderAnswer(
                        leader.name(),
                        shown(leader.address(), call.caller()),
                        leader.term().epoch(),
                        leader.since()));
    }

    private record HealthAnswer(
            boolean healthy,
            List<String> problems,
            long timeline,
            long seq,
            String digest,
            List<ViewAnswer> views) {}

    private record ViewAnswer(String name, long seq, Agreement verdict) {
        private enum Agreement {
            Agrees,
            Disagrees,
            Unknown
        }

        static ViewAnswer of(ViewHealth view) {
            return new ViewAnswer(
                    view.name(),
                    view.seq(),
                    switch (view.verdict()) {
                        case AGREES -> Agreement.Agrees;
                        case DISAGREES -> Agreement.Disagrees;
                        case UNKNOWN -> Agreement.Unknown;
                    });
        }
    }

    private void health(Call call) {
        if (!platform.cluster().ready()) {
            throw Refusal.unavailable(
                    "this controller's view is not loaded yet: retry in a few seconds");
        }
        call.when(
                platform.cluster().health(),
                health ->
                        call.json(
                                200,
                                new HealthAnswer(
                                        health.problems().isEmpty(),
                                        health.problems(),
                                        health.timeline(),
                                        health.seq(),
                                        health.digest(),
                                        health.views().stream().map(ViewAnswer::of).toList())));
    }

    private enum Overall {
        ok,
        degraded
    }

    private record ChecksAnswer(Overall status, List<Check> checks) {}

    /**
     * Answers 200 even if the status is degraded, because this controller still serves. The checks
     * in the answer name what an operator should fix. Answers 503 only while the view has not
     * caught up.
     */
    private void checks(Call call) {
        var readiness = Readiness.of(platform);
        var health = ClusterHealth.of(platform.cluster().now(), elected(), clock.instant());
        var checks = new ArrayList<>(List.of(readiness.check()));
        checks.addAll(health.checks());
        var machine = platform.cluster().machine();
        checks.addAll(machine);
        var ok = readiness.ok() && health.ok() && machine.stream().allMatch(Check::ok);
        call.json(
                platform.cluster().ready() ? 200 : 503,
                new ChecksAnswer(ok ? Overall.ok : Overall.degraded, checks));
    }

    private record Status(String status, Role role) {}

    private void live(Call call) {
        call.json(200, new Status("live", Role.of(platform.cluster().now().self())));
    }

    private void ready(Call call) {
        var readiness = Readiness.of(platform);
        if (!readiness.ok()) {
            throw Refusal.unavailable(readiness.detail());
        }
        call.json(200, new Status("ready", Role.of(platform.cluster().now().self())));
    }

    private void metrics(Call call) {
        call.send("text/plain; version=0.0.4; charset=utf-8", Buffer.buffer(platform.metrics()));
    }
}
