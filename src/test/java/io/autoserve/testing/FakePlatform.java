package io.autoserve.testing;

import io.autoserve.access.HostOwnership;
import io.autoserve.access.HostOwnership.HeldHost;
import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Footprint;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.LoadSummary;
import io.autoserve.model.Member;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Rights;
import io.autoserve.model.Scope;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Token;
import io.autoserve.model.ViewVerdict;
import io.autoserve.platform.Apps;
import io.autoserve.platform.Cluster;
import io.autoserve.platform.ClusterHealth;
import io.autoserve.platform.Domains;
import io.autoserve.platform.Events;
import io.autoserve.platform.Loads;
import io.autoserve.platform.Nodes;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Receivers;
import io.autoserve.platform.Requests;
import io.autoserve.platform.Secrets;
import io.autoserve.platform.Snapshot;
import io.autoserve.platform.Subscription;
import io.autoserve.platform.Tokens;
import io.autoserve.store.DesiredState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Simulates the platform in memory. Each write is visible at once. Like PostgreSQL, it refuses text
 * that contains NUL.
 */
public final class FakePlatform implements Platform, Apps, Tokens, Loads, Events, Cluster {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private volatile List<ClusterHealth.Check> machine = List.of();
    private final Secrets secrets = new FakeSecrets(this::remembered);
    private final Domains domains = new FakeDomains(this::remembered);
    private final Receivers receivers = new FakeReceivers(this::remembered);
    private final Nodes nodes = new FakeNodes(this::remembered);
    private final FakeTasks tasks = new FakeTasks(this::registered, this::remembered);
    private final SortedMap<String, App> apps = new TreeMap<>();
    private final Map<String, List<Instance>> instances = new HashMap<>();
    private final Map<String, Token> tokens = new HashMap<>();
    private final Map<String, IdempotentRequest> requests = new ConcurrentHashMap<>();
    private final Map<String, List<ServedRequest>> served = new ConcurrentHashMap<>();
    private final Map<String, String> texts = new HashMap<>();
    private final List<String> causes = new CopyOnWriteArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final List<Consumer<Event>> followers = new CopyOnWriteArrayList<>();
    private final FakeAttachments attachments = new FakeAttachments();
    private final FakeAuditTrail audit = new FakeAuditTrail();
    private long timeline = 1;
    private boolean ready = true;
    private Duration silence = Duration.ZERO;
    private Overview overview = new Overview(START, Duration.ofSeconds(10), 60, Map.of());
    private volatile ScalingReport scaling = new ScalingReport(null, null, List.of());
    private volatile List<LoadSummary> history = List.of();
    private @Nullable Leader leader;
    private @Nullable RuntimeException trouble;
    private volatile Future<Void> permitted = Future.succeededFuture();

    private record View(
            long timeline,
            long seq,
            @Nullable Leader leader,
            SortedMap<String, App> byName,
            Map<String, List<Instance>> instances,
            List<Progress> progress,
            Map<String, List<String>> conflicts,
            Map<String, Token> tokens)
            implements Snapshot {
        @Override
        public Collection<App> apps() {
            return byName.values();
        }

        @Override
        public @Nullable App app(String name) {
            return byName.get(name);
        }

        @Override
        public List<Instance> instances(App app) {
            return instances.getOrDefault(app.name(), List.of());
        }

        @Override
        public List<Progress> progress(App app) {
            return progress.stream().filter(it -> it.app().equals(app.name())).toList();
        }

        @Override
        public List<String> conflicts(App app) {
            return conflicts.getOrDefault(app.name(), List.of());
        }
    }

    private List<Progress> progress = List.of();
    private Map<String, List<String>> conflicts = Map.of();

    private @Nullable View view;

    /** Records the idempotency key of a request, but not the answer. */
    private void remembered(By by) {
        var request = by.request();
        if (request != null) {
            var before = requests.putIfAbsent(request.asker() + " " + request.key(), request);
            if (before != null && !before.content().equals(request.content())) {
                throw Refusal.keyInUse(request.key());
            }
        }
    }

    /** Returns every request that had an idempotency key. */
    public Collection<IdempotentRequest> idempotentRequests() {
        return requests.values();
    }

    @Override
    public synchronized Snapshot snapshot() {
        if (view == null) {
            view =
                    new View(
                            timeline,
                            seq(),
                            leader,
                            new TreeMap<>(apps),
                            Map.copyOf(instances),
                            progress,
                            conflicts,
                            Map.copyOf(tokens));
        }
        return view;
    }

    /** Sets what the slots wait for. */
    public synchronized void progress(Progress... progress) {
        this.progress = List.of(progress);
        view = null;
    }

    /** Sets what nginx does not serve of an app. */
    public synchronized void conflicts(String app, String... conflicts) {
        this.conflicts = Map.of(app, List.of(conflicts));
        view = null;
    }

    private long seq() {
        return events.isEmpty() ? 0 : events.getLast().seq();
    }

    @Override
    public boolean ready() {
        return ready;
    }

    public void ready(boolean ready) {
        this.ready = ready;
    }

    @Override
    public Duration silence() {
        return silence;
    }

    public void silence(Duration silence) {
        this.silence = silence;
    }

    public synchronized void leader(@Nullable Leader leader) {
        this.leader = leader;
        view = null;
    }

    /**
     * Makes every write and every query fail with this exception, or succeed again if it is null.
     */
    public void trouble(@Nullable RuntimeException trouble) {
        this.trouble = trouble;
    }

    /**
     * Holds back the changes of apps that are requested from now on. They are made only when the
     * returned action is run.
     */
    public Runnable holdChanges() {
        var permission = Promise.<Void>promise();
        permitted = permission.future();
        return permission::complete;
    }

    /** Acts as if the database had returned to an earlier state. */
    public synchronized void rewind() {
        timeline++;
        view = null;
    }

    @Override
    public ClusterStatus now() {
        var self =
                new Member(
                        "controller-1",
                        "http://127.0.0.1:8001",
                        "0.1.0",
                        false,
                        snapshot().seq(),
                        0L,
                        timeline,
                        null,
                        List.of(),
                        START,
                        START);
        return new ClusterStatus(
                self, List.of(self), new Database("127.0.0.1:5432", "", List.of(), timeline), 0);
    }

    @Override
    public List<ClusterHealth.Check> machine() {
        return machine;
    }

    /** Sets the result of the check of this machine. */
    public void machine(ClusterHealth.Check check) {
        machine = List.of(check);
    }

    @Override
    public Future<ClusterReport> health() {
        return written(() ->
                new ClusterReport(
                        timeline,
                        seq(),
                        "d1",
                        List.of(new ViewHealth("controller-1", seq(), ViewVerdict.AGREES)),
                        leader == null ? List.of("no controller says that it leads") : List.of()));
    }

    @Override
    public Future<App> register(AppSpec spec, String text, By by) {
        return written(() -> {
            remembered(by);
            requireHosts(spec, by.rights());
            if (apps.containsKey(spec.name())) {
                throw Refusal.conflict("app '%s' already exists".formatted(spec.name()));
            }
            return created(spec, text, by);
        });
    }

    @Override
    public Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, By by) {
        return written(() -> {
            remembered(by);
            requireHosts(spec, by.rights());
            var before = apps.get(spec.name());
            if (before == null && from != null) {
                throw Refusal.notFound(spec.name());
            }
            if (before == null) {
                return new Applied(created(spec, text, by), ApplyOutcome.CREATED);
            }
            if (before.spec().equals(spec)) {
                return new Applied(before, ApplyOutcome.UNCHANGED);
            }
            if (from != null && from != before.revision()) {
                throw Refusal.overtaken(before, from);
            }
            var after = before.revised(spec, before.replicas(), null, START);
            return new Applied(put(after, text, Event.Type.AppUpdated, by), ApplyOutcome.CHANGED);
        });
    }

    @Override
    public Future<Applied> deploy(AppSpec spec, String text, int from, String cause, By by) {
        causes.add(cause);
        return apply(spec, text, from, by);
    }

    /** Returns the causes of all deploys, in their order. */
    public List<String> causes() {
        return List.copyOf(causes);
    }

    /** Refuses hosts as the store does. An app that was registered earlier has its hosts first. */
    private void requireHosts(AppSpec spec, Rights rights) {
        var held = new ArrayList<HeldHost>();
        for (var app : apps.values()) {
            var routing = app.spec().routing();
            HostOwnership.places(routing)
                    .forEach((host, _) ->
                            held.add(
                                    new HeldHost(
                                            app.name(), host, routing.pathPrefix(), app.id())));
        }
        var outside = HostOwnership.outside(spec.routing(), rights);
        if (!outside.isEmpty()) {
            throw Refusal.forbidden(outside);
        }
        var taken = HostOwnership.taken(spec.name(), spec.routing(), held, rights);
        if (!taken.isEmpty()) {
            throw Refusal.conflict(taken);
        }
    }

    private App created(AppSpec spec, String text, By by) {
        var app = DesiredState.registered(events.size() + 1L, spec, START);
        return put(app, text, Event.Type.AppRegistered, by);
    }

    private App put(App app, String text, Event.Type type, By by) {
        if ((app + text + by).indexOf('\0') >= 0) {
            throw new IllegalStateException("invalid byte sequence for encoding \"UTF8\": 0x00");
        }
        requireQuota(app, by);
        apps.put(app.name(), app);
        texts.put(app.name(), text);
        append(app.name(), type, by.actor(), Change.PutApp.of(app, true, List.of()));
        return app;
    }

    @Override
    public Future<App> scale(String app, int replicas, By by) {
        return changed(
                app,
                Event.Type.AppScaled,
                by,
                a -> a.wanting(a.intent(), replicas, a.restart(), START));
    }

    @Override
    public Future<App> start(String app, By by) {
        return changed(
                app,
                Event.Type.AppStarted,
                by,
                a -> a.wanting(Intent.RUN, a.replicas(), a.restart(), START));
    }

    @Override
    public Future<App> stop(String app, By by) {
        return changed(
                app,
                Event.Type.AppStopped,
                by,
                a -> a.wanting(Intent.STOP, a.replicas(), a.restart(), START));
    }

    @Override
    public Future<App> restart(String app, By by) {
        return changed(
                app,
                Event.Type.AppRestarted,
                by,
                a -> a.wanting(a.intent(), a.replicas(), a.restart() + 1, START));
    }

    @Override
    public Future<App> delete(String app, By by) {
        return changed(
                app,
                Event.Type.AppDeleting,
                by,
                a -> a.wanting(Intent.DELETE, a.replicas(), a.restart(), START));
    }

    @Override
    public Future<App> pause(String app, By by) {
        return changed(app, Event.Type.RolloutPaused, by, FakePlatform::rolling);
    }

    @Override
    public Future<App> resume(String app, By by) {
        return changed(app, Event.Type.RolloutResumed, by, FakePlatform::rolling);
    }

    private static App rolling(App app) {
        if (app.rollout() == null) {
            throw Refusal.conflict("app '%s' has no rollout in progress".formatted(app.name()));
        }
        return app;
    }

    /** Rolls the app back to revision 1, the only earlier revision that this fake keeps. */
    @Override
    public Future<App> undo(String app, @Nullable Integer to, By by) {
        return changed(
                app,
                Event.Type.AppUpdated,
                by,
                before -> {
                    if (to != null && to != 1) {
                        throw Refusal.conflict("app '%s' has no revision %d".formatted(app, to));
                    }
                    return before.returned(before.spec(), 1, null, before.replicas(), START);
                });
    }

    @Override
    public Future<Preview> preview(AppSpec spec, By by) {
        return written(() -> {
            requireHosts(spec, by.rights());
            var app = apps.get(spec.name());
            requireQuota(
                    app == null
                            ? DesiredState.registered(0, spec, START)
                            : app.revised(spec, app.replicas(), null, START),
                    by);
            return app == null
                    ? new Preview(ApplyOutcome.CREATED, 1, List.of(), List.of())
                    : new Preview(
                            ApplyOutcome.CHANGED,
                            app.revision() + 1,
                            List.of(new Edit("/spec/image", app.spec().image(), spec.image())),
                            List.of(new PlannedAction("start", spec.name() + "-0", "takes over")));
        });
    }

    @Override
    public Future<ScalingReport> scaling(App app) {
        return Future.succeededFuture(scaling);
    }

    public void scaling(ScalingReport scaling) {
        this.scaling = scaling;
    }

    @Override
    public Future<AppLoad> load(App app, @Nullable Instant since, Duration step) {
        var nothing =
                new LoadSummary(
                        app.createdAt(),
                        0,
                        List.of(0.0, 0.0, 0.0, 0.0, 0.0),
                        0,
                        null,
                        null,
                        null,
                        null,
                        null,
                        0);
        return Future.succeededFuture(new AppLoad(nothing, Map.of(), Map.of(), history));
    }

    /** Sets the history that every query for load returns. */
    public void history(List<LoadSummary> history) {
        this.history = List.copyOf(history);
    }

    @Override
    public Future<Overview> overview() {
        return Future.succeededFuture(overview);
    }

    public void loads(Overview overview) {
        this.overview = overview;
    }

    @Override
    public Future<List<Revision>> revisions(App app) {
        return written(() ->
                List.of(
                        new Revision(
                                app.revision(),
                                app.template(),
                                app.spec(),
                                app.image(),
                                texts.getOrDefault(app.name(), ""),
                                "api",
                                START,
                                app.rollout() == null)));
    }

    private Future<App> changed(String name, Event.Type type, By by, UnaryOperator<App> change) {
        return permitted.compose(_ ->
                written(() -> {
                    remembered(by);
                    var app = apps.get(name);
                    if (app == null) {
                        throw Refusal.notFound(name);
                    }
                    var after = change.apply(app);
                    return put(after, texts.getOrDefault(name, ""), type, by);
                }));
    }

    @Override
    public Future<Map<String, Footprint>> used(Collection<Token> tokens) {
        return written(() -> {
            var used = new HashMap<String, Footprint>();
            tokens.forEach(token -> used.put(token.id(), used(token.apps(), null)));
            return used;
        });
    }

    private Footprint used(Scope scope, @Nullable App except) {
        return apps.values().stream()
                .filter(app -> scope.covers(app.name()) && !app.equals(except))
                .map(app -> Footprint.of(app, null, List.of()))
                .reduce(Footprint.NOTHING, Footprint::plus);
    }

    /** Refuses a change that exceeds the quota of its author, as the store does. */
    private void requireQuota(App after, By by) {
        var before = apps.get(after.name());
        by.rights()
                .quota()
                .objection(
                        used(by.rights().apps(), before),
                        before == null ? Footprint.NOTHING : Footprint.of(before, null, List.of()),
                        Footprint.of(after, null, List.of()),
                        after.surge())
                .ifPresent(objection -> {
                    throw Refusal.conflict(objection);
                });
    }

    @Override
    public Future<Token> create(Token token, By by) {
        return written(() -> {
            if (tokens.values().stream().anyMatch(it -> it.name().equals(token.name()))) {
                throw Refusal.conflict("token '%s' already exists".formatted(token.name()));
            }
            tokens.put(token.id(), token);
            append(null, Event.Type.TokenCreated, by.actor(), new Change.PutToken(token));
            return token;
        });
    }

    @Override
    public Future<Token> revoke(String token, By by) {
        return written(() -> {
            remembered(by);
            var found =
                    tokens.values().stream()
                            .filter(it -> it.name().equals(token) || it.id().equals(token))
                            .findFirst()
                            .orElseThrow(() -> Refusal.noToken(token));
            tokens.remove(found.id());
            append(null, Event.Type.TokenRevoked, by.actor(), new Change.DropToken(found.id()));
            return found;
        });
    }

    private interface Write<T> {
        T run();
    }

    private synchronized <T> Future<T> written(Write<T> write) {
        try {
            if (trouble != null) {
                throw trouble;
            }
            return Future.succeededFuture(write.run());
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    /** Removes a deleted app, as the leader does when its last instance was removed. */
    public void drop(App app) {
        forget(app);
        append(app.name(), Event.Type.AppDeleted, "controller-1", new Change.DropApp(app.id()));
    }

    private synchronized void forget(App app) {
        apps.remove(app.name());
        instances.remove(app.name());
    }

    /** Adds or replaces an instance, as the leader does. */
    public void put(Instance instance, Event.Type type) {
        replace(instance);
        append(instance.app(), type, "controller-1", new Change.PutInstance(instance));
    }

    private synchronized void replace(Instance instance) {
        var all = new TreeMap<Integer, Instance>();
        instances.getOrDefault(instance.app(), List.of()).forEach(i -> all.put(i.index(), i));
        all.put(instance.index(), instance);
        instances.put(instance.app(), List.copyOf(all.values()));
    }

    public Event append(@Nullable String app, Event.Type type, String actor, Change change) {
        return append(app, type.name(), actor, change);
    }

    /**
     * Appends an event and passes it to all listeners. A listener may block until a controller has
     * read a snapshot, as in the real platform, so the caller must not hold this object's lock.
     */
    public Event append(@Nullable String app, String type, String actor, Change change) {
        var event = appended(app, type, actor, change);
        followers.forEach(follower -> follower.accept(event));
        return event;
    }

    private synchronized Event appended(
            @Nullable String app, String type, String actor, Change change) {
        var event = new Event(seq() + 1, START, 0, actor, app, type, "because of a test", change);
        events.add(event);
        view = null;
        return event;
    }

    @Override
    public Future<String> specText(App app) {
        return written(() -> texts.getOrDefault(app.name(), ""));
    }

    @Override
    public Future<List<Event>> events(EventQuery query) {
        return written(() -> {
            var found =
                    events.stream()
                            .filter(e -> query.app() == null || query.app().equals(e.app()))
                            .filter(e ->
                                    query.apps().everything()
                                            || (e.app() != null && query.apps().covers(e.app())))
                            .filter(e -> query.type() == null || e.is(query.type()))
                            .filter(e -> query.actor() == null || query.actor().equals(e.actor()))
                            .filter(e -> query.after() == null || e.seq() > query.after())
                            .filter(e -> query.since() == null || !e.at().isBefore(query.since()))
                            .toList();
            var count = Math.min(found.size(), query.limit());
            return query.after() == null
                    ? found.subList(found.size() - count, found.size())
                    : found.subList(0, count);
        });
    }

    @Override
    public synchronized Subscription follow(long seq, Consumer<Event> listener) {
        events.stream().filter(e -> e.seq() > seq).forEach(listener);
        followers.add(listener);
        return () -> followers.remove(listener);
    }

    /** Returns the number of listeners that follow the events now. */
    public int followers() {
        return followers.size();
    }

    @Override
    public Apps apps() {
        return this;
    }

    @Override
    public Tokens tokens() {
        return this;
    }

    @Override
    public Loads loads() {
        return this;
    }

    @Override
    public Events events() {
        return this;
    }

    @Override
    public Cluster cluster() {
        return this;
    }

    /** Sets the last requests that nginx keeps of an app. */
    public void served(String app, ServedRequest... requests) {
        served.put(app, List.of(requests));
    }

    @Override
    public Requests requests() {
        return app ->
                trouble == null
                        ? Future.succeededFuture(served.getOrDefault(app, List.of()))
                        : Future.failedFuture(trouble);
    }

    @Override
    public Domains domains() {
        return domains;
    }

    @Override
    public Receivers receivers() {
        return receivers;
    }

    @Override
    public Secrets secrets() {
        return secrets;
    }

    @Override
    public Nodes nodes() {
        return nodes;
    }

    @Override
    public FakeTasks tasks() {
        return tasks;
    }

    private synchronized @Nullable App registered(String name) {
        return apps.get(name);
    }

    @Override
    public FakeAuditTrail audit() {
        return audit;
    }

    @Override
    public FakeAttachments attachments() {
        return attachments;
    }

    @Override
    public String metrics() {
        return "# TYPE autoserve_up gauge\nautoserve_up 1\n";
    }
}
