package io.autoserve;

import io.autoserve.api.Platform.Cluster;
import io.autoserve.api.Platform.Database;
import io.autoserve.api.Platform.Health;
import io.autoserve.api.Platform.Member;
import io.autoserve.api.Platform.Replica;
import io.autoserve.api.Platform.Role;
import io.autoserve.api.Platform.ViewHealth;
import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Members;
import io.autoserve.events.Audit;
import io.autoserve.events.Audit.Findings;
import io.autoserve.events.Audit.Seen;
import io.autoserve.events.Audit.Verdict;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Leader;
import io.autoserve.model.Progress;
import io.autoserve.store.Replication;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reports the state of the controllers and databases. Once a second it reads what only the database
 * knows, so that the API can answer without a query.
 */
final class LiveCluster {
    private static final long LOOK_MILLIS = 1000;

    /**
     * Controllers announce themselves once a second. After this silence one counts as not running.
     */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    private static final long LAG_BYTES = 16 << 20;

    private final Settings settings;
    private final String version;
    private final Instant startedAt;
    private final InstantSource clock;
    private final View view;
    private final Audit audit;
    private final Members members;
    private final Databases databases;
    private final Replication replication;
    private final BooleanSupplier leads;
    private final Supplier<List<Progress>> progress;
    private volatile List<Members.Member> membersSeen = List.of();
    private volatile List<Progress> leadersProgress = List.of();
    private volatile List<Replica> replicasSeen = List.of();

    /**
     * @param members creates the object that announces this controller
     * @param leads whether this controller leads
     * @param progress what slots wait for, if this controller leads
     */
    LiveCluster(
            Settings settings,
            String version,
            InstantSource clock,
            View view,
            Audit audit,
            Databases databases,
            Replication replication,
            MembersOf members,
            BooleanSupplier leads,
            Supplier<List<Progress>> progress) {
        this.settings = settings;
        this.version = version;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.view = view;
        this.audit = audit;
        this.databases = databases;
        this.replication = replication;
        this.members = members.announcing(this::announced);
        this.leads = leads;
        this.progress = progress;
    }

    interface MembersOf {
        Members announcing(Supplier<Members.Member> self);
    }

    void start(Vertx vertx) {
        members.start();
        vertx.setPeriodic(LOOK_MILLIS, _ -> look());
    }

    private void look() {
        audit.remember();
        members.all().onSuccess(this::seen);
        replication
                .replicas()
                .map(LiveCluster::replicas)
                .otherwise(List.of())
                .onSuccess(seen -> replicasSeen = seen);
    }

    private static List<Replica> replicas(List<Replication.Replica> seen) {
        return seen.stream()
                .map(replica -> new Replica(replica.name(), replica.state(), replica.lagBytes()))
                .toList();
    }

    private Members.Member announced() {
        var now = view.snapshot().orElse(null);
        return self(now, now == null ? null : now.digest());
    }

    private Members.Member self(@Nullable Snapshot now, @Nullable String digest) {
        return new Members.Member(
                settings.name(),
                settings.advertised(),
                version,
                leads.getAsBoolean() ? Members.Role.LEADER : Members.Role.FOLLOWER,
                now == null ? 0 : now.seq(),
                null,
                now == null ? null : (Long) now.timeline(),
                digest,
                progress.get(),
                startedAt,
                clock.instant());
    }

    /**
     * Returns what slots wait for now, as the leader reports it. A follower knows it a second or
     * two later.
     */
    List<Progress> progress() {
        return leads.getAsBoolean() ? progress.get() : leadersProgress;
    }

    private void seen(List<Members.Member> members) {
        membersSeen = members;
        leadersProgress =
                members.stream()
                        .filter(member -> member.role() == Members.Role.LEADER && !silent(member))
                        .map(Members.Member::progress)
                        .flatMap(List::stream)
                        .toList();
    }

    Cluster now() {
        var seen = view.snapshot().orElse(null);
        return new Cluster(
                member(self(seen, null)),
                membersSeen.stream().map(LiveCluster::member).toList(),
                new Database(
                        databases.primary(), replicasSeen, seen == null ? 0 : seen.timeline()));
    }

    List<Replica> replicas() {
        return replicasSeen;
    }

    /** Returns how many controllers announced themselves in the last 5 s, this one included. */
    int controllers() {
        return (int) membersSeen.stream().filter(member -> !silent(member)).count();
    }

    private static Member member(Members.Member member) {
        return new Member(
                member.name(),
                member.address(),
                switch (member.role()) {
                    case LEADER -> Role.leader;
                    case FOLLOWER -> Role.follower;
                },
                member.version(),
                member.viewSeq(),
                member.viewLag(),
                member.viewDigest(),
                member.lastSeen());
    }

    /** Reads all tables and compares the views with them. Blocks. */
    Health health() {
        var members = membersSeen;
        var findings = audit.compare(said(members));
        var problems = new ArrayList<String>();
        leader(members, problems);
        silent(members, problems);
        disagreeing(findings, problems);
        lagging(problems);
        return new Health(
                findings.timeline(),
                findings.seq(),
                findings.digest(),
                members.stream().map(member -> health(member, findings)).toList(),
                problems);
    }

    /**
     * Returns the digests that can be compared. Other versions may write the same state in another
     * way, so their digests are left out.
     */
    private Map<String, Seen> said(List<Members.Member> members) {
        var said = new HashMap<String, Seen>();
        for (var member : members) {
            var timeline = member.viewTimeline();
            var digest = member.viewDigest();
            if (timeline != null && digest != null && member.version().equals(version)) {
                said.put(member.name(), new Seen(timeline, member.viewSeq(), digest));
            }
        }
        return said;
    }

    private static ViewHealth health(Members.Member member, Findings findings) {
        var verdict = findings.others().getOrDefault(member.name(), Verdict.UNKNOWN);
        return new ViewHealth(
                member.name(),
                member.viewSeq(),
                switch (verdict) {
                    case AGREES -> ViewHealth.Verdict.Agrees;
                    case DISAGREES -> ViewHealth.Verdict.Disagrees;
                    case UNKNOWN -> ViewHealth.Verdict.Unknown;
                });
    }

    private void leader(List<Members.Member> members, List<String> problems) {
        var leading =
                members.stream()
                        .filter(member -> member.role() == Members.Role.LEADER && !silent(member))
                        .map(Members.Member::name)
                        .toList();
        var elected = view.snapshot().map(Snapshot::leader).map(Leader::name).orElse("");
        if (leading.isEmpty()) {
            problems.add("no controller says that it leads");
        } else if (!leading.contains(elected)) {
            problems.add("%s was elected, but %s says that it leads".formatted(elected, leading));
        }
    }

    private void silent(List<Members.Member> members, List<String> problems) {
        members.stream()
                .filter(this::silent)
                .forEach(member ->
                        problems.add(
                                "%s was last seen %d s ago"
                                        .formatted(member.name(), silence(member).toSeconds())));
    }

    private boolean silent(Members.Member member) {
        return silence(member).compareTo(SILENCE) > 0;
    }

    private Duration silence(Members.Member member) {
        return Duration.between(member.lastSeen(), clock.instant());
    }

    private void disagreeing(Findings findings, List<String> problems) {
        if (findings.own() == Verdict.DISAGREES) {
            problems.add(
                    "the events do not lead to what the tables say at event " + findings.seq());
        }
        findings.others().entrySet().stream()
                .filter(other -> other.getValue() == Verdict.DISAGREES)
                .sorted(Map.Entry.comparingByKey())
                .forEach(other ->
                        problems.add(
                                "the view of %s is not what the tables said: restart it"
                                        .formatted(other.getKey())));
    }

    private void lagging(List<String> problems) {
        var replicas = replicasSeen;
        var wanted = settings.postgres().hosts().split(",").length - 1;
        if (replicas.size() < wanted) {
            problems.add("%d of %d replicas follow the primary".formatted(replicas.size(), wanted));
        }
        for (var replica : replicas) {
            var lag = replica.lagBytes();
            if (!replica.state().equals("streaming") || (lag != null && lag > LAG_BYTES)) {
                problems.add(
                        "replica %s is %s, %s bytes behind"
                                .formatted(
                                        replica.name(),
                                        replica.state(),
                                        lag == null ? "unknown" : lag));
            }
        }
    }
}
