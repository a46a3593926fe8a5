package io.autoserve;

import io.autoserve.api.ApiServer;
import io.autoserve.apps.AppManager;
import io.autoserve.apps.HealthChecks;
import io.autoserve.apps.NginxRoutes;
import io.autoserve.apps.Retention;
import io.autoserve.certificates.CertificateKeeper;
import io.autoserve.certificates.NginxHandshakes;
import io.autoserve.cluster.Clustering;
import io.autoserve.cluster.Election;
import io.autoserve.cluster.Members;
import io.autoserve.cron.CronTimes;
import io.autoserve.events.Audit;
import io.autoserve.events.DatabaseNews;
import io.autoserve.events.Feed;
import io.autoserve.events.Tail;
import io.autoserve.events.View;
import io.autoserve.health.HealthChecker;
import io.autoserve.identity.IdentityFolder;
import io.autoserve.metrics.Metrics;
import io.autoserve.model.Event;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Term;
import io.autoserve.net.AddressPolicy;
import io.autoserve.net.AddressPolicy.AddressRange;
import io.autoserve.notifications.Notifier;
import io.autoserve.plan.DueTimes;
import io.autoserve.platform.AdminToken;
import io.autoserve.platform.AllLoads;
import io.autoserve.platform.AuditedAttachments;
import io.autoserve.platform.Background;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.platform.ClusterWatch;
import io.autoserve.platform.FirewallWatch;
import io.autoserve.platform.FrontDoorWatch;
import io.autoserve.platform.LivePlatform;
import io.autoserve.platform.LoggedEvents;
import io.autoserve.platform.MovedTags;
import io.autoserve.platform.ReadYourWrites;
import io.autoserve.platform.RouteConflicts;
import io.autoserve.platform.StoredApps;
import io.autoserve.platform.StoredAuditTrail;
import io.autoserve.platform.StoredDomains;
import io.autoserve.platform.StoredLoads;
import io.autoserve.platform.StoredNodes;
import io.autoserve.platform.StoredReceivers;
import io.autoserve.platform.StoredSecrets;
import io.autoserve.platform.StoredTasks;
import io.autoserve.platform.StoredTokens;
import io.autoserve.proxy.Hosts;
import io.autoserve.proxy.NginxCalls;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.scaling.AutoScaler;
import io.autoserve.scaling.LoadReader;
import io.autoserve.scaling.ScheduledMinimums;
import io.autoserve.sources.OtherSystems;
import io.autoserve.spec.Json;
import io.autoserve.spec.SpecReader;
import io.autoserve.store.LongReads;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One controller. Its constructor creates all parts of the program and connects them by hand. Read
 * the constructor and {@link #start} from top to bottom for an overview of the whole program.
 */
public final class Controller implements AutoCloseable {
    // PostgreSQL stores times in microseconds. This clock has the same precision, so that a time
    // that is read back from the database equals the same time in memory.
    private static final InstantSource CLOCK =
            Clock.tick(Clock.systemUTC(), Duration.ofNanos(1000));

    private static final Time TIME = Time.system();
    private static final Logger LOG = LoggerFactory.getLogger(Controller.class);
    private static final String VERSION =
            Optional.ofNullable(Controller.class.getPackage().getImplementationVersion())
                    .orElse("development");

    /**
     * Number of threads that read specs and write files. It is low, because both tasks are brief
     * and idle threads cost memory.
     */
    private static final int BLOCKING = 4;

    /**
     * Time limit for the whole shutdown. It is below ten seconds, because the sender of SIGTERM may
     * send SIGKILL after ten seconds.
     */
    private static final Duration FAREWELL = Duration.ofSeconds(6);

    private final Settings settings;
    private final SteadyClock steady = new SteadyClock(CLOCK, System::nanoTime);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final DueTimes dueTimes = new CronTimes();
    private final Background background = new Background(threads);
    private final View view = new View();
    private final Metrics metrics;
    private final Vertx vertx;

    /**
     * The Vert.x instance of the election. It has its own event loop, so that no other work delays
     * the election's heartbeats.
     */
    private final Vertx pulse = pulse();

    private final @Nullable IdentityFolder identity;
    private final Storage storage;
    private final DataPlane dataPlane;
    private final Tail tail;
    private final Feed feed;
    private final HealthChecker health;
    private final AppManager manager;
    private final AutoScaler scaler;
    private final CertificateKeeper certificates;
    private final Retention retention;
    private final Notifier notifier;
    private final Election election;
    private final @Nullable FirewallWatch firewall;
    private final @Nullable FrontDoorWatch frontDoor;
    private final ClusterWatch cluster;
    private final Clustering clustering;
    private final StoredAuditTrail audit;
    private final ApiServer api;
    private @Nullable String apiDeployment;

    private Controller(Settings settings) {
        this.settings = settings;
        metrics = new Metrics(settings.name(), view, CLOCK);
        vertx = vertx(metrics);

        var random = new SecureRandom();
        identity = settings.tls() == null ? null : new IdentityFolder(settings.tls().identity());
        storage =
                new Storage(
                        vertx,
                        settings,
                        this::seen,
                        metrics.appends(),
                        CLOCK,
                        steady,
                        random,
                        metrics::attempted,
                        identity);
        tail = new Tail(storage.past, threads);
        feed =
                new Feed(
                        new DatabaseNews(storage.databases),
                        storage.stateReader::clusterState,
                        view,
                        metrics.feed(),
                        TIME,
                        random);

        dataPlane =
                new DataPlane(
                        settings,
                        metrics::measured,
                        random,
                        storage.images::fetched,
                        identity,
                        TIME);
        health = new HealthChecker(steady, random, dataPlane::probe, _ -> wake());
        election =
                new Election(
                        storage.databases.on(pulse)::connectForLease,
                        settings.name(),
                        settings.advertised(),
                        Json::write,
                        TIME,
                        random);
        manager =
                new AppManager(
                        storage.stateReader,
                        storage.fencedWrites,
                        storage.tasks,
                        dueTimes,
                        dataPlane.runtime,
                        new HealthChecks(health),
                        new NginxRoutes(
                                new NginxCalls(dataPlane.nginx, TIME),
                                storage.secrets::read,
                                storage.fencedWrites,
                                metrics.pushes(),
                                System::nanoTime),
                        storage.secrets::read,
                        steady,
                        TIME,
                        random,
                        threads,
                        this::hands,
                        this::startsWait,
                        metrics.loop());
        firewall =
                settings.firewallContainer() == null
                        ? null
                        : dataPlane.firewall(
                                settings.firewallContainer(), election::trusted, this::wake);
        frontDoor =
                settings.frontDoorContainer() == null
                        ? null
                        : dataPlane.frontDoor(
                                settings.frontDoorContainer(), election::trusted, this::note);
        cluster =
                new ClusterWatch(
                        new ClusterWatch.Self(settings.name(), settings.advertised(), VERSION),
                        settings.postgres().standbys(),
                        CLOCK,
                        view,
                        feed,
                        new Audit(storage.stateReader, view),
                        storage.databases,
                        storage.replication,
                        self -> new Members(vertx, storage.pool, self),
                        election::trusted,
                        manager::progress,
                        machineChecks(),
                        background);
        var load = new LoadReader(dataPlane.nginx, dataPlane.runtime);
        scaler =
                new AutoScaler(
                        view::snapshot,
                        () -> metrics.traffic().read(load.counters()),
                        load,
                        load,
                        storage.loads,
                        storage.scalings,
                        policy -> ScheduledMinimums.at(policy, dueTimes, CLOCK.instant()),
                        new OtherSystems(
                                storage.secrets::read,
                                new AddressPolicy(
                                        false, List.of(AddressRange.parse(settings.subnet()))),
                                settings.metricHosts()),
                        manager::wake,
                        steady,
                        TIME);
        certificates =
                new CertificateKeeper(
                        storage.certificates,
                        new NginxHandshakes(dataPlane.nginx),
                        settings.acmeDirectory(),
                        CLOCK,
                        TIME);
        retention =
                new Retention(
                        storage.images,
                        storage.fencedWrites,
                        this::hands,
                        settings.historyBytes(),
                        TIME);
        notifier =
                new Notifier(
                        storage.receivers,
                        storage.stateReader,
                        new AddressPolicy(false, List.of(AddressRange.parse(settings.subnet()))),
                        settings.privateReceivers(),
                        CLOCK,
                        random,
                        TIME);
        clustering =
                new Clustering(
                        election,
                        manager.and(scaler).and(certificates).and(retention).and(notifier));
        audit = new StoredAuditTrail(storage.auditLog, CLOCK, background);

        api =
                new ApiServer(
                        ApiServer.Settings.on(
                                        settings.apiHost(),
                                        settings.apiPort(),
                                        settings.access().rules(settings.postgres().password()))
                                .streamsPerToken(settings.access().streamsPerToken())
                                .with(balancerDoor()),
                        platform(),
                        new SpecReader(settings.allowance()),
                        random,
                        CLOCK);
    }

    /**
     * Starts a controller and returns when it serves its API. Waits for the database without a time
     * limit.
     *
     * @throws RuntimeException if Docker, the network or the API's port is not available
     */
    public static Controller start(Settings settings) {
        var controller = new Controller(settings);
        try {
            controller.run();
            return controller;
        } catch (RuntimeException failure) {
            controller.close();
            throw failure;
        }
    }

    private void run() {
        if (identity != null) {
            identity.watch(vertx);
        }
        storage.migrate();
        view.listen(tail);
        view.listen(manager);
        view.listen(certificates);
        view.listen(notifier);
        feed.start();
        cluster.start(vertx);
        if (firewall != null) {
            firewall.watch(vertx, threads);
        }
        if (frontDoor != null) {
            frontDoor.watch(vertx, threads);
        }
        if (settings.access().adminToken() != null) {
            new AdminToken(settings.access().adminToken(), storage.tokens).watch(vertx, threads);
        }
        metrics.show(
                new Gauges(
                        election::trusted,
                        view,
                        feed,
                        scaler,
                        cluster,
                        api,
                        retention,
                        () -> firewall != null && !firewall.check().ok(),
                        () -> frontDoor == null ? Map.of() : frontDoor.addresses(),
                        dataPlane.nginx::rotation,
                        health::unjudged,
                        settings.maxInstances(),
                        settings.historyBytes(),
                        this::certificateTime),
                VERSION,
                settings.proxyFolder());

        vertx.deployVerticle(health).await();
        for (var nginx : dataPlane.nginxManagers) {
            vertx.deployVerticle(nginx).await();
        }
        vertx.deployVerticle(manager).await();
        vertx.deployVerticle(scaler).await();
        pulse.deployVerticle(clustering).await();
        apiDeployment = vertx.deployVerticle(api).await();
    }

    /**
     * Resigns leadership, ends the streams and releases all resources. Steps that do not complete
     * are abandoned after 6 s in total. Containers keep running.
     *
     * <p>The API stops before the feed and the database connections, because writes in progress
     * still need the database and the view that shows their results.
     */
    @Override
    public void close() {
        var end = System.nanoTime() + FAREWELL.toNanos();
        quietly("resign the leadership", () -> await(clustering.resign(), end));
        quietly("stop the API", () -> await(stopServing(), end));
        quietly("write the rest of the audit", () -> await(audit.flush(), end));
        feed.close();
        quietly(
                "close the connections",
                () -> await(Future.join(vertx.close(), pulse.close()), end));
        threads.shutdownNow();
        notifier.close();
        dataPlane.close();
    }

    private Future<?> stopServing() {
        return apiDeployment == null ? Future.succeededFuture() : vertx.undeploy(apiDeployment);
    }

    private static void await(Future<?> step, long end) throws TimeoutException {
        step.await(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private interface Closing {
        void run() throws Exception;
    }

    private static void quietly(String what, Closing step) {
        try {
            step.run();
        } catch (Exception failure) {
            LOG.warn("shutdown: could not {}: {}", what, failure.toString());
        }
    }

    private List<Supplier<Check>> machineChecks() {
        var checks = new ArrayList<Supplier<Check>>();
        if (firewall != null) {
            checks.add(firewall::check);
        }
        if (frontDoor != null) {
            checks.add(frontDoor::check);
        }
        var own = identity;
        if (own != null) {
            checks.add(() -> certificateCheck(own));
        }
        return checks;
    }

    private static Check certificateCheck(IdentityFolder identity) {
        var problem = identity.expirations().problem(CLOCK.instant());
        return new Check(
                "certificates",
                problem.isEmpty(),
                problem.orElse("the platform's certificates are renewed in time"));
    }

    private Optional<Duration> certificateTime() {
        return identity == null ? Optional.empty() : identity.expirations().first(CLOCK.instant());
    }

    private ApiServer.@Nullable Inside balancerDoor() {
        return settings.tls() == null || identity == null
                ? null
                : new ApiServer.Inside(
                        settings.tls().apiPort(),
                        identity,
                        settings.installation() + "-controller-lb");
    }

    private void wake() {
        manager.wake();
    }

    /** Records an event of the platform, if this controller leads. */
    private void note(Event.Type type, String reason) {
        election.current().ifPresent(term -> storage.fencedWrites.note(term, null, type, reason));
    }

    private ContainerRuntime hands(Term term) {
        return dataPlane.hands(() -> election.holds(term));
    }

    /** Returns why no instance may start yet, or empty if instances may start. */
    private Optional<String> startsWait() {
        return firewall == null ? Optional.empty() : firewall.startsWait();
    }

    private LongReads.Seen seen() {
        return view.snapshot()
                .map(now -> new LongReads.Seen(now.seq(), now.term()))
                .orElse(new LongReads.Seen(Long.MAX_VALUE, new Term(0, new UUID(0, 0))));
    }

    private LivePlatform platform() {
        var shown = new ReadYourWrites(view);
        var conflicts = new RouteConflicts(apps -> Hosts.of(apps).unserved());
        return new LivePlatform(
                view,
                cluster,
                conflicts,
                new StoredApps(
                        storage.desiredState,
                        storage.secrets,
                        storage.stateReader,
                        () -> LivePlatform.snapshot(view, cluster, conflicts),
                        shown,
                        new MovedTags(dataPlane.runtime, storage.secrets::read),
                        dueTimes,
                        CLOCK,
                        background),
                new AuditedAttachments(
                        dataPlane.runtime,
                        dataPlane.streams,
                        storage.instanceLogs,
                        storage.auditLog,
                        background),
                new StoredLoads(
                        scaler,
                        storage.past,
                        new AllLoads(storage.past::samples, CLOCK),
                        CLOCK,
                        background),
                dataPlane.nginx::requests,
                new LoggedEvents(storage.past, tail, background),
                new StoredNodes(
                        storage.nodes,
                        dataPlane.runtime::node,
                        dataPlane.runtime::nodeSize,
                        background),
                new StoredTasks(storage.tasks, dueTimes, dataPlane.runtime, background),
                new StoredTokens(storage.tokens, storage.desiredState, shown, background),
                audit,
                new StoredSecrets(storage.secrets, storage.desiredState, background),
                new StoredDomains(storage.certificates, view, CLOCK, background),
                new StoredReceivers(storage.receivers, notifier, background),
                metrics::scrape);
    }

    private static Vertx vertx(Metrics metrics) {
        return Vertx.builder()
                .with(
                        new VertxOptions()
                                .setPreferNativeTransport(true)
                                .setWorkerPoolSize(BLOCKING)
                                .setInternalBlockingPoolSize(BLOCKING)
                                .setMetricsOptions(metrics.vertxOptions()))
                .withMetrics(metrics.vertx())
                .build();
    }

    private static Vertx pulse() {
        return Vertx.vertx(
                new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
    }
}
