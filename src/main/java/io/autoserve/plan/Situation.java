package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.State;
import io.autoserve.model.Node;
import io.autoserve.model.ReleaseStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the planner knows about one app at one moment.
 *
 * @param before the app as it was before the current rollout; null if there is none
 * @param node the node that the app's instances run on
 * @param slots all slots of the app, in the order of their indexes
 * @param containers the containers that the engine lists. The key is the id of the instance for
 *     which the container was created
 * @param instanceHealth results of the checks, by instance id. Instances without a result yet are
 *     absent
 * @param unreachable why instances should be replaced although they are ready, by their ids: one of
 *     several proxies cannot connect to them
 * @param comparison how the two revisions of a rollout answered requests in the last minute
 * @param rolloutSeen when the leader first saw the rollout at its present step; null without a
 *     rollout
 * @param busy indexes of slots on which an action is under way. The planner leaves them alone
 * @param starting the slots among {@code busy} on which a start is under way
 * @param tasks how many tasks of the app have not ended
 * @param release how far the release command of the app's template is; null if it has none
 */
public record Situation(
        App app,
        @Nullable App before,
        Node node,
        List<Instance> slots,
        Map<Long, Container> containers,
        Map<Long, InstanceHealth> instanceHealth,
        Map<Long, String> unreachable,
        Traffic traffic,
        CanaryComparison comparison,
        @Nullable Instant rolloutSeen,
        Set<Integer> busy,
        Set<Integer> starting,
        int tasks,
        @Nullable ReleaseStatus release,
        Instant now) {

    /** Returns how many instances may run now, which is none while their node is drained. */
    int wanted() {
        return node.drained() ? 0 : app.wanted();
    }

    /**
     * Returns the time from which the instance counts as available if it stays ready, or null while
     * it is not ready.
     */
    @Nullable Instant availableAt(Instance slot) {
        var readySince = slot.readySince();
        return slot.state() != State.RUNNING || readySince == null
                ? null
                : readySince.plus(app.spec().rollout().minReady());
    }

    boolean available(Instance slot) {
        var at = availableAt(slot);
        return at != null && !at.isAfter(now);
    }

    /** Returns whether the slot's present or last occupant is of the new revision. */
    boolean fresh(Instance slot) {
        return slot.upToDate(app) && !otherImage(slot);
    }

    /**
     * Returns whether the slot's container was created from another image than the one that is
     * recorded for its revision. This happens if a failover of the database lost the record, and a
     * later start recorded what the image's name meant by then.
     */
    boolean otherImage(Instance slot) {
        var container = containers.get(slot.id());
        var recorded =
                slot.template() == app.template()
                        ? app.image()
                        : before != null && slot.template() == before.template()
                                ? before.image()
                                : null;
        return container != null
                && recorded != null
                && !container.image().isEmpty()
                && !container.image().equals(recorded);
    }
}
