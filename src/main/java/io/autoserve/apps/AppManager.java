package io.autoserve.apps;

import io.autoserve.cluster.Leadership;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Event;
import io.autoserve.model.Progress;
import io.autoserve.model.SteadyClock;
import io.autoserve.model.Term;
import io.autoserve.plan.DueTimes;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.StateReader;
import io.autoserve.store.TaskTable;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs one {@link Reconciler} for each term that this controller leads, and none in between. An
 * event that an operator or a container causes wakes the loop. The loop runs on its own thread, so
 * this verticle only begins, wakes and ends it.
 */
public final class AppManager extends VerticleBase implements Leadership, View.Listener {
    private static final long FRESH_NANOS = Duration.ofMillis(100).toNanos();

    private final StateReader stateReader;
    private final FencedWrites fencedWrites;
    private final TaskTable tasks;
    private final DueTimes dueTimes;
    private final ContainerRuntime runtime;
    private final Checks checks;
    private final Proxy proxy;
    private final Secrets secrets;
    private final SteadyClock clock;
    private final Executor threads;
    private final Function<Term, ContainerRuntime> hands;
    private final Supplier<Optional<String>> startsWait;
    private final LoopObserver observer;
    private final Time time;
    private final EngineTurns turns;

    private Runnable stopWatching = () -> {};
    private volatile @Nullable Running running;
    private volatile ProgressRead latest;

    /** The loop of the term in which this controller leads. */
    private record Running(Reconciler reconciler, ActionExecutor executor) {}

    /**
     * @param runtime used only for reads
     * @param threads runs tasks on virtual threads
     * @param hands returns the runtime for a term. That runtime changes nothing once the term is
     *     over
     * @param startsWait returns why no instance may start yet, or empty if instances may start
     */
    public AppManager(
            StateReader stateReader,
            FencedWrites fencedWrites,
            TaskTable tasks,
            DueTimes dueTimes,
            ContainerRuntime runtime,
            Checks checks,
            Proxy proxy,
            Secrets secrets,
            SteadyClock clock,
            Time time,
            RandomGenerator random,
            Executor threads,
            Function<Term, ContainerRuntime> hands,
            Supplier<Optional<String>> startsWait,
            LoopObserver observer) {
        this.stateReader = stateReader;
        this.fencedWrites = fencedWrites;
        this.tasks = tasks;
        this.dueTimes = dueTimes;
        this.runtime = runtime;
        this.checks = checks;
        this.proxy = proxy;
        this.secrets = secrets;
        this.clock = clock;
        this.threads = threads;
        this.hands = hands;
        this.startsWait = startsWait;
        this.observer = observer;
        this.time = time;
        this.latest = new ProgressRead(time.nanoTime() - FRESH_NANOS, List.of());
        this.turns = new EngineTurns(time, random, threads, this::begin);
    }

    @Override
    public Future<?> start() {
        stopWatching = runtime.watch(_ -> wake());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        stopWatching.run();
        end();
        return Future.succeededFuture();
    }

    /**
     * Wakes the loop for events that operators caused. The leader already knows the events that it
     * caused itself.
     */
    @Override
    public void happened(Event event, Snapshot after) {
        if (event.epoch() == 0) {
            wake();
        }
    }

    @Override
    public void reloaded(Snapshot now) {
        wake();
    }

    @Override
    public void elected(Term term) {
        var recorder = new Recorder(term, fencedWrites, runtime, clock);
        var taskRecorder = new TaskRecorder(term, tasks, runtime, clock);
        var performing =
                new ActionExecutor(
                        term,
                        recorder,
                        taskRecorder,
                        new Launches(secrets),
                        hands.apply(term),
                        turns,
                        startsWait,
                        clock,
                        time,
                        threads,
                        this::wake,
                        observer,
                        ActionExecutor.AFTER_FAILURE);
        var next =
                new Reconciler(
                        term,
                        stateReader,
                        runtime,
                        checks,
                        proxy,
                        recorder,
                        taskRecorder,
                        dueTimes,
                        performing,
                        clock,
                        time,
                        observer);
        running = new Running(next, performing);
        next.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        end();
        checks.watch(Map.of());
    }

    private void end() {
        var last = running;
        running = null;
        if (last != null) {
            last.reconciler.end();
        }
    }

    private void begin() {
        var now = running;
        if (now != null) {
            now.executor.begin();
        }
    }

    /**
     * Returns why each waiting slot waits. The list is empty while this controller does not lead.
     * It may be up to 100 ms old, because it is cached: every read of the API needs it. May be
     * called from any thread.
     */
    public List<Progress> progress() {
        var now = time.nanoTime();
        var seen = latest;
        if (now - seen.at >= FRESH_NANOS) {
            var leading = running;
            seen =
                    new ProgressRead(
                            now, leading == null ? List.of() : leading.reconciler.progress());
            latest = seen;
        }
        return seen.progress;
    }

    private record ProgressRead(long at, List<Progress> progress) {}

    /**
     * Wakes the loop because something may have changed. Does nothing while this controller does
     * not lead. May be called from any thread.
     */
    public void wake() {
        var now = running;
        if (now != null) {
            now.reconciler.wake();
        }
    }
}
