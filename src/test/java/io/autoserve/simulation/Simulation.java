package io.autoserve.simulation;

import static io.autoserve.simulation.Violation.require;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Container;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Instance;
import io.autoserve.model.Launch;
import io.autoserve.simulation.postgres.CommittedRow;
import io.autoserve.simulation.postgres.ModelPostgres;
import io.autoserve.store.DesiredState.Granted;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One run of the whole platform: three controllers, two databases, an engine, users and operators,
 * and one proxy, or two if the seed is even. The seed and the schedule decide everything that
 * happens in it.
 */
final class Simulation {
    private static final List<String> APPS = List.of("shop", "blog", "mail");
    private static final int CONTROLLERS = 3;

    /** An app with trouble of its own, which must be no trouble for the others. */
    private static final String TROUBLED = "lame";

    private static final int TROUBLED_INSTANCES = 3;

    /** Nothing is written in this last part of a calm. */
    private static final Duration QUIET = Duration.ofSeconds(60);

    /** A leader is elected in this time once there is one primary that answers. */
    private static final Duration ELECTED = Duration.ofSeconds(3);

    /** Whatever ends in a calm is replaced in this time. */
    private static final Duration REPAIRED = Duration.ofSeconds(10);

    /** How often to check whether that has happened. */
    private static final Duration GLANCE = Duration.ofMillis(250);

    private static final Duration BETWEEN_REQUESTS = Duration.ofMillis(250);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(2);
    private static final int ATTEMPTS = 3;

    /** How long the machine of a lost database is away. */
    private static final Duration LOST = Duration.ofSeconds(60);

    private final Scheduler scheduler;
    private final Network network;
    private final RandomGenerator chance;
    private final SimulatedProcess world;
    private final ModelPostgres postgres;
    private final ModelEngine engine;
    private final List<ModelNginx> proxies = new ArrayList<>();
    private final List<SimulatedController> controllers = new ArrayList<>();
    private final List<Disturbance> schedule;
    private final Coverage coverage = new Coverage();
    private final Map<String, Acknowledged> acknowledged = new TreeMap<>();

    /** A violation on a thread of a controller, which would catch it as an error of its own. */
    private @Nullable Violation broken;

    private int requests;
    private int served;
    private int refused;

    /**
     * A write of an operator that was answered.
     *
     * @param changed whether the write certainly caused an event
     */
    private record Acknowledged(String subject, boolean changed) {}

    Simulation(long seed, List<Disturbance> schedule) {
        this.schedule = schedule;
        scheduler = new Scheduler(seed);
        network = new Network(scheduler);
        chance = scheduler.chance();
        world = scheduler.process("world");
        postgres = new ModelPostgres(scheduler, network);
        engine = new ModelEngine(scheduler, network);
        for (var number = 1; number <= (seed % 2 == 0 ? 2 : 1); number++) {
            proxies.add(new ModelNginx(scheduler, network, "nginx-" + number));
        }
        postgres.watched(new CommitChecks(scheduler, this::hasRequests, coverage)::check);
        engine.watched(this::beforeRequest, this::beforeCreation, this::beforeRemoval);
        for (var i = 0; i < CONTROLLERS; i++) {
            controllers.add(controller("controller-" + (i + 1)));
        }
        scheduler.afterEachStep(this::requireOneLeader);
        for (var app : APPS) {
            request((controller, by) -> controller.desiredState.apply(spec(app, 1, 2), "raw", by));
        }
        world.after(BETWEEN_REQUESTS, world::soon, this::userAsks);
        for (var disturbance : schedule) {
            world.after(disturbance.at(), world::soon, () -> begin(disturbance));
        }
    }

    private SimulatedController controller(String name) {
        return new SimulatedController(name, scheduler, postgres, engine, proxies, coverage);
    }

    /**
     * Runs the storms and calms of this time.
     *
     * @throws AssertionError if an invariant is broken
     */
    void run(Duration length) {
        var period = Disturbance.STORM.plus(Disturbance.CALM);
        for (var end = period; end.compareTo(length) <= 0; end = end.plus(period)) {
            var begun = scheduler.nanos();
            if (end.compareTo(period) > 0) {
                requireRepair();
            }
            scheduler.run(Disturbance.STORM.minusNanos(scheduler.nanos() - begun));
            heal();
            requireLeaderDuring(Disturbance.CALM.minus(QUIET));
            var before = lastEvent();
            scheduler.run(QUIET);
            require(
                    before.equals(lastEvent()),
                    "nothing is written while nothing happens",
                    "event %s follows event %s".formatted(lastEvent(), before));
            requireWholePlatform();
        }
    }

    /** Returns the seq of the last event that the app with trouble did not cause. */
    private Object lastEvent() {
        return postgres.rows("events").reversed().stream()
                .filter(event -> !TROUBLED.equals(event.get("app")))
                .findFirst()
                .orElseThrow()
                .get("seq");
    }

    /** Lets time pass without faults. Some controller must soon lead, and must keep leading. */
    private void requireLeaderDuring(Duration calm) {
        var answered = Duration.ZERO;
        for (var rest = calm; rest.isPositive(); rest = rest.minus(GLANCE)) {
            scheduler.run(GLANCE);
            answered = postgres.isCalm() ? answered.plus(GLANCE) : Duration.ZERO;
            require(
                    answered.compareTo(ModelPostgres.CONNECT.plus(ELECTED)) < 0 || anyLeads(),
                    "a leader is elected soon",
                    "nobody leads after %s with a primary".formatted(answered));
        }
    }

    private boolean anyLeads() {
        return controllers.stream()
                .anyMatch(it -> leads(it) && timeline(it) == postgres.timeline());
    }

    /**
     * Ends a container while nothing else happens, and steps the clocks, by which no back-off may
     * be measured.
     */
    private void requireRepair() {
        var candidates =
                postgres.rows("apps").stream()
                        .filter(app -> app.get("rollout_from") == null) // else there is a back-off
                        .map(app -> String.valueOf(app.get("name")))
                        .filter(APPS::contains)
                        .flatMap(app ->
                                engine.containers().values().stream()
                                        .map(ModelEngine.Held::container)
                                        .filter(it -> it.app().equals(app))
                                        .map(Container::name))
                        .toList();
        if (candidates.isEmpty()) {
            return;
        }
        var name = candidates.get(chance.nextInt(candidates.size()));
        for (var controller : controllers) {
            controller.process.step(Duration.ofSeconds(chance.nextInt(1_000) - 500));
        }
        switch (chance.nextInt(3)) {
            case 0 -> engine.end(name, 1);
            case 1 -> engine.pause(name);
            default -> engine.vanish(name);
        }
        for (var rest = REPAIRED; rest.isPositive(); rest = rest.minus(GLANCE)) {
            scheduler.run(GLANCE);
            if (unmet().isEmpty()) {
                return;
            }
        }
        throw new Violation(
                "a container is replaced within %s".formatted(REPAIRED),
                "%s is not: %s".formatted(name, unmet().orElse(null)));
    }

    /** Returns which promise about the instances does not hold now. */
    private Optional<Violation> unmet() {
        try {
            requireInstances();
            return Optional.empty();
        } catch (Violation unmet) {
            return Optional.of(unmet);
        }
    }

    /** Returns a number that is equal for runs with equal steps. */
    long trace() {
        return scheduler.trace();
    }

    long steps() {
        return scheduler.steps();
    }

    Coverage coverage() {
        return coverage;
    }

    private static AppSpec spec(String name, int version, int replicas) {
        var draft =
                SpecDraft.of(name)
                        .image("registry.example.com/%s:%d".formatted(name, version))
                        .scaling(new ScalingDraft().bounds(replicas, 10).scaling())
                        .spec();
        var check =
                new HealthCheck(
                        new HealthCheck.Probe.Tcp(8080),
                        Duration.ZERO,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(1),
                        3,
                        1);
        return new AppSpec(
                draft.name(),
                draft.annotations(),
                draft.template(),
                draft.pullPolicy(),
                draft.registryAuth(),
                draft.stopGrace(),
                draft.routing(),
                draft.placement(),
                draft.scaling(),
                new HealthChecks(null, check, check),
                draft.rollout(),
                draft.release(),
                draft.schedules());
    }

    private void begin(Disturbance disturbance) {
        coverage.saw(Coverage.fault(disturbance.kind()));
        var target = disturbance.target();
        var controller = controllers.get(target % controllers.size());
        var app = APPS.get(target % APPS.size());
        var lasts = disturbance.lasts();
        switch (disturbance.kind()) {
            case CONTROLLER_FREEZES -> {
                controller.process.freeze();
                later(lasts, controller.process::thaw);
            }
            case CONTROLLER_DIES -> {
                kill(controller);
                later(lasts, () -> revive(controller));
            }
            case CONTROLLER_IS_CUT_OFF -> {
                var database = postgres.primaryProcess();
                network.cut(controller.process, database);
                later(lasts, () -> network.heal(controller.process, database));
            }
            case CLOCK_STEPS -> controller.process.step(Duration.ofSeconds(target - 500));
            case DATABASE_CRASHES -> postgres.crashPrimary(Duration.ofSeconds(3));
            case DATABASE_FREEZES -> {
                var database = postgres.primaryProcess();
                database.freeze();
                later(lasts, database::thaw);
            }
            case DATABASE_IS_LOST -> postgres.crashPrimary(LOST);
            case DATABASE_SPLITS -> split(controller, lasts.dividedBy(4), target);
            case STANDBY_CRASHES -> postgres.crashStandby();
            case NOTIFICATIONS_FAIL -> {
                postgres.disturbNotifications(0.3, 0.3);
                later(lasts, () -> postgres.disturbNotifications(0, 0));
            }
            case ENGINE_HANGS -> {
                engine.process().freeze();
                later(lasts, engine.process()::thaw);
            }
            case ENGINE_FAILS -> {
                engine.faults(new ModelEngine.Faults(0.1, 0.1, 0.1, 0.1, 0.5, 0.05));
                later(lasts, () -> engine.faults(ModelEngine.Faults.NONE));
            }
            case CONTAINER_ENDS -> anyContainer(target, name -> engine.end(name, 1));
            case CONTAINER_IS_PAUSED -> anyContainer(target, engine::pause);
            case CONTAINER_VANISHES -> anyContainer(target, engine::vanish);
            case CONTAINER_RESTARTS -> anyContainer(target, engine::restart);
            case NGINX_CRASHES -> {
                var proxy = proxies.get(target % proxies.size());
                if (proxy.process().isAlive()) {
                    proxy.crash();
                    later(Duration.ofSeconds(3), () -> start(proxy));
                }
            }
            case NGINX_IS_SILENT -> {
                var proxy = proxies.get(target % proxies.size());
                proxy.fallSilent(target / 2 % 2 == 0);
                later(lasts, proxy::speak);
            }
            case APP_SCALES -> request((at, by) -> at.desiredState.scale(app, target % 6, by));
            case APP_IS_APPLIED ->
                    request((at, by) ->
                            at.desiredState.apply(
                                    spec(app, target % 7, 1 + target % 4), "raw", by));
            case APP_RESTARTS -> request((at, by) -> at.desiredState.restart(app, by));
            case APP_PAUSES -> request((at, by) -> at.desiredState.pause(app, by));
            case APP_RESUMES -> request((at, by) -> at.desiredState.resume(app, by));
            case APP_IS_UNDONE -> request((at, by) -> at.desiredState.undo(app, null, by));
            case APP_STOPS -> request((at, by) -> at.desiredState.stop(app, by));
            case APP_STARTS -> request((at, by) -> at.desiredState.start(app, by));
            case ANOTHER_APP_HAS_TROUBLE -> trouble(target);
        }
    }

    /**
     * Freezes the primary until the standby is promoted, and longer by this much. One controller
     * cannot reach the standby, so it uses the former primary as soon as that one continues. At
     * some time after that it reaches both.
     *
     * @param target from 0 to 999. The higher it is, the sooner the controller reaches both
     */
    private void split(SimulatedController controller, Duration longer, int target) {
        var former = postgres.primaryProcess();
        var next = postgres.standbyProcess();
        var thaws = ModelPostgres.TTL.plusSeconds(2).plus(longer);
        former.freeze();
        network.cut(controller.process, next);
        later(thaws, former::thaw);
        var reaches = thaws.plusSeconds(10).minusMillis(10L * target);
        later(reaches, () -> network.heal(controller.process, next));
    }

    /** Gives the app that no check is about another trouble, which stays. */
    private void trouble(int target) {
        var troubles = ModelEngine.Trouble.values();
        var trouble = troubles[target % troubles.length];
        coverage.saw(Coverage.trouble(trouble));
        engine.trouble(TROUBLED, trouble);
        request((at, by) ->
                at.desiredState.apply(spec(TROUBLED, target % 7, TROUBLED_INSTANCES), "raw", by));
    }

    private void later(Duration delay, Runnable work) {
        world.after(delay, world::soon, work);
    }

    private interface ToContainer {
        void happens(String name);
    }

    private void anyContainer(int target, ToContainer fate) {
        var names = List.copyOf(engine.containers().keySet());
        if (!names.isEmpty()) {
            fate.happens(names.get(target % names.size()));
        }
    }

    private void kill(SimulatedController controller) {
        controller.process.kill();
        postgres.disconnected(controller.process);
    }

    private void revive(SimulatedController dead) {
        var index = controllers.indexOf(dead);
        if (index >= 0 && !dead.process.isAlive()) {
            controllers.set(index, controller(dead.name));
        }
    }

    private static void start(ModelNginx proxy) {
        if (!proxy.process().isAlive()) {
            proxy.start();
        }
    }

    /** Ends all faults. */
    private void heal() {
        network.healAll();
        postgres.primaryProcess().thaw();
        postgres.standbyProcess().thaw();
        postgres.disturbNotifications(0, 0);
        engine.process().thaw();
        engine.faults(ModelEngine.Faults.NONE);
        proxies.forEach(ModelNginx::speak);
        proxies.forEach(Simulation::start);
        for (var controller : List.copyOf(controllers)) {
            controller.process.thaw();
            revive(controller);
        }
    }

    /**
     * Sends a request of an operator, as the load balancer does: to another controller if the first
     * gives no answer in time.
     */
    private void request(BiFunction<SimulatedController, By, Granted> write) {
        send((controller, by) -> {
            var granted = write.apply(controller, by);
            return new Acknowledged(
                    granted.app().name(), granted.outcome() != ApplyOutcome.UNCHANGED);
        });
    }

    private void send(BiFunction<SimulatedController, By, Acknowledged> write) {
        var actor = "operator-" + ++requests;
        var by =
                new By(
                        actor,
                        new IdempotentRequest("operators", actor, actor, world.clock().instant()));
        attempt(write, by, ATTEMPTS);
    }

    private void attempt(
            BiFunction<SimulatedController, By, Acknowledged> write, By by, int attempts) {
        if (attempts == 0 || acknowledged.containsKey(by.actor())) {
            return;
        }
        var controller = controllers.get(chance.nextInt(controllers.size()));
        controller.process.start("request", () -> answered(controller, write, by));
        later(BETWEEN_ATTEMPTS, () -> attempt(write, by, attempts - 1));
    }

    private void answered(
            SimulatedController controller,
            BiFunction<SimulatedController, By, Acknowledged> write,
            By by) {
        try {
            acknowledged.put(by.actor(), write.apply(controller, by));
            served++;
        } catch (RuntimeException e) {
            refused++; // the write is not permitted, or the database is away
        }
    }

    private void userAsks() {
        later(BETWEEN_REQUESTS, this::userAsks);
        var proxy = proxies.get(chance.nextInt(proxies.size()));
        var passed = proxy.pass(APPS.get(chance.nextInt(APPS.size())));
        if (passed == null) {
            return;
        }
        requireReady(passed);
        requireFairShare(proxy, passed);
        var asked = proxy.process();
        later(
                Duration.ofMillis(5 + chance.nextInt(chance.nextInt(20) == 0 ? 20_000 : 200)),
                () -> {
                    if (proxy.process() == asked) {
                        proxy.ended(passed);
                    }
                });
    }

    private void requireReady(ModelNginx.Passed request) {
        var endpoint = request.endpoint();
        var held = engine.at(endpoint.host());
        if (held != null && held.container().instanceId() == endpoint.instance()) {
            require(
                    held.container().state() != Container.State.RUNNING || engine.isServing(held),
                    "requests go only to what was ready",
                    held.container().name() + " gets a request before it has started");
        }
    }

    /** Checks the weights by which nginx chooses among the instances of an app. */
    private void requireFairShare(ModelNginx proxy, ModelNginx.Passed request) {
        var share = proxy.share(request);
        require(
                share <= 2,
                "no instance gets more than twice its fair share",
                "instance %d of %s gets %.1f times as much"
                        .formatted(request.endpoint().instance(), request.app(), share));
    }

    /** Returns whether the instance runs and has not answered all requests of the proxies. */
    private boolean hasRequests(long instance) {
        return proxies.stream().anyMatch(it -> it.process().isAlive() && it.inFlight(instance) > 0)
                && engine.containers().values().stream()
                        .map(ModelEngine.Held::container)
                        .anyMatch(it -> it.instanceId() == instance && it.alive());
    }

    /**
     * Checks the invariant that holds after each step. A frozen primary that continues after the
     * standby was promoted may elect a leader of its own, until Patroni ends it. {@link
     * #beforeRequest} requires that such a leader changes nothing.
     */
    private void requireOneLeader() {
        if (broken != null) {
            throw broken;
        }
        for (var i = 0; i < controllers.size(); i++) {
            if (leads(controllers.get(i))) {
                requireAlone(controllers.get(i), controllers.subList(i + 1, controllers.size()));
            }
        }
    }

    private void requireAlone(SimulatedController leader, List<SimulatedController> others) {
        for (var other : others) {
            if (leads(other) && timeline(leader) == timeline(other)) {
                throw new Violation(
                        "at most one controller leads in one history of the database",
                        "%s and %s lead in history %d"
                                .formatted(leader.name, other.name, timeline(leader)));
            }
        }
    }

    private static boolean leads(SimulatedController controller) {
        return controller.process.isAlive()
                && !controller.process.isFrozen()
                && controller.election.trusted();
    }

    private long timeline(SimulatedController controller) {
        return postgres.electoralTimeline(controller.process);
    }

    private void beforeRequest(SimulatedProcess controller) {
        if (postgres.electoralTimeline(controller) < postgres.timeline()) {
            broken =
                    new Violation(
                            "a leader of a former primary changes no container",
                            "%s leads in history %d, the present one is %d"
                                    .formatted(
                                            controller.name(),
                                            postgres.electoralTimeline(controller),
                                            postgres.timeline()));
        }
    }

    private void beforeCreation(Launch launch) {
        if (!postgres.isSafe(launch.instanceId())) {
            throw new Violation(
                    "nothing starts whose row the standby lacks", launch.name() + " starts");
        }
        for (var row : postgres.rows("instances")) {
            if (row.get("id").equals(launch.instanceId())) {
                var image = images().get(List.of(row.get("app_id"), row.get("template")));
                require(
                        image == null || image.equals(launch.image()),
                        "a container's image is that of its row's revision",
                        "%s starts with %s instead of %s"
                                .formatted(launch.name(), launch.image(), image));
            }
        }
    }

    private void beforeRemoval(Container container) {
        for (var proxy : proxies) {
            if (container.alive()
                    && proxy.process().isAlive()
                    && proxy.routes(container.instanceId())
                    && !(proxies.size() > 1 && proxy.excused())) {
                throw new Violation(
                        "no container ends while a proxy in rotation routes to it",
                        "%s is removed, and %s routes to it"
                                .formatted(container.name(), proxy.name()));
            }
        }
    }

    /** Checks the invariants that hold after each calm. */
    private void requireWholePlatform() {
        require(postgres.isWhole(), "the databases recover", "a database is away");
        requireAcknowledgedWrites();
        requireTermsInOrder();
        requireInstances();
        requireEqualViews();
    }

    private void requireAcknowledgedWrites() {
        var byActor = new HashMap<String, Integer>();
        for (var event : postgres.rows("events")) {
            byActor.merge((String) event.get("actor"), 1, Integer::sum);
        }
        acknowledged.forEach((actor, write) ->
                require(
                        !write.changed || byActor.containsKey(actor),
                        "an acknowledged write is in every later primary",
                        "the write of %s to %s is lost".formatted(actor, write.subject)));
        byActor.forEach((actor, count) ->
                require(
                        !actor.startsWith("operator-") || count == 1,
                        "a request with an idempotency key runs at most once",
                        "the request of %s ran %d times".formatted(actor, count)));
    }

    private void requireTermsInOrder() {
        var last = 0L;
        for (var event : postgres.rows("events")) {
            var epoch = (Long) event.get("epoch");
            require(
                    epoch == 0 || epoch >= last,
                    "one term's commits at a time",
                    "event %s of term %d follows term %d".formatted(event.get("seq"), epoch, last));
            require(
                    epoch > last || !event.get("type").equals("LeaderElected"),
                    "each term has a higher number",
                    "event %s begins term %d after term %d"
                            .formatted(event.get("seq"), epoch, last));
            last = Math.max(last, epoch);
        }
    }

    private void requireInstances() {
        var ready = new TreeSet<Long>();
        var containers = new TreeMap<Long, Container>();
        engine.containers().values().stream()
                .map(ModelEngine.Held::container)
                .filter(container -> !container.app().equals(TROUBLED))
                .forEach(container -> containers.put(container.instanceId(), container));
        var apps =
                postgres.rows("apps").stream()
                        .filter(app -> !app.get("name").equals(TROUBLED))
                        .toList();
        var ids = apps.stream().map(app -> app.get("id")).collect(Collectors.toSet());
        var rows =
                postgres.rows("instances").stream()
                        .filter(row -> ids.contains(row.get("app_id")))
                        .toList();
        for (var app : apps) {
            var wanted = app.get("intent").equals("RUN") ? (Integer) app.get("replicas") : 0;
            var paused = Boolean.TRUE.equals(app.get("rollout_paused"));
            var own = rows.stream().filter(row -> row.get("app_id").equals(app.get("id"))).toList();
            for (var row : own) {
                var container = containers.get((Long) row.get("id"));
                require(
                        container != null
                                && container.state() == Container.State.RUNNING
                                && row.get("state").equals("RUNNING"),
                        "everything desired is ready",
                        "%s-%s is %s, its container is %s"
                                .formatted(
                                        app.get("name"),
                                        row.get("index"),
                                        row.get("state"),
                                        container));
                if (row.get("health").equals("READY")) {
                    ready.add((Long) row.get("id"));
                }
            }
            require(
                    paused || own.size() == wanted,
                    "everything desired is ready",
                    "%s has %d of %d instances".formatted(app.get("name"), own.size(), wanted));
        }
        require(
                containers.size() == rows.size(),
                "nothing else is there",
                "%d containers for %d instances".formatted(containers.size(), rows.size()));
        require(
                ready.size() == rows.size(),
                "everything desired is ready",
                "%d of %d instances are ready".formatted(ready.size(), rows.size()));
        for (var id : ready) {
            for (var proxy : proxies) {
                require(
                        proxy.routes(id),
                        "what is ready gets requests",
                        "instance %d gets none of %s".formatted(id, proxy.name()));
            }
        }
        requireImages(rows);
    }

    /** A container's image is that of its row's template. */
    private void requireImages(List<CommittedRow> rows) {
        var images = images();
        var names = new HashMap<Object, Object>();
        postgres.rows("apps").forEach(app -> names.put(app.get("id"), app.get("name")));
        for (var row : rows) {
            var name =
                    Instance.name(
                            String.valueOf(names.get(row.get("app_id"))),
                            (Integer) row.get("index"));
            var held = engine.containers().get(name);
            var image = images.get(List.of(row.get("app_id"), row.get("template")));
            require(
                    held != null && held.container().image().equals(image),
                    "a container's image is that of its row's revision",
                    "%s runs %s instead of %s"
                            .formatted(name, held == null ? "" : held.container().image(), image));
        }
    }

    /** Returns the recorded images, by the app's id and the template. */
    private Map<List<Object>, Object> images() {
        var images = new HashMap<List<Object>, Object>();
        for (var row : postgres.rows("template_images")) {
            images.put(List.of(row.get("app_id"), row.get("template")), row.get("image"));
        }
        return images;
    }

    private void requireEqualViews() {
        String digest = null;
        for (var rest = ELECTED; rest.isPositive() && !sawAll(); rest = rest.minus(GLANCE)) {
            scheduler.run(GLANCE); // the app with trouble may just have caused an event
        }
        var last = newest();
        for (var controller : controllers) {
            var seen = controller.view.snapshot().orElse(null);
            require(
                    seen != null && Objects.equals(seen.seq(), last),
                    "views follow the events",
                    "%s has seen %s of %s"
                            .formatted(controller.name, seen == null ? "" : seen.seq(), last));
            var own = Objects.requireNonNull(seen).digest();
            require(
                    digest == null || digest.equals(own),
                    "views are equal at the same event",
                    controller.name + " has another view");
            digest = own;
        }
    }

    private boolean sawAll() {
        return controllers.stream()
                .allMatch(it ->
                        it.view.snapshot().filter(seen -> newest().equals(seen.seq())).isPresent());
    }

    private Object newest() {
        return postgres.rows("events").getLast().get("seq");
    }

    @Override
    public String toString() {
        return "%d steps, %d writes served, %d attempts refused, schedule of %d"
                .formatted(scheduler.steps(), served, refused, schedule.size());
    }
}
