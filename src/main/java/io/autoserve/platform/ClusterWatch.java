package io.autoserve.platform;

import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Members;
import io.autoserve.events.Audit;
import io.autoserve.events.Audit.Findings;
import io.autoserve.events.Audit.Seen;
import io.autoserve.events.Feed;
import io.autoserve.events.View;
import io.autoserve.model.Member;
import io.autoserve.model.Progress;
import io.autoserve.model.Replica;
import io.autoserve.model.ViewVerdict;
import io.autoserve.store.Replication;
import io.vertx.core.Future;
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
 * Reports the state of the controllers and databases. After each announcement of this controller it
 * reads the facts that only the database has, so that the API can answer without a query.
 */
public final class ClusterWatch implements Cluster {
    private static final long SECOND_MILLIS = 1000;

    private final Self self;
    private final int standbys;
    private final Instant startedAt;
    private final InstantSource clock;
    private final View view;
    private final Feed feed;
    private final Audit audit;
    private final Members members;
    private final Databases databases;
    private final Replication replication;
    private final BooleanSupplier leads;
    private final Supplier<List<Progress>> progress;
    private final List<Supplier<ClusterHealth.Check>> machine;
    private final Background background;
    private volatile List<Member> membersSeen = List.of();
    private volatile List<Progress> leadersProgress = List.of();
    private volatile List<Replica> replicasSeen = List.of();

    /**
     * Identifies this controller.
     *
     * @param address address at which its API is reached
     */
    public record Self(String name, String address, String version) {}

    /**
     * @param standbys how many standbys the primary should have
     * @param members creates the object that announces this controller
     * @param leads returns whether this controller leads
     * @param progress returns what each waiting slot waits for, if this controller leads
     * @param machine checks of this machine. They return at once
     */
    public ClusterWatch(
            Self self,
            int standbys,
            InstantSource clock,
            View view,
            Feed feed,
            Audit audit,
            Databases databases,
            Replication replication,
            MembersOf members,
            BooleanSupplier leads,
            Supplier<List<Progress>> progress,
            List<Supplier<ClusterHealth.Check>> machine,
            Background background) {
        this.self = self;
        this.standbys = standbys;
        this.clock = clock;
        this.startedAt = clock.instant();
        this.view = view;
        this.feed = feed;
        this.audit = audit;
        this.databases = databases;
        this.replication = replication;
        this.members = members.announcing(this::announced);
        this.leads = leads;
        this.progress = progress;
        this.machine = List.copyOf(machine);
        this.background = background;
    }

    /**
     * Creates the {@link Members}. They announce this controller with the facts that the supplier
     * returns.
     */
    @FunctionalInterface
    public interface MembersOf {
        Members announcing(Supplier<Member> self);
    }

    public void start(Vertx vertx) {
        members.start(this::look);
        vertx.setPeriodic(SECOND_MILLIS, _ -> audit.remember());
    }

    private void look() {
        members.all().onSuccess(this::seen);
        replication.replicas().otherwise(List.of()).onSuccess(seen -> replicasSeen = seen);
    }

    private void seen(List<Member> members) {
        membersSeen = members;
        var now = clock.instant();
        leadersProgress =
                members.stream()
                        .filter(member -> member.leads() && !ClusterHealth.silent(member, now))
                        .map(Member::progress)
                        .flatMap(List::stream)
                        .toList();
    }

    private Member announced() {
        var now = view.snapshot().orElse(null);
        return self(now, now == null ? null : now.digest());
    }

    private Member self(io.autoserve.events.@Nullable Snapshot now, @Nullable String digest) {
        return new Member(
                self.name,
                self.address,
                self.version,
                leads.getAsBoolean(),
                now == null ? 0 : now.seq(),
                null,
                now == null ? null : (Long) now.timeline(),
                digest,
                progress.get(),
                startedAt,
                clock.instant());
    }

    /**
     * Returns what each waiting slot waits for now, as the leader reports it. On a follower the
     * answer is up to three seconds old.
     */
    List<Progress> progress() {
        return leads.getAsBoolean() ? progress.get() : leadersProgress;
    }

    @Override
    public boolean ready() {
        return view.snapshot().isPresent();
    }

    @Override
    public Duration silence() {
        return feed.silence();
    }

    @Override
    public ClusterStatus now() {
        var seen = view.snapshot().orElse(null);
        return new ClusterStatus(
                self(seen, null),
                membersSeen,
                new Database(
                        databases.primary(),
                        databases.problem(),
                        replicasSeen,
                        seen == null ? 0 : seen.timeline()),
                standbys);
    }

    /** Returns the standbys as the primary last reported them. */
    public List<Replica> replicas() {
        return replicasSeen;
    }

    /** Returns how many controllers announced themselves in the last 7 s, this one included. */
    public int controllers() {
        var now = clock.instant();
        return (int)
                membersSeen.stream().filter(member -> !ClusterHealth.silent(member, now)).count();
    }

    @Override
    public List<ClusterHealth.Check> machine() {
        return machine.stream().map(Supplier::get).toList();
    }

    @Override
    public Future<ClusterReport> health() {
        return background.run(this::compared);
    }

    /** Reads all tables and compares the views with them. Blocks. */
    private ClusterReport compared() {
        var status = now();
        var findings = audit.compare(digests(status.members()));
        var elected = view.snapshot().map(io.autoserve.events.Snapshot::leader).orElse(null);
        var problems =
                new ArrayList<>(ClusterHealth.of(status, elected, clock.instant()).problems());
        problems.addAll(new ClusterHealth(machine()).problems());
        problems.addAll(disagreements(findings));
        return new ClusterReport(
                findings.timeline(),
                findings.seq(),
                findings.digest(),
                status.members().stream().map(member -> viewHealth(member, findings)).toList(),
                problems);
    }

    /**
     * Returns the digests that can be compared. Controllers of other versions may write the same
     * state in another way, so their digests are left out.
     */
    private Map<String, Seen> digests(List<Member> members) {
        var digests = new HashMap<String, Seen>();
        for (var member : members) {
            var timeline = member.viewTimeline();
            var digest = member.viewDigest();
            if (timeline != null && digest != null && member.version().equals(self.version)) {
                digests.put(member.name(), new Seen(timeline, member.viewSeq(), digest));
            }
        }
        return digests;
    }

    private static ViewHealth viewHealth(Member member, Findings findings) {
        return new ViewHealth(
                member.name(),
                member.viewSeq(),
                findings.others().getOrDefault(member.name(), ViewVerdict.UNKNOWN));
    }

    private static List<String> disagreements(Findings findings) {
        var problems = new ArrayList<String>();
        if (findings.own() == ViewVerdict.DISAGREES) {
            problems.add(
                    "this controller's view at event %d differs from the tables: restart the controller and report the problem"
                            .formatted(findings.seq()));
        }
        findings.others().entrySet().stream()
                .filter(other -> other.getValue() == ViewVerdict.DISAGREES)
                .sorted(Map.Entry.comparingByKey())
                .forEach(other ->
                        problems.add(
                                "%s: its view differs from the tables, so restart that controller"
                                        .formatted(other.getKey())));
        return problems;
    }
}
