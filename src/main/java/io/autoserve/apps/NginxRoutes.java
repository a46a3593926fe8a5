package io.autoserve.apps;

import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.model.Version;
import io.autoserve.plan.CanaryComparison;
import io.autoserve.plan.CanaryComparison.Answers;
import io.autoserve.plan.Traffic;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Hosts;
import io.autoserve.proxy.Hosts.Conflict;
import io.autoserve.proxy.LastMinute;
import io.autoserve.proxy.LongAnswers;
import io.autoserve.proxy.NginxAdmin;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.proxy.RouteTable;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.StateReader.UnreadableApp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds nginx's route table from the state of all apps, pushes it, and reports the result. */
public final class NginxRoutes implements Proxy {
    private static final Logger LOG = LoggerFactory.getLogger(NginxRoutes.class);

    /** How often to check that nginx still has the route table, while the table does not change. */
    private static final Duration GLANCE = Duration.ofSeconds(5);

    private static final Duration BETWEEN_READINGS = Duration.ofSeconds(1);

    private final NginxAdmin nginx;
    private final ProxyUsers users;
    private final LastMinute lastMinute = new LastMinute();
    private final FencedWrites fencedWrites;
    private final PushObserver pushes;
    private final LongSupplier nanoTime;

    private @Nullable Term led;
    private @Nullable RouteTable tried;
    private Set<Conflict> conflicts = Set.of();
    private LongAnswers longAnswers = new LongAnswers();
    private int leftOut;
    private long askedAt;

    public NginxRoutes(
            NginxAdmin nginx,
            Secrets secrets,
            FencedWrites fencedWrites,
            PushObserver pushes,
            LongSupplier nanoTime) {
        this.nginx = nginx;
        this.users = new ProxyUsers(secrets, nanoTime);
        this.fencedWrites = fencedWrites;
        this.pushes = pushes;
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean route(
            ClusterState clusterState, Map<Long, Integer> shares, Set<Long> overdue, Term term) {
        if (!term.equals(led)) {
            begin(term);
        }
        tellRotation(term);
        var hosts = Hosts.of(clusterState.apps());
        tellConflicts(hosts.conflicts(), term);
        var version = new Version(clusterState.timeline(), term.epoch(), clusterState.seq());
        var table =
                RouteTable.of(version, hosts, clusterState.apps(), clusterState.instances(), shares)
                        .admitting(users.of(clusterState.apps()))
                        .keeping(routes(clusterState.unreadableApps()))
                        .closing(overdue);
        if (tried == null || !tried.same(table)) {
            return push(table, term);
        }
        if (nanoTime.getAsLong() - askedAt > GLANCE.toNanos()) {
            // This reading also pushes the table again if nginx restarted with an older one.
            tellLongAnswers(counters(), term);
        }
        return false;
    }

    /**
     * Starts a new term. The table that nginx has now is unknown, because another leader may have
     * pushed one in the meantime.
     */
    private void begin(Term term) {
        led = term;
        nginx.begin();
        tried = null;
        conflicts = Set.of();
        longAnswers = new LongAnswers();
        leftOut = 0;
    }

    /**
     * Returns the routes that nginx has now for the apps that only a newer version of AutoServe can
     * read. The next table keeps these routes unchanged.
     */
    private Map<String, String> routes(List<UnreadableApp> unreadableApps) {
        return unreadableApps.isEmpty()
                ? Map.of()
                : nginx.routes(unreadableApps.stream().map(UnreadableApp::name).toList());
    }

    /**
     * Pushes the table. If the outcome stays unknown, the next pass pushes again even the table
     * that nginx confirmed last, because nginx may still take this one. Only a later version makes
     * nginx refuse it.
     */
    private boolean push(RouteTable table, Term term) {
        tried = null;
        return switch (pushes.observed(() -> nginx.push(table))) {
            case Pushed.Accepted(_, var leftOut) -> {
                tried = table;
                tellLeftOut(leftOut, term);
                yield true;
            }
            case Pushed.Refused(var current) ->
                    throw new IllegalStateException(
                            "nginx already has a newer route table, %s: another controller leads"
                                    .formatted(current));
            case Pushed.Invalid(var reason) -> {
                tried = table; // nginx would reject the same table again
                note(
                        term,
                        null,
                        Event.Type.RoutesRejected,
                        "nginx rejected the route table and keeps the previous one: " + reason);
                yield false;
            }
        };
    }

    /**
     * Records an event when nginx begins to have no room for all instances. Records the next one
     * only after nginx has had room for all of them again.
     */
    private void tellLeftOut(int count, Term term) {
        if (count > 0 && leftOut == 0) {
            note(
                    term,
                    null,
                    Event.Type.RoutesRejected,
                    "nginx's table of instances is full: the %d newest instances get no requests"
                            .formatted(count));
        }
        leftOut = count;
    }

    private void tellLongAnswers(Counters counters, Term term) {
        longAnswers
                .due(counters, nanoTime.getAsLong())
                .forEach((app, count) ->
                        note(
                                term,
                                app,
                                Event.Type.AnswerTooLong,
                                ("%s got a 502, because the app's answer has headers of more than"
                                                + " 64 KB. Often a cookie grows with each request.")
                                        .formatted(
                                                count == 1 ? "1 request" : count + " requests")));
    }

    private void tellRotation(Term term) {
        nginx.rotationChanges()
                .forEach(change ->
                        note(
                                term,
                                null,
                                change.in() ? Event.Type.ProxyReturned : Event.Type.ProxyLost,
                                change.reason()));
    }

    private void tellConflicts(List<Conflict> now, Term term) {
        var told = conflicts;
        conflicts = Set.copyOf(now);
        now.stream()
                .filter(conflict -> !told.contains(conflict))
                .forEach(conflict ->
                        note(term, conflict.app(), Event.Type.RouteConflict, conflict.sentence()));
    }

    private void note(Term term, @Nullable String app, Event.Type type, String reason) {
        try {
            fencedWrites.note(term, app, type, reason);
        } catch (RuntimeException failure) {
            LOG.warn("could not record an event, {}: {}", failure.toString(), reason);
        }
    }

    @Override
    public Traffic traffic() {
        try {
            askedAt = nanoTime.getAsLong();
            var now = nginx.inFlight();
            return new Traffic.Known(now.routed(), now.requests());
        } catch (RuntimeException unknown) {
            LOG.warn("could not read the requests in flight from nginx: {}", unknown.toString());
            return new Traffic.Unknown();
        }
    }

    @Override
    public Map<Long, String> unreachable() {
        return nginx.unreachable();
    }

    /** Called only while a rollout is under way. */
    @Override
    public CanaryComparison comparison(Set<Long> fresh, Set<Long> old) {
        try {
            if (lastMinute.due(nanoTime.getAsLong(), BETWEEN_READINGS)) {
                lastMinute.add(nanoTime.getAsLong(), counters());
            }
            return new CanaryComparison(answers(fresh), answers(old));
        } catch (RuntimeException unknown) {
            LOG.warn("could not read the traffic of a rollout from nginx: {}", unknown.toString());
            return CanaryComparison.NONE;
        }
    }

    private Answers answers(Set<Long> instances) {
        var answered = lastMinute.of(instances);
        return new Answers(
                answered.requests(), answered.errors(), answered.latency().quantile(0.95));
    }

    private Counters counters() {
        askedAt = nanoTime.getAsLong();
        return nginx.counters();
    }
}
