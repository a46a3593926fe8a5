package io.autoserve.proxy;

import static java.util.Objects.requireNonNull;

import io.autoserve.model.Hidden;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Presents several nginx as one. A table or certificates are accepted when every proxy in rotation
 * has accepted them, and the counters are the sum over these proxies. {@link Rotation} decides
 * which proxies are in rotation.
 *
 * <p>A proxy that was out of rotation gets the newest certificates and table again and again, one
 * attempt at a time, until it has accepted them. If its container has ended, the attempt writes
 * them to the folder from which the proxy will start.
 */
public final class Proxies implements Nginx {
    /** How long to wait for Docker's answer whether the container of a silent proxy has ended. */
    private static final Duration DOCKER_PATIENCE = Duration.ofSeconds(1);

    /** The answer of a proxy to {@link #wakes} may be late by this time. */
    private static final Duration WAKE_PATIENCE = Duration.ofMillis(500);

    private final SequencedMap<String, Nginx> proxies;
    private final Time time;

    // What follows is guarded by this object's lock. No code waits while it holds the lock.
    private final CounterSum sum = new CounterSum();
    private final List<RotationChange> changes = new ArrayList<>();
    private final Set<String> returning = new HashSet<>();

    /** The proxies that have not accepted the newest table since they were out of rotation. */
    private final Set<String> behind = new HashSet<>();

    private Rotation rotation;
    private Newest newest = new Newest(null, null);
    private Map<Long, String> unreachable = Map.of();
    private long questions;
    private @Nullable Summed latest;

    /** A proxy must accept these before it returns to rotation. One is null if it was not sent. */
    private record Newest(@Nullable Routes routes, @Nullable HandedOut certificates) {}

    private record Routes(RouteTable table, String json) {}

    private record HandedOut(Version version, Hidden document) {}

    /**
     * @param question the number of the question whose answers are added up; a later question has a
     *     greater number
     * @param answered names of the proxies that the sum contains
     */
    private record Summed(long question, Counters counters, Set<String> answered) {}

    /**
     * The proxies that a sum does not contain, except for silent ones.
     *
     * @param starting those that came into rotation after the counters were read
     */
    private record Others(List<String> starting, List<String> ended) {}

    /** The answer of one proxy, or the reason why there is none. */
    private sealed interface Asked<T> {
        record Replied<T>(String proxy, T value) implements Asked<T> {}

        record Unheard<T>(String proxy, Throwable reason) implements Asked<T> {}
    }

    /**
     * @param proxies by the name of their containers, in the order of the settings
     */
    public Proxies(SequencedMap<String, ? extends Nginx> proxies, Time time) {
        this.proxies =
                Collections.unmodifiableSequencedMap(new LinkedHashMap<String, Nginx>(proxies));
        this.time = time;
        this.rotation = Rotation.of(this.proxies.keySet());
    }

    @Override
    public synchronized void begin() {
        rotation = Rotation.of(proxies.keySet());
        newest = new Newest(null, newest.certificates);
        changes.clear();
        behind.clear(); // the first push of the term is for all of them
        unreachable = Map.of();
    }

    @Override
    public synchronized Map<Long, String> unreachable() {
        return unreachable;
    }

    @Override
    public synchronized Map<String, Boolean> rotation() {
        var all = new LinkedHashMap<String, Boolean>();
        proxies.keySet().forEach(name -> all.put(name, rotation.isIn(name)));
        return all;
    }

    @Override
    public synchronized List<RotationChange> rotationChanges() {
        var all = List.copyOf(changes);
        changes.clear();
        return all;
    }

    @Override
    public Future<Pushed> push(RouteTable table, String json) {
        var routes = new Routes(table, json);
        var asked = askedAfter(before -> new Newest(routes, before.certificates));
        return accepted(asked, proxy -> proxy.push(table, json));
    }

    @Override
    public Future<Pushed> handOut(Version version, Hidden document) {
        var handedOut = new HandedOut(version, document);
        var asked = askedAfter(before -> new Newest(before.routes, handedOut));
        return accepted(asked, proxy -> proxy.handOut(version, document));
    }

    /**
     * Notes what is the newest now, and returns the proxies to wait for. Both are one step, so that
     * a proxy that returns meanwhile either is waited for or does not have the newest.
     */
    private synchronized List<String> askedAfter(UnaryOperator<Newest> step) {
        newest = step.apply(newest);
        return asked();
    }

    /** Returns the proxies in rotation, or all proxies if none is in rotation. */
    private synchronized List<String> asked() {
        var in = rotation.in();
        return in.isEmpty() ? List.copyOf(proxies.keySet()) : in;
    }

    private Future<Pushed> accepted(List<String> asked, Function<Nginx, Future<Pushed>> question) {
        bringBack();
        return askAll(asked, question)
                .compose(replies -> combined(values(replies), blocking(replies)));
    }

    /**
     * Combines the answers. A newer table of another leader counts most, then a missing answer,
     * then an invalid table.
     */
    private static Future<Pushed> combined(List<Pushed> pushed, Optional<Throwable> blocking) {
        var invalid = new ArrayList<Pushed>();
        Pushed.@Nullable Accepted accepted = null;
        for (var one : pushed) {
            switch (one) {
                case Pushed.Refused refused -> {
                    return Future.succeededFuture(refused);
                }
                case Pushed.Invalid it -> invalid.add(it);
                case Pushed.Accepted it -> {
                    if (accepted == null || accepted.leftOut() < it.leftOut()) {
                        accepted = it;
                    }
                }
            }
        }
        if (blocking.isPresent() || (accepted == null && invalid.isEmpty())) {
            return Future.failedFuture(
                    blocking.orElseGet(() -> new IllegalStateException("no proxy has answered")));
        }
        return Future.succeededFuture(
                invalid.isEmpty() ? requireNonNull(accepted) : invalid.getFirst());
    }

    @Override
    public Future<Counters> counters() {
        return summed().map(Summed::counters);
    }

    /**
     * Returns the sum over the proxies in rotation. Fails if one of them does not answer and stays
     * in rotation.
     */
    private Future<Summed> summed() {
        bringBack();
        var question = nextQuestion();
        return askAll(asked(), Nginx::counters)
                .compose(replies ->
                        blocking(replies)
                                .map(missing -> Future.<Summed>failedFuture(missing))
                                .orElseGet(() -> Future.succeededFuture(added(question, replies))));
    }

    private synchronized long nextQuestion() {
        return ++questions;
    }

    /**
     * Adds up the answers to a question. If a later question has been answered already, returns its
     * sum: an answer from before a restart of nginx must not count after one from after it.
     */
    private synchronized Summed added(long question, List<Asked<Counters>> replies) {
        var known = latest;
        if (known != null && known.question > question) {
            return known;
        }
        var readings = new LinkedHashMap<String, Counters>();
        for (var reply : replies) {
            if (reply instanceof Asked.Replied<Counters> answer) {
                readings.put(answer.proxy(), answer.value());
            }
        }
        unreachable = Map.copyOf(Reachability.unreachable(readings));
        var summed = new Summed(question, sum.add(readings), Set.copyOf(readings.keySet()));
        latest = summed;
        return summed;
    }

    /**
     * Returns what is in flight at the proxies in rotation, and adds what the proxies whose
     * containers have ended will do when they start. Docker is asked after the counters were read:
     * if such a proxy runs again by then, it may have read an older table, so nothing is known
     * until it has answered.
     */
    @Override
    public Future<InFlight> inFlight() {
        return summed().compose(
                        summed -> withTheOthers(InFlight.of(summed.counters), summed.answered))
                .recover(silent -> ifAllHaveEnded(silent));
    }

    private Future<InFlight> withTheOthers(InFlight known, Set<String> answered) {
        var others = others(answered);
        if (!others.starting.isEmpty()) {
            return Future.failedFuture(startedAgain(others.starting));
        }
        return others.ended.isEmpty()
                ? Future.succeededFuture(known)
                : afterStart(others.ended)
                        .compose(routed ->
                                routed.isPresent()
                                        ? Future.succeededFuture(known.withEnded(routed.get()))
                                        : Future.failedFuture(startedAgain(others.ended)));
    }

    private Future<InFlight> ifAllHaveEnded(Throwable silent) {
        return routedAfterStart()
                .compose(routed ->
                        routed.isPresent()
                                ? Future.succeededFuture(InFlight.ended(routed.get()))
                                : Future.failedFuture(silent));
    }

    private synchronized Others others(Set<String> answered) {
        var rest = proxies.keySet().stream().filter(name -> !answered.contains(name)).toList();
        return new Others(
                rest.stream().filter(name -> rotation.isIn(name)).toList(),
                rest.stream().filter(name -> rotation.hasEnded(name)).toList());
    }

    private static IllegalStateException startedAgain(List<String> names) {
        return new IllegalStateException(
                "started again, and has not answered yet: " + String.join(", ", names));
    }

    /** Returns empty if one of the proxies runs. */
    @Override
    public Future<Optional<Set<Long>>> routedAfterStart() {
        return afterStart(List.copyOf(proxies.keySet()));
    }

    /**
     * Returns the instances to which these proxies will send requests when they start again, or
     * empty if one of them runs.
     */
    private Future<Optional<Set<Long>>> afterStart(List<String> names) {
        var found = names.stream().map(this::startOf).toList();
        return Future.all(found)
                .map(all -> {
                    var routed = new HashSet<Long>();
                    for (var one : all.<Optional<Set<Long>>>list()) {
                        if (one.isEmpty()) {
                            return Optional.empty();
                        }
                        routed.addAll(one.get());
                    }
                    return Optional.of(routed);
                });
    }

    private Future<Optional<Set<Long>>> startOf(String name) {
        return proxy(name)
                .routedAfterStart()
                .map(routed -> {
                    if (routed.isEmpty()) {
                        runs(name);
                    }
                    return routed;
                });
    }

    /** Counts a proxy whose container runs again as in rotation, although it may be starting. */
    private synchronized void runs(String name) {
        if (rotation.hasEnded(name)) {
            change(before -> before.answered(name, time.nanoTime()));
        }
    }

    /** Returns the routes of a proxy in rotation, which has the newest table. */
    @Override
    public Future<Map<String, String>> routes(Collection<String> apps) {
        return proxy(asked().getFirst()).routes(apps);
    }

    /**
     * Returns the apps of the first proxy that holds requests. Returns none when all proxies that
     * answer have answered so, and fails if no proxy answers. Waits for a silent proxy half a
     * second longer than for the others. It does not depend on the rotation whether a client waits.
     */
    @Override
    public Future<Set<String>> wakes(Collection<String> apps, Duration longest) {
        var first = Promise.<Set<String>>promise();
        var answers =
                proxies.values().stream()
                        .map(proxy ->
                                time.within(longest.plus(WAKE_PATIENCE), proxy.wakes(apps, longest))
                                        .onSuccess(awaited -> {
                                            if (!awaited.isEmpty()) {
                                                first.tryComplete(awaited);
                                            }
                                        }))
                        .toList();
        Future.join(answers)
                .onComplete(_ -> {
                    if (answers.stream().anyMatch(Future::succeeded)) {
                        first.tryComplete(Set.of());
                    } else {
                        first.tryFail(answers.getFirst().cause());
                    }
                });
        return first.future();
    }

    /**
     * Returns the requests that the proxies keep, by time. A proxy that does not answer is left
     * out. The proxies number their requests independently, so each request gets an id that grows
     * with the time. This does not depend on the rotation, which only the leader knows.
     */
    @Override
    public Future<List<ServedRequest>> requests(String app) {
        var kept = proxies.values().stream().map(proxy -> proxy.requests(app)).toList();
        return Future.join(kept)
                .transform(_ ->
                        kept.stream().anyMatch(Future::succeeded)
                                ? Future.succeededFuture(merged(kept))
                                : Future.failedFuture(kept.getFirst().cause()));
    }

    private static List<ServedRequest> merged(List<Future<List<ServedRequest>>> kept) {
        var all = new ArrayList<ServedRequest>();
        for (var proxy = 0; proxy < kept.size(); proxy++) {
            if (kept.get(proxy).succeeded()) {
                for (var request : kept.get(proxy).result()) {
                    all.add(request.numbered(idOf(request, proxy)));
                }
            }
        }
        all.sort(Comparator.comparingLong(ServedRequest::id));
        return all;
    }

    /** Distinguishes 256 requests of each of 8 proxies in a millisecond. JSON can hold the id. */
    private static long idOf(ServedRequest request, int proxy) {
        return request.at().toEpochMilli() * 2048 + (request.id() % 256) * 8 + (proxy % 8);
    }

    /** Begins an attempt for each proxy that is behind, unless one is under way. */
    private void bringBack() {
        for (var name : attemptsToBegin()) {
            bringBack(name).onComplete(_ -> attemptEnded(name));
        }
    }

    private synchronized List<String> attemptsToBegin() {
        return rotation.in().isEmpty()
                ? List.of()
                : behind.stream().sorted().filter(returning::add).toList();
    }

    private synchronized void attemptEnded(String name) {
        returning.remove(name);
    }

    private Future<?> bringBack(String name) {
        var sent = newest();
        var routes = sent.routes;
        if (routes == null) {
            return Future.succeededFuture(); // nothing was pushed in this term yet
        }
        var certificates = sent.certificates;
        if (certificates == null) {
            return pushAgain(name, routes, sent, true);
        }
        // One whose container has ended needs the table in its file, although it accepts nothing.
        return ask(name, it -> it.handOut(certificates.version, certificates.document))
                .compose(reply ->
                        pushAgain(name, routes, sent, reply instanceof Asked.Replied<Pushed>));
    }

    /**
     * @param certified whether the proxy has the newest certificates
     */
    private Future<Asked<Pushed>> pushAgain(
            String name, Routes routes, Newest sent, boolean certified) {
        return ask(name, it -> it.push(routes.table, routes.json))
                .onSuccess(reply -> {
                    if (certified && reply instanceof Asked.Replied<Pushed>(_, Pushed.Accepted _)) {
                        returned(name, sent);
                    }
                });
    }

    private synchronized Newest newest() {
        return newest;
    }

    /** Counts the proxy as in rotation, unless there is something newer by now. */
    private synchronized void returned(String name, Newest sent) {
        if (newest.equals(sent)) {
            behind.remove(name);
            change(before -> before.accepted(name, time.nanoTime()));
        }
    }

    private <T> Future<List<Asked<T>>> askAll(
            List<String> names, Function<Nginx, Future<T>> question) {
        var replies = names.stream().map(name -> ask(name, question)).toList();
        return Future.all(replies).map(all -> all.<Asked<T>>list());
    }

    /** Asks one proxy, and notes in the rotation whether it answered. The future never fails. */
    private <T> Future<Asked<T>> ask(String name, Function<Nginx, Future<T>> question) {
        var askedAt = time.nanoTime();
        var answer = Future.succeededFuture(proxy(name)).compose(question);
        return patience(name, askedAt)
                .map(longest -> time.within(longest, answer))
                .orElse(answer)
                .<Asked<T>>map(value -> {
                    change(before -> before.answered(name, time.nanoTime()));
                    return new Asked.Replied<>(name, value);
                })
                .recover(silent -> unanswered(name, askedAt, silent));
    }

    private synchronized Optional<Duration> patience(String name, long now) {
        return rotation.patience(name, now).map(longest -> longest.plusMillis(1));
    }

    private <T> Future<Asked<T>> unanswered(String name, long askedAt, Throwable silent) {
        return time.within(DOCKER_PATIENCE, proxy(name).routedAfterStart())
                .map(Optional::isPresent)
                .otherwise(false) // Docker does not say so, so the proxy may run
                .map(ended -> {
                    change(before ->
                            ended
                                    ? before.ended(name)
                                    : before.unanswered(name, askedAt, time.nanoTime()));
                    return new Asked.Unheard<>(name, silent);
                });
    }

    private synchronized void change(UnaryOperator<Rotation> step) {
        var before = rotation;
        rotation = step.apply(before);
        changes.addAll(rotation.since(before));
        behind.addAll(rotation.out());
    }

    private static <T> List<T> values(List<Asked<T>> replies) {
        var values = new ArrayList<T>();
        for (var reply : replies) {
            if (reply instanceof Asked.Replied<T> answer) {
                values.add(answer.value());
            }
        }
        return values;
    }

    /**
     * Returns why a change is not complete: a proxy that is still in rotation has not answered, or
     * no proxy has.
     */
    private synchronized <T> Optional<Throwable> blocking(List<Asked<T>> replies) {
        Throwable missing = null;
        for (var reply : replies) {
            if (reply instanceof Asked.Unheard<T> none) {
                missing = noAnswer(none);
                if (rotation.isIn(none.proxy())) {
                    return Optional.of(missing);
                }
            }
        }
        return values(replies).isEmpty() ? Optional.ofNullable(missing) : Optional.empty();
    }

    private static IllegalStateException noAnswer(Asked.Unheard<?> reply) {
        return new IllegalStateException(
                "%s does not answer: %s".formatted(reply.proxy(), reply.reason().getMessage()),
                reply.reason());
    }

    private Nginx proxy(String name) {
        return requireNonNull(proxies.get(name));
    }
}
