package io.autoserve.api;

import io.autoserve.api.Platform.Database;
import io.autoserve.api.Platform.Member;
import io.autoserve.api.Platform.Role;
import io.autoserve.api.Platform.ViewHealth;
import io.autoserve.model.Refusal;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.InstantSource;
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
            Member self,
            List<Member> members,
            Database database) {}

    private void cluster(Call call) {
        var leader = platform.ready() ? platform.snapshot().leader() : null;
        var cluster = platform.cluster();
        call.json(
                200,
                new ClusterAnswer(
                        leader == null ? null : leader.name(),
                        leader == null ? null : leader.term().epoch(),
                        leader == null ? null : leader.since(),
                        cluster.self(),
                        cluster.members(),
                        cluster.database()));
    }

    private record LeaderAnswer(String name, String address, long term, Instant since) {}

    private void leader(Call call) {
        var leader = platform.ready() ? platform.snapshot().leader() : null;
        if (leader == null) {
            throw Refusal.unavailable("no leader is known yet: one is being elected");
        }
        call.json(
                200,
                new LeaderAnswer(
                        leader.name(), leader.address(), leader.term().epoch(), leader.since()));
    }

    private record HealthAnswer(
            boolean healthy,
            List<String> problems,
            long timeline,
            long seq,
            String digest,
            List<ViewHealth> views) {}

    private void health(Call call) {
        if (!platform.ready()) {
            throw Refusal.unavailable("this controller's view has not caught up yet");
        }
        call.when(
                platform.health(),
                health ->
                        call.json(
                                200,
                                new HealthAnswer(
                                        health.problems().isEmpty(),
                                        health.problems(),
                                        health.timeline(),
                                        health.seq(),
                                        health.digest(),
                                        health.views())));
    }

    private enum Verdict {
        ok,
        degraded
    }

    private record ChecksAnswer(Verdict status, List<Checks.Check> checks) {}

    /**
     * Answers 200 even if the status is degraded: this controller still serves, and the checks name
     * what an operator should fix. Answers 503 only while the view has not caught up.
     */
    private void checks(Call call) {
        var checks = Checks.of(platform, clock);
        call.json(
                platform.ready() ? 200 : 503,
                new ChecksAnswer(checks.ok() ? Verdict.ok : Verdict.degraded, checks.checks()));
    }

    private record Status(String status, Role role) {}

    private void live(Call call) {
        call.json(200, new Status("live", platform.cluster().self().role()));
    }

    private void ready(Call call) {
        Checks.whyNotReady(platform)
                .ifPresent(why -> {
                    throw Refusal.unavailable(why);
                });
        call.json(200, new Status("ready", platform.cluster().self().role()));
    }

    private void metrics(Call call) {
        call.send("text/plain; version=0.0.4; charset=utf-8", Buffer.buffer(platform.metrics()));
    }
}
