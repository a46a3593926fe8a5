package io.autoserve;

import io.autoserve.apps.Proxy;
import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.model.Version;
import io.autoserve.plan.Traffic;
import io.autoserve.plan.Trial;
import io.autoserve.plan.Trial.Answers;
import io.autoserve.proxy.Counters;
import io.autoserve.proxy.LastMinute;
import io.autoserve.proxy.Nginx;
import io.autoserve.proxy.Nginx.Applied;
import io.autoserve.proxy.Nginx.Pushed;
import io.autoserve.proxy.RouteTable;
import io.autoserve.proxy.Structure;
import io.autoserve.proxy.Structure.Conflict;
import io.autoserve.store.Claims;
import io.autoserve.store.Truth.World;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns the truth into nginx's server blocks and route table, and tells what came of it. */
final class NginxRoutes implements Proxy {
    private static final Logger LOG = LoggerFactory.getLogger(NginxRoutes.class);
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    /** How often nginx is asked whether it still has the table, though nothing changed. */
    private static final Duration GLANCE = Duration.ofSeconds(5);

    private static final Duration BETWEEN_READINGS = Duration.ofSeconds(1);

    private final Nginx nginx;
    private final LastMinute lastMinute = new LastMinute();
    private final Claims claims;
    private final LongSupplier nanoTime;

    private @Nullable Term led;
    private @Nullable RouteTable accepted;
    private volatile String structure = "";
    private volatile String rejected = "";
    private Set<Conflict> conflicts = Set.of();
    private long askedAt;

    NginxRoutes(Nginx nginx, Claims claims, LongSupplier nanoTime) {
        this.nginx = nginx;
        this.claims = claims;
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean route(World world, Map<Long, Integer> shares, Term term) {
        if (!term.equals(led)) {
            begin(term);
        }
        restructure(Structure.of(world.apps()), term);
        var version = new Version(world.timeline(), term.epoch(), world.seq());
        var table = RouteTable.of(version, world.apps(), world.instances(), shares);
        if (accepted == null || !accepted.sameRoutes(table)) {
            push(table);
            return true;
        }
        if (nanoTime.getAsLong() - askedAt > GLANCE.toNanos()) {
            look();
        }
        return false;
    }

    /** Gives an nginx that was started anew its table again, and has its structure put right. */
    private void look() {
        if (!structure.equals(rejected) && !counters().structure().equals(structure)) {
            structure = "";
        }
    }

    /** What another leader may have had nginx do meanwhile is not known. */
    private void begin(Term term) {
        led = term;
        accepted = null;
        structure = "";
        conflicts = Set.of();
    }

    private void push(RouteTable table) {
        accepted =
                switch (await(nginx.push(table))) {
                    case Pushed.Accepted(_) -> table;
                    case Pushed.Refused(var current) ->
                            throw new IllegalStateException(
                                    "nginx has a newer table, %s: another controller leads"
                                            .formatted(current));
                };
    }

    /** New hosts need a reload, which nobody waits for; that of instances goes on meanwhile. */
    private void restructure(Structure next, Term term) {
        tellConflicts(next.conflicts(), term);
        if (next.version().equals(structure)) {
            return;
        }
        structure = next.version();
        nginx.apply(next)
                .onSuccess(applied -> Thread.startVirtualThread(() -> tell(applied, term)))
                .onFailure(failure -> {
                    LOG.warn("nginx's structure is not renewed: {}", failure.toString());
                    structure = "";
                });
    }

    private void tell(Applied applied, Term term) {
        switch (applied) {
            case Applied.Live(var version) ->
                    note(term, null, Event.Type.ProxyReloaded, "nginx serves structure " + version);
            case Applied.Rejected(var version, var reason) -> {
                rejected = version;
                note(
                        term,
                        null,
                        Event.Type.ProxyRejected,
                        "nginx refuses structure %s and serves the last good one: %s"
                                .formatted(version, reason));
            }
        }
    }

    private void tellConflicts(List<Conflict> now, Term term) {
        var told = conflicts;
        conflicts = Set.copyOf(now);
        now.stream()
                .filter(conflict -> !told.contains(conflict))
                .forEach(conflict ->
                        note(
                                term,
                                conflict.app(),
                                Event.Type.RouteConflict,
                                "%s is not served: %s"
                                        .formatted(conflict.claim(), conflict.reason())));
    }

    private void note(Term term, @Nullable String app, Event.Type type, String reason) {
        try {
            claims.note(term, app, type, reason);
        } catch (RuntimeException failure) {
            LOG.warn("not noted, {}: {}", failure.toString(), reason);
        }
    }

    @Override
    public Traffic traffic() {
        try {
            var counters = counters();
            var routed = new HashSet<Long>();
            var inFlight = new HashMap<Long, Integer>();
            counters.instances()
                    .forEach((id, counted) -> {
                        inFlight.put(id, Math.toIntExact(counted.inFlight()));
                        if (counted.routed()) {
                            routed.add(id);
                        }
                    });
            return new Traffic.Known(routed, inFlight);
        } catch (RuntimeException unknown) {
            LOG.warn("nginx does not say what is in flight: {}", unknown.toString());
            return new Traffic.Unknown();
        }
    }

    /** Only asked for while a rollout goes on. */
    @Override
    public Trial trial(Set<Long> fresh, Set<Long> old) {
        try {
            if (lastMinute.due(nanoTime.getAsLong(), BETWEEN_READINGS)) {
                lastMinute.add(nanoTime.getAsLong(), counters());
            }
            return new Trial(answers(fresh), answers(old));
        } catch (RuntimeException unknown) {
            LOG.warn("nginx does not say how a rollout does: {}", unknown.toString());
            return Trial.NONE;
        }
    }

    private Answers answers(Set<Long> instances) {
        var answered = lastMinute.of(instances);
        return new Answers(
                answered.requests(), answered.errors(), answered.latency().quantile(0.95));
    }

    private Counters counters() {
        askedAt = nanoTime.getAsLong();
        return await(nginx.counters());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception silent) {
            throw new IllegalStateException(
                    "nginx does not answer: " + silent.getMessage(), silent);
        }
    }
}
