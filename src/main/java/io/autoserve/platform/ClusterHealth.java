package io.autoserve.platform;

import io.autoserve.model.Leader;
import io.autoserve.model.Member;
import io.autoserve.model.Replica;
import io.autoserve.platform.Cluster.ClusterStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the controllers and databases are healthy, based on what one controller last saw
 * of them. Each check has a reason.
 */
public record ClusterHealth(List<Check> checks) {
    /**
     * After this silence a controller counts as not running. A follower announces itself every two
     * seconds, and reads the announcements of the others as often, so on a busy machine what it
     * knows of another follower is up to six seconds old.
     */
    static final Duration SILENCE = Duration.ofSeconds(7);

    /** A standby that lags behind the primary by more bytes than this counts as unhealthy. */
    public static final long LAG_BYTES = 16L << 20;

    public ClusterHealth {
        checks = List.copyOf(checks);
    }

    /**
     * @param name name of what is checked, for example of a controller or a database
     * @param detail the result of the check, as one clause for operators
     */
    public record Check(String name, boolean ok, String detail) {}

    /**
     * @param elected the leader according to the events; null if none is known
     */
    public static ClusterHealth of(ClusterStatus cluster, @Nullable Leader elected, Instant now) {
        var checks = new ArrayList<Check>();
        checks.add(database(cluster));
        checks.add(leader(cluster, elected, now));
        cluster.members().forEach(member -> checks.add(controller(member, now)));
        var replicas = cluster.database().replicas();
        if (replicas.size() < cluster.standbys()) {
            checks.add(
                    new Check(
                            "replicas",
                            false,
                            "%d of %d standbys follow the primary"
                                    .formatted(replicas.size(), cluster.standbys())));
        }
        replicas.forEach(replica -> checks.add(replica(replica)));
        return new ClusterHealth(checks);
    }

    public boolean ok() {
        return checks.stream().allMatch(Check::ok);
    }

    /** Returns a sentence for each check that failed. */
    public List<String> problems() {
        return checks.stream()
                .filter(check -> !check.ok())
                .map(check -> "%s: %s".formatted(check.name(), check.detail()))
                .toList();
    }

    static boolean silent(Member member, Instant now) {
        return silence(member, now).compareTo(SILENCE) > 0;
    }

    private static Duration silence(Member member, Instant now) {
        return Duration.between(member.lastSeen(), now);
    }

    private static Check database(ClusterStatus cluster) {
        var primary = cluster.database().primary();
        var problem = cluster.database().problem();
        return primary == null
                ? new Check("database", false, problem.isEmpty() ? "no primary answers" : problem)
                : new Check("database", true, "the primary is at " + primary);
    }

    private static Check leader(ClusterStatus cluster, @Nullable Leader elected, Instant now) {
        var leading =
                cluster.members().stream()
                        .filter(member -> member.leads() && !silent(member, now))
                        .map(Member::name)
                        .toList();
        if (leading.isEmpty()) {
            return new Check("leader", false, "no controller reports that it leads");
        }
        var names = String.join(", ", leading);
        return elected == null || leading.contains(elected.name())
                ? new Check("leader", true, names + " leads")
                : new Check(
                        "leader",
                        false,
                        "%s was elected, but %s reports that it leads"
                                .formatted(elected.name(), names));
    }

    private static Check controller(Member member, Instant now) {
        return silent(member, now)
                ? new Check(
                        member.name(),
                        false,
                        "was last seen %d s ago".formatted(silence(member, now).toSeconds()))
                : new Check(member.name(), true, "is running");
    }

    private static Check replica(Replica replica) {
        var lag = replica.lagBytes();
        return new Check(
                replica.name(),
                replica.streams() && (lag == null || lag <= LAG_BYTES),
                "is %s, %s bytes behind".formatted(replica.state(), lag == null ? "unknown" : lag));
    }
}
