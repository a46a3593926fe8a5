package io.autoserve;

import io.autoserve.api.Attachments;
import io.autoserve.api.Domains;
import io.autoserve.api.Nodes;
import io.autoserve.api.Platform;
import io.autoserve.api.Secrets;
import io.autoserve.events.Feed;
import io.autoserve.events.Tail;
import io.autoserve.events.View;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Errand;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Token;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.LongReads;
import io.autoserve.store.Truth;
import io.autoserve.store.Wishes.Granted;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers the API: reads come from the view, writes go to the store, and logs come from Docker. */
final class LivePlatform implements Platform {
    /**
     * How long a write waits until the view has seen it. A view that is further behind has lost the
     * database, so the write is then answered without it.
     */
    private static final Duration READ_YOUR_WRITE = Duration.ofSeconds(5);

    private final View view;
    private final Feed feed;
    private final Tail tail;
    private final Truth truth;
    private final LongReads past;
    private final Tables tables;
    private final ContainerRuntime runtime;
    private final LiveAttachments attachments;
    private final LiveScaling scaling;
    private final LiveCluster cluster;
    private final Supplier<String> metrics;
    private final InstantSource clock;
    private final Executor threads;

    /**
     * @param threads an executor of virtual threads
     */
    LivePlatform(
            View view,
            Feed feed,
            Tail tail,
            Truth truth,
            LongReads past,
            Tables tables,
            ContainerRuntime runtime,
            LiveAttachments attachments,
            LiveScaling scaling,
            LiveCluster cluster,
            Supplier<String> metrics,
            InstantSource clock,
            Executor threads) {
        this.view = view;
        this.feed = feed;
        this.tail = tail;
        this.truth = truth;
        this.past = past;
        this.tables = tables;
        this.runtime = runtime;
        this.attachments = attachments;
        this.scaling = scaling;
        this.cluster = cluster;
        this.metrics = metrics;
        this.clock = clock;
        this.threads = threads;
    }

    @Override
    public Snapshot snapshot() {
        return view.snapshot()
                .<Snapshot>map(seen -> new LiveSnapshot(seen, cluster.progress()))
                .orElseThrow(() -> Refusal.unavailable("the view is not loaded yet: try again"));
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
    public Cluster cluster() {
        return cluster.now();
    }

    @Override
    public Future<Health> health() {
        return blocking(cluster::health);
    }

    @Override
    public Platform once(Errand errand) {
        return new LivePlatform(
                view,
                feed,
                tail,
                truth,
                past,
                tables.on(errand),
                runtime,
                attachments,
                scaling,
                cluster,
                metrics,
                clock,
                threads);
    }

    @Override
    public Future<App> register(AppSpec spec, String text, String actor) {
        return granted(() -> tables.wishes().register(spec, text, actor)).map(Granted::app);
    }

    @Override
    public Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, String actor) {
        return granted(() -> tables.wishes().apply(spec, text, from, actor))
                .map(granted -> new Applied(granted.app(), outcome(granted)));
    }

    private static Applied.Outcome outcome(Granted granted) {
        return switch (granted.outcome()) {
            case CREATED -> Applied.Outcome.Created;
            case CHANGED -> Applied.Outcome.Changed;
            case UNCHANGED -> Applied.Outcome.Unchanged;
        };
    }

    @Override
    public Future<App> scale(String app, int replicas, String actor) {
        return granted(() -> tables.wishes().scale(app, replicas, actor)).map(Granted::app);
    }

    @Override
    public Future<App> start(String app, String actor) {
        return granted(() -> tables.wishes().start(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> stop(String app, String actor) {
        return granted(() -> tables.wishes().stop(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> restart(String app, String actor) {
        return granted(() -> tables.wishes().restart(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> delete(String app, String actor) {
        return granted(() -> tables.wishes().delete(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> pause(String app, String actor) {
        return granted(() -> tables.wishes().pause(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> resume(String app, String actor) {
        return granted(() -> tables.wishes().resume(app, actor)).map(Granted::app);
    }

    @Override
    public Future<App> undo(String app, @Nullable Integer to, String actor) {
        return granted(() -> tables.wishes().undo(app, to, actor)).map(Granted::app);
    }

    @Override
    public Future<Preview> preview(AppSpec spec) {
        return blocking(() -> {
            tables.secrets().require(spec);
            var view = snapshot();
            var app = view.app(spec.name());
            return app == null
                    ? DryRun.registration(spec, clock.instant())
                    : DryRun.change(
                            app,
                            truth.before(app).orElse(null),
                            spec,
                            view.instances(app),
                            clock.instant());
        });
    }

    @Override
    public Future<List<Revision>> revisions(App app) {
        return blocking(() -> truth.revisions(app.id()));
    }

    private Future<Granted> granted(Callable<Granted> wish) {
        return blocking(wish).compose(granted -> seen(granted.seq(), granted));
    }

    private <T> Future<T> seen(long seq, T done) {
        return view.reached(seq, READ_YOUR_WRITE).transform(_ -> Future.succeededFuture(done));
    }

    @Override
    public Future<Token> create(Token token, String actor) {
        return blocking(() -> tables.tokens().create(token, actor))
                .compose(seq -> seen(seq, token));
    }

    @Override
    public Future<Token> revoke(String token, String actor) {
        return blocking(() -> tables.tokens().revoke(token, actor))
                .compose(revoked -> seen(revoked.seq(), revoked.token()));
    }

    @Override
    public Future<String> specText(App app) {
        return blocking(
                () -> truth.raw(app.name()).orElseThrow(() -> Refusal.notFound(app.name())));
    }

    @Override
    public Future<ScalingTold> scaling(App app) {
        return blocking(() -> scaling.told(app));
    }

    @Override
    public Future<Load> load(App app, @Nullable Instant since, Duration step) {
        return blocking(() -> scaling.load(app, since, step));
    }

    @Override
    public Future<Loads> loads() {
        return blocking(scaling::loads);
    }

    @Override
    public Future<List<Event>> events(EventQuery query) {
        return blocking(() ->
                past.events(
                        new Truth.EventQuery(
                                query.app(),
                                query.apps(),
                                query.type() == null ? null : query.type().name(),
                                query.actor(),
                                query.after(),
                                query.since(),
                                query.limit())));
    }

    @Override
    public Subscription follow(long seq, Consumer<Event> listener) {
        return tail.follow(seq, listener)::run;
    }

    @Override
    public Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since) {
        var container = instance.containerId();
        return container == null
                ? Future.succeededFuture(List.of())
                : blocking(() ->
                        runtime.logs(container, tail, since).stream()
                                .map(line -> new LogLine(line.at(), line.error(), line.text()))
                                .toList());
    }

    @Override
    public Secrets secrets() {
        return new LiveSecrets(tables.secrets(), tables.wishes(), threads);
    }

    @Override
    public Domains domains() {
        return new LiveDomains(tables.certificates(), view, clock, threads);
    }

    @Override
    public Nodes nodes() {
        return new LiveNodes(tables.nodes(), runtime::node, threads);
    }

    @Override
    public Attachments attachments() {
        return attachments;
    }

    @Override
    public String metrics() {
        return metrics.get();
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return blocking(threads, work);
    }

    /**
     * Runs work that blocks on another thread. The returned future fails only with a {@link
     * Refusal}, in words for users.
     */
    static <T> Future<T> blocking(Executor threads, Callable<T> work) {
        var promise = Promise.<T>promise();
        threads.execute(() -> {
            try {
                promise.complete(work.call());
            } catch (Refusal refusal) {
                promise.fail(refusal);
            } catch (Exception failure) {
                promise.fail(Refusal.unavailable("not possible just now: " + failure.getMessage()));
            }
        });
        return promise.future();
    }
}
