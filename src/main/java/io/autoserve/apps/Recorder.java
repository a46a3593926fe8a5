package io.autoserve.apps;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.FencedWrites;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Commits the planner's findings and each step of an action, for one term. */
class Recorder {
    private final Term term;
    private final FencedWrites fencedWrites;
    private final ContainerRuntime runtime;
    private final InstantSource clock;

    Recorder(Term term, FencedWrites fencedWrites, ContainerRuntime runtime, InstantSource clock) {
        this.term = term;
        this.fencedWrites = fencedWrites;
        this.runtime = runtime;
        this.clock = clock;
    }

    void record(Action.OnRecord action) {
        switch (action) {
            case Action.Adopt(var instance, var container, _) -> runs(instance, container);
            case Action.Fail fail -> failed(fail);
            case Action.Mark(var instance, var ready, var reason) -> mark(instance, ready, reason);
            case Action.Drain(var instance, var until, var reason) ->
                    move(
                            instance,
                            Event.Type.InstanceDraining,
                            State.RUNNING,
                            now -> now.draining(until, reason, clock.instant()));
            case Action.Vacate(var instance, var reason) ->
                    fencedWrites.vacate(term, instance, reason);
            case Action.Delete(var app, _) -> fencedWrites.delete(term, app);
            case Action.Advance(var app, var step, var reason) ->
                    roll(
                            app,
                            Event.Type.RolloutAdvanced,
                            reason,
                            (_, rollout) -> rollout.step(step, reason, clock.instant()));
            case Action.Pause(var app, var reason) ->
                    roll(
                            app,
                            Event.Type.RolloutPaused,
                            reason,
                            (_, rollout) -> rollout.paused(true, reason, clock.instant()));
            case Action.Complete(var app, var reason) ->
                    roll(app, Event.Type.RolloutCompleted, reason, (_, _) -> null);
            case Action.RollBack(var app, _, var reason) ->
                    fencedWrites.roll(
                            term,
                            app.id(),
                            Event.Type.RolloutRolledBack,
                            reason,
                            (now, before) ->
                                    now.revision() == app.revision()
                                            ? now.revised(
                                                    before.spec(),
                                                    now.replicas(),
                                                    before,
                                                    clock.instant())
                                            : null);
        }
    }

    /** Changes the rollout. Does nothing if the app has a newer revision by now. */
    private void roll(
            App app,
            Event.Type type,
            String reason,
            BiFunction<App, App.Rollout, App.@Nullable Rollout> step) {
        fencedWrites.roll(
                term,
                app.id(),
                type,
                reason,
                (now, _) -> {
                    var rollout = now.rollout();
                    return rollout == null || now.revision() != app.revision()
                            ? null
                            : now.rolling(step.apply(now, rollout), clock.instant());
                });
    }

    Optional<Instance> occupy(Action.Start start) {
        return fencedWrites.occupy(term, start.app(), start.index(), start.reason());
    }

    /**
     * Commits the claim of a start once more. Returns empty if the instance is not starting any
     * more.
     */
    Optional<Instance> claimAgain(Action.Resume resume) {
        return fencedWrites.move(
                term,
                resume.instance().id(),
                Event.Type.InstanceStarting,
                now -> now.state() == State.STARTING ? now.resumed(resume.reason()) : null);
    }

    void runs(Instance instance, Container container) {
        fencedWrites.move(
                term,
                instance.id(),
                Event.Type.InstanceStarted,
                now ->
                        switch (now.state()) {
                            case STARTING, RUNNING -> now.running(container, clock.instant());
                            case PENDING, DRAINING, STOPPING, FAILED -> null;
                        });
    }

    void failed(Action.Fail fail) {
        var reason = fail.reason() + lastWords(fail.instance());
        fencedWrites.move(
                term,
                fail.instance().id(),
                switch (fail.cause()) {
                    case CONTAINER -> Event.Type.InstanceFailed;
                    case HEALTH -> Event.Type.HealthFailed;
                },
                now ->
                        switch (now.state()) {
                            case STARTING, RUNNING ->
                                    now.failed(
                                            fail.failures(),
                                            fail.retryAt(),
                                            reason,
                                            clock.instant());
                            case PENDING, DRAINING, STOPPING, FAILED -> null;
                        });
    }

    private String lastWords(Instance instance) {
        if (instance.containerId() == null) {
            return "";
        }
        try {
            return ExitSummary.of(runtime.ending(instance.containerId()));
        } catch (EngineException unknown) {
            return "";
        }
    }

    private void mark(Instance instance, boolean ready, String reason) {
        move(
                instance,
                ready ? Event.Type.InstanceReady : Event.Type.HealthFailed,
                State.RUNNING,
                now -> now.checked(ready, reason, clock.instant()));
    }

    Optional<Instance> stopping(Instance instance, String reason) {
        return fencedWrites.move(
                term,
                instance.id(),
                Event.Type.InstanceStopping,
                now ->
                        switch (now.state()) {
                            case DRAINING, STOPPING -> now.stopping(reason, clock.instant());
                            case PENDING, STARTING, RUNNING, FAILED -> null;
                        });
    }

    void removed(Instance instance, String reason) {
        fencedWrites.vacate(term, instance, reason);
    }

    void cleared(Instance instance) {
        move(
                instance,
                Event.Type.InstancePending,
                State.FAILED,
                now -> now.pending(clock.instant()));
    }

    void note(Container container, String reason) {
        fencedWrites.note(
                term,
                container.app(),
                Event.Type.ContainerRemoved,
                "%s: %s".formatted(container.name(), reason));
    }

    void stillRouted(Instance instance) {
        fencedWrites.note(
                term,
                instance.app(),
                Event.Type.InstanceStillRouted,
                ("%s cannot be stopped: nginx has not confirmed that it stopped sending requests"
                                + " to the instance. Check nginx's container")
                        .formatted(instance.name()));
    }

    /**
     * Returns whether the last write is only on the primary, although there should be a standby.
     */
    boolean lacksStandby() {
        return fencedWrites.lacksStandby();
    }

    void standbyLost() {
        fencedWrites.note(
                term,
                null,
                Event.Type.StandbyLost,
                "the leader acts without a standby: if the primary fails now, what it records is lost");
    }

    void standbyReturned() {
        fencedWrites.note(
                term,
                null,
                Event.Type.StandbyReturned,
                "the standby has all changes of the leader again");
    }

    private void move(
            Instance instance, Event.Type type, State from, UnaryOperator<Instance> step) {
        fencedWrites.move(
                term, instance.id(), type, now -> now.state() == from ? step.apply(now) : null);
    }
}
