package io.autoserve.apps;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Event;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.plan.Action;
import io.autoserve.plan.Effect;
import io.autoserve.plan.Replay;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.Ending;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.FencedWrites;
import java.time.InstantSource;
import java.util.Optional;

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
        var whole = action instanceof Action.Fail fail ? withOutput(fail) : action;
        try {
            commit(Replay.of(whole, clock.instant()));
        } catch (Refusal refusal) {
            if (!(whole instanceof Action.RollBack rollBack)) {
                throw refusal;
            }
            commit(Replay.of(rollBack.refused(refusal), clock.instant()));
        }
    }

    /**
     * Commits the claim that permits the action to call Docker.
     *
     * @return the instance that Docker may now start or stop; empty if the instance's row no longer
     *     permits the action
     */
    Optional<Instance> claim(Action.OnEngine action) {
        return Replay.claim(action, clock.instant()).flatMap(this::commit);
    }

    /**
     * Waits until the standby has everything that this leader has read. An action that removes a
     * container without a claim needs this: a leader that was elected by a former primary knows
     * nothing about the containers that the present leader has started, and no standby follows that
     * primary.
     */
    void confirm() {
        fencedWrites.confirm(term);
    }

    /**
     * Records the image of the app's template, unless one is recorded already.
     *
     * @param access what the registry confirmed to the app just now
     * @return the name of the recorded image; empty if the app must first prove its access
     */
    Optional<String> resolved(App app, Image image, ImageAccess access) {
        return fencedWrites.resolve(term, app, image, access);
    }

    void runs(Instance instance, Container container) {
        commit(Replay.runs(instance, container, clock.instant()));
    }

    void removed(Action.Removal action) {
        commit(Replay.removed(action, clock.instant()));
    }

    /**
     * @return the changed row of an instance, if one changed
     */
    private Optional<Instance> commit(Effect effect) {
        switch (effect) {
            case Effect.Occupy(var app, var index, var reason) -> {
                return fencedWrites.occupy(term, app, index, reason);
            }
            case Effect.Move move -> {
                return fencedWrites.move(term, move.id(), move.type(), move::of);
            }
            case Effect.Vacate(var instance, var reason) ->
                    fencedWrites.vacate(term, instance, reason);
            case Effect.Roll roll ->
                    fencedWrites.roll(term, roll.app().id(), roll.type(), roll.reason(), roll::of);
            case Effect.Delete(var app) -> fencedWrites.delete(term, app);
            case Effect.Note(var app, var type, var reason) ->
                    fencedWrites.note(term, app, type, reason);
        }
        return Optional.empty();
    }

    /**
     * Returns the failure with the last lines that the instance wrote, and keeps its log, because
     * the container is removed soon.
     */
    private Action.Fail withOutput(Action.Fail fail) {
        var container = fail.instance().containerId();
        if (container == null) {
            return fail;
        }
        Ending ending;
        try {
            ending = runtime.ending(container);
        } catch (EngineException unknown) {
            return fail;
        }
        fencedWrites.keepLog(term, fail.instance(), ending.output());
        return fail.saying(ExitSummary.of(ending));
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
                "the leader acts without a standby: if the primary fails now, the leader's changes are lost");
    }

    void standbyReturned() {
        fencedWrites.note(
                term,
                null,
                Event.Type.StandbyReturned,
                "the standby has all changes of the leader again");
    }
}
