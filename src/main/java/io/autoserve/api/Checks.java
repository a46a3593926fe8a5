package io.autoserve.api;

import io.autoserve.api.Platform.Cluster;
import io.autoserve.api.Platform.Member;
import io.autoserve.api.Platform.Replica;
import io.autoserve.api.Platform.Role;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The health checks of this controller and of what it depends on, each with its reason. */
record Checks(List<Check> checks) {
    /** A controller announces itself once a second. After this silence it counts as not running. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    /**
     * After this time without the database, this controller is not ready. It is longer than a
     * failover takes, because during a failover no other controller hears from the database either.
     */
    private static final Duration CUT_OFF = Duration.ofSeconds(30);

    /**
     * @param detail one clause for operators
     */
    record Check(String name, boolean ok, String detail) {}

    static Checks of(Platform platform, InstantSource clock) {
        var cluster = platform.cluster();
        var checks = new ArrayList<Check>();
        checks.add(view(platform));
        checks.add(database(cluster));
        checks.add(leader(cluster, clock.instant()));
        cluster.members().forEach(member -> checks.add(controller(member, clock.instant())));
        cluster.database().replicas().forEach(replica -> checks.add(replica(replica)));
        return new Checks(List.copyOf(checks));
    }

    boolean ok() {
        return checks.stream().allMatch(Check::ok);
    }

    /**
     * Returns why this controller's answers about apps may be wrong, or empty if they are right.
     */
    static Optional<String> whyNotReady(Platform platform) {
        if (!platform.ready()) {
            return Optional.of(
                    "this controller's view has not caught up yet: "
                            + (platform.cluster().database().primary() == null
                                    ? "no primary database answers"
                                    : "it is being loaded from the database"));
        }
        var silence = platform.silence();
        return silence.compareTo(CUT_OFF) < 0
                ? Optional.empty()
                : Optional.of(
                        "this controller has heard nothing of the database for %d s: what it answers may be old"
                                .formatted(silence.toSeconds()));
    }

    private static Check view(Platform platform) {
        return whyNotReady(platform)
                .map(why -> new Check("view", false, why))
                .orElseGet(() ->
                        new Check("view", true, "has seen event " + platform.snapshot().seq()));
    }

    private static Check database(Cluster cluster) {
        var primary = cluster.database().primary();
        return primary == null
                ? new Check("database", false, "no primary answers")
                : new Check("database", true, "the primary is at " + primary);
    }

    private static Check leader(Cluster cluster, Instant now) {
        return cluster.members().stream()
                .filter(member -> member.role() == Role.leader && !silent(member, now))
                .map(member -> new Check("leader", true, member.name() + " leads"))
                .findFirst()
                .orElse(new Check("leader", false, "no controller says that it leads"));
    }

    private static Check controller(Member member, Instant now) {
        return new Check(
                member.name(),
                !silent(member, now),
                silent(member, now)
                        ? "was last seen %d s ago"
                                .formatted(Duration.between(member.lastSeen(), now).toSeconds())
                        : "is there");
    }

    private static boolean silent(Member member, Instant now) {
        return member.lastSeen().plus(SILENCE).isBefore(now);
    }

    private static Check replica(Replica replica) {
        return new Check(
                replica.name(),
                replica.state().equals("streaming"),
                "is %s, %s bytes behind"
                        .formatted(
                                replica.state(),
                                replica.lagBytes() == null ? "unknown" : replica.lagBytes()));
    }
}
