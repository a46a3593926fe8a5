package io.autoserve.apps;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.Planner;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import io.autoserve.store.Deposed;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Has the engine do what was planned, several things side by side, one at a time per slot, for one
 * term. Each deed is claimed before it is done and its outcome written after; the runtime does
 * nothing of it once the term is over.
 */
final class Crew {
    private static final Logger LOG = LoggerFactory.getLogger(Crew.class);

    /** More at once only make the engine slower. */
    private static final int AT_ONCE = 24;

    /** An app whose starts hang on a slow registry leaves the others room. */
    private static final int AT_ONCE_PER_APP = 12;

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    private final Term term;
    private final Clerk clerk;
    private final Launches launches;
    private final ContainerRuntime runtime;
    private final InstantSource clock;
    private final Executor threads;
    private final Runnable onDone;
    private final Witness witness;

    private final Set<String> busy = ConcurrentHashMap.newKeySet();
    private final Semaphore hands = new Semaphore(AT_ONCE);
    private final Map<String, Semaphore> handsOfApp = new ConcurrentHashMap<>();

    /**
     * @param runtime of this term
     * @param threads virtual ones
     * @param onDone called after each deed, whatever came of it
     */
    Crew(
            Term term,
            Clerk clerk,
            Launches launches,
            ContainerRuntime runtime,
            InstantSource clock,
            Executor threads,
            Runnable onDone,
            Witness witness) {
        this.term = term;
        this.clerk = clerk;
        this.launches = launches;
        this.runtime = runtime;
        this.clock = clock;
        this.threads = threads;
        this.onDone = onDone;
        this.witness = witness;
    }

    /** Names of the slots on which something is under way. */
    Set<String> busy() {
        return Set.copyOf(busy);
    }

    /** Of one app. */
    static Set<Integer> indexes(Set<String> busy, String app) {
        return busy.stream()
                .filter(name -> name.startsWith(app + "-"))
                .map(name -> name.substring(app.length() + 1))
                .filter(index -> index.chars().allMatch(Character::isDigit))
                .map(Integer::valueOf)
                .collect(Collectors.toSet());
    }

    void take(Action.OnEngine action) {
        var slot = slot(action);
        if (!busy.add(slot)) {
            return;
        }
        var deed = witness.queued(action);
        threads.execute(() -> {
            MDC.put("term", Long.toString(term.epoch()));
            MDC.put("app", app(action));
            try {
                doInTurn(action, deed);
            } finally {
                busy.remove(slot);
                onDone.run();
            }
        });
    }

    private void doInTurn(Action.OnEngine action, Witness.Deed deed) {
        var ofApp = handsOfApp.computeIfAbsent(app(action), _ -> new Semaphore(AT_ONCE_PER_APP));
        ofApp.acquireUninterruptibly();
        hands.acquireUninterruptibly();
        var done = false;
        deed.begun();
        try {
            done = perform(action);
        } catch (Deposed | NotPermitted over) {
            LOG.info("not done, {}: {}", over.getMessage(), action);
        } catch (RuntimeException failure) {
            LOG.warn("{} failed and is looked at again soon: {}", slot(action), failure.toString());
            calmDown();
        } finally {
            deed.ended(done);
            hands.release();
            ofApp.release();
        }
    }

    /** Meanwhile the slot is busy, or the same would fail many times a second. */
    private static void calmDown() {
        try {
            Thread.sleep(AFTER_FAILURE);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * @return whether the engine did it
     */
    private boolean perform(Action.OnEngine action) {
        return switch (action) {
            case Action.Start start ->
                    clerk.occupy(start)
                            .map(instance -> launched(start.app(), instance))
                            .orElse(true);
            case Action.Resume(var app, var instance, _) -> launched(app, instance);
            case Action.Stop(var app, var instance, var container, var reason) -> {
                clerk.stopping(instance, reason)
                        .ifPresent(_ -> {
                            end(container, app.spec().stopGrace());
                            clerk.removed(instance, reason);
                        });
                yield true;
            }
            case Action.Clear(_, var instance, var container, var grace, _) -> {
                end(container, grace);
                clerk.cleared(instance);
                yield true;
            }
            case Action.Remove(var container, var reason) -> {
                runtime.remove(container.id());
                clerk.note(container, reason);
                yield true;
            }
        };
    }

    private boolean launched(App app, Instance instance) {
        Container container;
        try {
            container = runtime.start(launches.of(app, instance, term));
        } catch (NotPermitted over) {
            throw over; // no fault of the instance
        } catch (RuntimeException failure) {
            clerk.failed(Planner.failure(app, instance, message(failure), clock.instant()));
            return false;
        }
        clerk.runs(instance, container);
        return true;
    }

    private void end(@Nullable Container container, Duration grace) {
        if (container == null) {
            return;
        }
        if (grace.isZero()) {
            runtime.remove(container.id());
        } else {
            runtime.stop(container.id(), grace);
        }
    }

    private static String message(RuntimeException failure) {
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private static String slot(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(var app, var index, _) -> Instance.name(app.name(), index);
            case Action.Resume(_, var instance, _) -> instance.name();
            case Action.Stop(_, var instance, _, _) -> instance.name();
            case Action.Clear(_, var instance, _, _, _) -> instance.name();
            case Action.Remove(var container, _) -> container.name();
        };
    }

    private static String app(Action.OnEngine action) {
        return switch (action) {
            case Action.Start(var app, _, _) -> app.name();
            case Action.Resume(var app, _, _) -> app.name();
            case Action.Stop(var app, _, _, _) -> app.name();
            case Action.Clear(var app, _, _, _, _) -> app.name();
            case Action.Remove(var container, _) -> container.app();
        };
    }
}
