package io.autoserve.apps;

import static java.util.stream.Collectors.toSet;

import io.autoserve.apps.EngineTurns.Lane;
import io.autoserve.apps.EngineTurns.Turn;
import io.autoserve.apps.RevisionImages.Preparation;
import io.autoserve.model.App;
import io.autoserve.model.AppTask;
import io.autoserve.model.Container;
import io.autoserve.model.Deposed;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Instance;
import io.autoserve.model.Launch;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.model.Task;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.Planner;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.DiskFull;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.ImageMissing;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import io.autoserve.runtime.ContainerRuntime.OutcomeUnknown;
import io.autoserve.store.DatabaseAway;
import io.autoserve.time.Time;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Carries out the planned actions of one term on the engine. Several actions run side by side, as
 * many as {@link EngineTurns} permits, but never two on the same slot. Before an action calls the
 * engine, a committed row permits the call. A removal without a row of its own only waits until the
 * standby has what the leader has read. Afterwards the outcome is written. The runtime changes
 * nothing once the term is over.
 */
final class ActionExecutor {
    private static final Logger LOG = LoggerFactory.getLogger(ActionExecutor.class);

    /** How long a slot rests after a failed action, in production. */
    static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    /**
     * Time that the engine itself needs to signal a container, or to clean up a container that has
     * ended.
     */
    private static final Duration ENGINES_PART_OF_A_STOP = Duration.ofSeconds(1);

    private final Term term;
    private final Recorder recorder;
    private final TaskRecorder tasks;
    private final Launches launches;
    private final RevisionImages images;
    private final ContainerRuntime runtime;
    private final EngineTurns turns;
    private final Supplier<Optional<String>> startsWait;
    private final InstantSource clock;
    private final Time time;
    private final Executor threads;
    private final Runnable onDone;
    private final LoopObserver observer;
    private final Duration afterFailure;

    private final ActionQueue queue = new ActionQueue();
    private final Map<String, Hand> busy = new LinkedHashMap<>();
    private final Set<String> begunSinceLook = new HashSet<>();
    private final Set<String> startsSinceLook = new HashSet<>();

    /**
     * The proofs of registries for starts that have not ended, by the id of the instance or task.
     */
    private final Map<Long, Proof> proofs = new ConcurrentHashMap<>();

    /** Ids of the instances and tasks that this term is starting. */
    private final Set<Long> claims = ConcurrentHashMap.newKeySet();

    /** Why the engine could not start anything at the last attempt; null if it could. */
    private volatile @Nullable String obstacle;

    private boolean over;

    /**
     * An image that was pulled, or to which access was proven, for one start.
     *
     * @param image name of the image as the launch has it
     */
    private record Proof(String image, ImageAccess access) {}

    /** One action under way. */
    private static final class Hand {
        final Action.OnEngine action;
        final Turn turn;
        private volatile @Nullable String waitsFor;

        Hand(Action.OnEngine action, Turn turn) {
            this.action = action;
            this.turn = turn;
        }

        /** Returns what the slot waits for; null if nothing delays the action. */
        @Nullable String progress() {
            return turn.isLate()
                    ? "Docker has not finished for %d s".formatted(turn.age().toSeconds())
                    : waitsFor;
        }
    }

    /**
     * @param runtime the container runtime, which changes nothing once this term is over
     * @param startsWait returns why no instance may start yet, or empty if instances may start
     * @param threads runs tasks on virtual threads
     * @param onDone called after each action, whether it succeeded or failed
     * @param afterFailure how long a slot rests after a failed action
     */
    ActionExecutor(
            Term term,
            Recorder recorder,
            TaskRecorder tasks,
            Launches launches,
            ContainerRuntime runtime,
            EngineTurns turns,
            Supplier<Optional<String>> startsWait,
            InstantSource clock,
            Time time,
            Executor threads,
            Runnable onDone,
            LoopObserver observer,
            Duration afterFailure) {
        this.term = term;
        this.recorder = recorder;
        this.tasks = tasks;
        this.launches = launches;
        this.images = new RevisionImages(runtime, recorder);
        this.runtime = runtime;
        this.turns = turns;
        this.startsWait = startsWait;
        this.clock = clock;
        this.time = time;
        this.threads = threads;
        this.onDone = onDone;
        this.observer = observer;
        this.afterFailure = afterFailure;
    }

    /**
     * Returns the names of the slots on which an action is under way. A pass calls this before it
     * reads anything.
     */
    synchronized Set<String> busy() {
        begunSinceLook.clear();
        startsSinceLook.clear();
        busy.values().stream().map(hand -> hand.action).forEach(this::countIfStart);
        return Set.copyOf(busy.keySet());
    }

    /**
     * Returns the names of the slots on which an action began since the last call of {@link #busy}.
     */
    synchronized Set<String> begunSinceLook() {
        return Set.copyOf(begunSinceLook);
    }

    /**
     * Returns the names of the slots on which a start was under way at the last call of {@link
     * #busy}, or began since.
     */
    synchronized Set<String> startsSinceLook() {
        return Set.copyOf(startsSinceLook);
    }

    private void countIfStart(Action.OnEngine action) {
        if (action instanceof Action.Start) {
            startsSinceLook.add(ActionQueue.slot(action));
        }
    }

    /** Returns the indexes of one app's slots among these names. */
    static Set<Integer> indexes(Set<String> names, String app) {
        return names.stream()
                .filter(name -> name.startsWith(app + "-"))
                .map(name -> name.substring(app.length() + 1))
                .filter(index -> index.matches("[0-9]{1,9}")) // shop-eu-0 is no slot of shop
                .map(Integer::valueOf)
                .collect(toSet());
    }

    /**
     * Replaces the queue with the planned actions, and drops queued actions that are not planned
     * again. Skips each slot on which an action has begun since the pass read the state. The next
     * pass plans such a slot again.
     */
    void submit(List<? extends Action.OnEngine> planned) {
        synchronized (this) {
            if (over) {
                return;
            }
            var untouchable = new HashSet<>(busy.keySet());
            untouchable.addAll(begunSinceLook);
            queue.replace(planned, untouchable);
            forgetStarts(planned);
        }
        begin();
    }

    /** Drops the data that is kept for retries of a start, unless the plan resumes that start. */
    private void forgetStarts(List<? extends Action.OnEngine> planned) {
        if (busy.isEmpty()) {
            var resumed = planned.stream().flatMap(ActionExecutor::resumed).collect(toSet());
            proofs.keySet().retainAll(resumed);
            claims.retainAll(resumed);
        }
    }

    /** Returns the id of the instance or task whose start the action continues. */
    private static Stream<Long> resumed(Action.OnEngine action) {
        return switch (action) {
            case Action.Resume resume -> Stream.of(resume.instance().id());
            case Action.RunTask run -> Stream.of(run.of().task().id());
            case Action.Start _, Action.Removal _, Action.HaltTask _ -> Stream.empty();
        };
    }

    /** Begins every action that gets a turn now. May be called from any thread. */
    void begin() {
        Hand next;
        while ((next = next()) != null) {
            var hand = next;
            threads.execute(() -> run(hand));
        }
    }

    /** Empties the queue and begins no more actions. */
    synchronized void end() {
        over = true;
        queue.clear();
        tellOfQueue();
    }

    private synchronized @Nullable Hand next() {
        if (over) {
            return null;
        }
        for (var lane : open()) {
            for (var action : queue.inOrder(lane, turns.inHand(lane))) {
                var turn = turns.take(lane, ActionQueue.app(action));
                if (turn.isPresent()) {
                    return begun(new Hand(action, turn.get()));
                }
            }
        }
        tellOfQueue();
        return null;
    }

    /** Returns the lanes whose actions may begin now. */
    private List<Lane> open() {
        return startsWait.get().isPresent() ? List.of(Lane.REMOVALS) : List.of(Lane.values());
    }

    private Hand begun(Hand hand) {
        queue.remove(hand.action);
        busy.put(ActionQueue.slot(hand.action), hand);
        begunSinceLook.add(ActionQueue.slot(hand.action));
        countIfStart(hand.action);
        return hand;
    }

    private void tellOfQueue() {
        observer.queue(queue.size(Lane.STARTS), queue.size(Lane.REMOVALS), turns.limit());
    }

    /**
     * Returns why each waiting slot waits. Of the queued starts of an app, includes only the first
     * one. All queued starts have the same reason if none of them may begin, or if the engine's
     * disk is full.
     */
    synchronized List<Progress> progress() {
        var all = new ArrayList<Progress>();
        for (var hand : busy.values()) {
            var text = hand.progress();
            if (text != null) {
                progress(hand.action, text).ifPresent(all::add);
            }
        }
        var told = new HashSet<String>();
        var inHand = turns.inHand(Lane.STARTS);
        var ahead = inHand.values().stream().mapToInt(Integer::intValue).sum();
        for (var action : queue.inOrder(Lane.STARTS, inHand)) {
            if (told.add(ActionQueue.app(action))) {
                progress(action, reason(ahead)).ifPresent(all::add);
            }
            ahead++;
        }
        return all;
    }

    private String reason(int ahead) {
        var full = obstacle;
        return startsWait
                .get()
                .orElse(full == null ? "waiting for the engine (%d ahead)".formatted(ahead) : full);
    }

    /** Returns empty for an action of a task, because only slots have a progress. */
    private static Optional<Progress> progress(Action.OnEngine action, String text) {
        var index = ActionQueue.index(action);
        return index.isEmpty()
                ? Optional.empty()
                : Optional.of(new Progress(ActionQueue.app(action), index.getAsInt(), text));
    }

    private void run(Hand hand) {
        var done = false;
        var span = observer.began(hand.action);
        try {
            MDC.put("term", Long.toString(term.epoch()));
            MDC.put("app", ActionQueue.app(hand.action));
            done = performed(hand);
        } finally {
            release(hand);
            span.ended(done);
            onDone.run();
        }
    }

    private void release(Hand hand) {
        synchronized (this) {
            busy.remove(ActionQueue.slot(hand.action));
        }
        hand.turn.end();
    }

    /**
     * @return whether the engine completed the action and no error occurred
     */
    private boolean performed(Hand hand) {
        var slot = ActionQueue.slot(hand.action);
        try {
            return perform(hand);
        } catch (Deposed | NotPermitted over) {
            LOG.info("action skipped, {}: {}", over.getMessage(), hand.action);
        } catch (OutcomeUnknown unknown) {
            LOG.warn("{}: {}; the next pass checks the outcome", slot, unknown.getMessage());
            hand.turn.unanswered();
            calmDown();
        } catch (DiskFull full) {
            LOG.warn("{} waits: {}", slot, full.getMessage());
            hand.waitsFor = full.getMessage();
            obstacle = full.getMessage();
            hand.turn.unanswered(); // all actions pause, and longer each time
            calmDown();
        } catch (RuntimeException | Error failure) {
            LOG.warn("{} failed and will be retried", slot, failure);
            calmDown();
        }
        return false;
    }

    /**
     * Starts a timer. If the engine has not answered when it ends, the answer counts as late.
     * Called right before each call of the engine.
     *
     * @param besides extra time, because the action also waits for something other than the engine,
     *     such as the end of a program
     */
    private void engineBegins(Hand hand, Duration besides) {
        afterwards(besides.plus(turns.lateAfter()), hand.turn::late);
    }

    private void afterwards(Duration delay, Runnable work) {
        time.after(delay, threads, work);
    }

    /**
     * Keeps the slot busy for a while after a failure. Otherwise the same action would fail many
     * times a second.
     */
    private void calmDown() {
        try {
            time.pause(afterFailure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * @return whether the engine completed the action
     */
    private boolean perform(Hand hand) {
        return switch (hand.action) {
            case Action.Start start ->
                    recorder.claim(start)
                            .map(instance -> {
                                claims.add(instance.id());
                                return launched(start.app(), instance, hand);
                            })
                            .orElse(true);
            case Action.Resume resume ->
                    claimed(resume)
                            .map(instance -> launched(resume.app(), instance, hand))
                            .orElse(true);
            case Action.Stop stop -> {
                if (recorder.claim(stop).isPresent()) {
                    stop(stop.container(), stop.app().spec().stopGrace(), hand);
                    recorder.removed(stop);
                }
                yield true;
            }
            case Action.Clear clear -> {
                recorder.confirm();
                stop(clear.container(), clear.grace(), hand);
                recorder.removed(clear);
                yield true;
            }
            case Action.Remove remove -> {
                recorder.confirm();
                engineBegins(hand, Duration.ZERO);
                runtime.remove(remove.container().id());
                hand.turn.answered();
                recorder.removed(remove);
                yield true;
            }
            case Action.RunTask run ->
                    claimed(run)
                            .map(task -> ran(new AppTask(run.of().app(), task), run, hand))
                            .orElse(true);
            case Action.HaltTask halt -> {
                if (tasks.claim(halt).isPresent()) {
                    engineBegins(hand, halt.grace());
                    waitsForProgram(halt.grace(), hand);
                    runtime.halt(halt.container().id(), halt.grace());
                    hand.turn.answered();
                }
                yield true;
            }
        };
    }

    /**
     * Claims the start again, unless this term has already claimed it. The standby may lack the
     * claim of an earlier leader. After a failover to that standby, the container would have no
     * row.
     *
     * @return the instance to start; empty if its row no longer permits the start
     */
    private Optional<Instance> claimed(Action.Resume resume) {
        if (claims.contains(resume.instance().id())) {
            return Optional.of(resume.instance());
        }
        var claimed = recorder.claim(resume);
        claimed.ifPresent(instance -> claims.add(instance.id()));
        return claimed;
    }

    /**
     * Claims the start of a task, unless this term has already claimed it. A task that is recorded
     * as running needs no claim, because only its container's start is repeated.
     */
    private Optional<Task> claimed(Action.RunTask run) {
        var task = run.of().task();
        var resumes = task.state() == Task.TaskState.STARTING && claims.contains(task.id());
        if (resumes || task.state() == Task.TaskState.RUNNING) {
            return Optional.of(task);
        }
        var claimed = tasks.claim(run);
        claimed.ifPresent(it -> claims.add(it.id()));
        return claimed;
    }

    /**
     * Creates and starts the container of a task. If the engine or the spec does not permit the
     * start, the attempt has failed. After any other error, the row stays unchanged until a later
     * pass.
     */
    private boolean ran(AppTask of, Action.RunTask run, Hand hand) {
        try {
            var container =
                    of.task().state() == Task.TaskState.RUNNING
                            ? Optional.ofNullable(run.container())
                            : started(of.app(), launches.of(of, term), hand, runtime::create);
            container.ifPresent(it -> begin(of.task(), it, hand));
            return true;
        } catch (OutcomeUnknown | DiskFull notItsFault) {
            throw notItsFault;
        } catch (EngineException | Refusal failure) {
            hand.turn.answered();
            obstacle = null; // the engine has refused this start for another reason
            forget(of.task().id());
            tasks.failed(of.task(), message(failure));
            return false;
        }
    }

    /**
     * Starts a container that was never started. The record comes first, so that no later leader
     * creates another container or starts this one again.
     */
    private void begin(Task task, Container container, Hand hand) {
        var recorded = tasks.begins(task, container);
        forget(task.id());
        if (recorded.isPresent() && container.state() == Container.State.CREATED) {
            engineBegins(hand, Duration.ZERO);
            var begun = runtime.begin(container.id());
            if (!begun) {
                tasks.recreates(task);
                runtime.remove(container.id());
            }
            hand.turn.answered();
            if (!begun) {
                calmDown(); // the next address is taken too if the network is full
            }
        }
    }

    /**
     * Starts the instance and records the outcome. An error that the instance did not cause is
     * thrown, and the instance's row stays unchanged until a later pass.
     */
    private boolean launched(App app, Instance instance, Hand hand) {
        Optional<Container> started;
        try {
            started = started(app, launches.of(app, instance, term), hand, runtime::start);
        } catch (Deposed | DatabaseAway | NotPermitted | OutcomeUnknown | DiskFull notItsFault) {
            throw notItsFault;
        } catch (RuntimeException failure) {
            if (failure instanceof EngineException) {
                hand.turn.answered();
                obstacle = null; // the engine has refused this start for another reason
            }
            forget(instance.id());
            recorder.record(
                    Planner.failure(
                            app,
                            instance,
                            Action.Fail.Cause.CONTAINER,
                            message(failure),
                            clock.instant()));
            return false;
        }
        started.ifPresent(container -> {
            forget(instance.id());
            recorder.runs(instance, container);
        });
        return true;
    }

    /** Drops what was kept for later attempts of a start that has ended. */
    private void forget(long id) {
        proofs.remove(id);
        claims.remove(id);
    }

    /**
     * Returns the container. Returns empty if the registry had to be asked first, because the rest
     * of the start then needs a new turn, which the next pass plans.
     *
     * @param engine starts or only creates the container
     */
    private Optional<Container> started(
            App app, Launch launch, Hand hand, Function<Launch, Container> engine) {
        return switch (images.next(app, launch, access(launch))) {
            case Preparation.Create(var recorded) ->
                    created(app, recorded, isPulled(launch) || isPulled(recorded), hand, engine);
            case Preparation.Pull(var wanted) -> askAndPull(wanted, hand);
            case Preparation.Prove(var wanted, var image) -> prove(wanted, image, hand);
        };
    }

    private boolean isPulled(Launch launch) {
        return access(launch).isProven();
    }

    private ImageAccess access(Launch launch) {
        var proof = proofs.get(launch.instanceId());
        return proof != null && proof.image().equals(launch.image())
                ? proof.access()
                : ImageAccess.UNPROVEN;
    }

    /**
     * @param isPulled whether the image was pulled for this start
     */
    private Optional<Container> created(
            App app,
            Launch launch,
            boolean isPulled,
            Hand hand,
            Function<Launch, Container> engine) {
        var measures = !launch.task() && (hand.action instanceof Action.Start || isPulled);
        var begin = time.nanoTime();
        try {
            engineBegins(hand, Duration.ZERO);
            var container = engine.apply(launch);
            obstacle = null;
            if (measures) {
                hand.turn.started(Duration.ofNanos(time.nanoTime() - begin));
            } else {
                hand.turn.answered(); // not measured, because the container may exist already
            }
            return Optional.of(container);
        } catch (ImageMissing _) {
            return pullAgain(app, RevisionImages.missing(app, launch, isPulled).launch(), hand);
        }
    }

    /**
     * Pulls the recorded image of a revision, which the engine has lost. Asks nothing about its
     * access, which was proven before the image was recorded.
     */
    private Optional<Container> pullAgain(App app, Launch recorded, Hand hand) {
        try {
            leaveTurn("pulling image '%s'".formatted(recorded.image()), hand);
            var access = recorded.registryAuth() == null ? ImageAccess.PUBLIC : ImageAccess.PRIVATE;
            return pull(recorded, access, hand);
        } catch (OutcomeUnknown | DiskFull unrelated) {
            throw unrelated;
        } catch (EngineException refused) {
            throw new EngineException(
                    "the image of revision %d is gone from this machine: %s. To run the image that %s refers to now, run 'autoserve apply' again"
                            .formatted(
                                    recorded.revision(), refused.getMessage(), app.spec().image()),
                    refused);
        }
    }

    /**
     * Pulls the image. Asks about its access before the pull, so that a private image is recorded
     * soon after the engine has it.
     */
    private Optional<Container> askAndPull(Launch launch, Hand hand) {
        leaveTurn("pulling image '%s'".formatted(launch.image()), hand);
        return pull(launch, granted(launch.image(), launch), hand);
    }

    private Optional<Container> pull(Launch launch, ImageAccess access, Hand hand) {
        runtime.pull(launch, text -> hand.waitsFor = text);
        proofs.put(launch.instanceId(), new Proof(launch.image(), access));
        return Optional.empty();
    }

    /** Asks the registry for access to an image that the engine already has. */
    private Optional<Container> prove(Launch launch, Image image, Hand hand) {
        leaveTurn("asking the registry for access to image '%s'".formatted(launch.image()), hand);
        var name = Image.hasDigest(image.name()) ? image.name() : launch.image();
        runtime.offered(name, launch.registryAuth());
        proofs.put(launch.instanceId(), new Proof(launch.image(), granted(name, launch)));
        return Optional.empty();
    }

    /** Gives the turn back, because the registry decides how long the rest takes. */
    private static void leaveTurn(String sentence, Hand hand) {
        hand.waitsFor = sentence;
        hand.turn.answered();
        hand.turn.end();
    }

    /**
     * Returns the access that is proven once the registry accepts the credentials of the launch.
     * Asks the registry whether it gives the image to everybody too.
     */
    private ImageAccess granted(String name, Launch launch) {
        if (launch.registryAuth() == null) {
            return ImageAccess.PUBLIC;
        }
        try {
            runtime.offered(name, null);
            return ImageAccess.PUBLIC;
        } catch (OutcomeUnknown unknown) {
            throw unknown;
        } catch (EngineException _) {
            return ImageAccess.PRIVATE;
        }
    }

    private void stop(@Nullable Container container, Duration grace, Hand hand) {
        if (container == null) {
            return;
        }
        engineBegins(hand, grace);
        if (grace.isZero()) {
            runtime.remove(container.id());
        } else {
            waitsForProgram(grace, hand);
            runtime.stop(container.id(), grace);
        }
        hand.turn.answered();
    }

    private void waitsForProgram(Duration grace, Hand hand) {
        afterwards(ENGINES_PART_OF_A_STOP, () -> hand.turn.waitsForApp(true));
        afterwards(grace.plus(ENGINES_PART_OF_A_STOP), () -> hand.turn.waitsForApp(false));
    }

    private static String message(RuntimeException failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }
}
