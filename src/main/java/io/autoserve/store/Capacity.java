package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * Refuses changes after which all apps together could have more instances than nginx has room for.
 * The limit applies to the highest number of instances that the apps can have ({@link App#reach}),
 * not to the running instances, because the autoscaler and rollouts add instances without a request
 * of a user.
 *
 * <p>Two changes at the same moment can both be permitted and together exceed the limit. Then nginx
 * leaves out the newest instances and serves all others.
 */
final class Capacity {
    private final int limit;

    /**
     * @param limit maximum number of instances of all apps
     */
    Capacity(int limit) {
        this.limit = limit;
    }

    /**
     * Refuses a change that exceeds the limit. A change that does not raise the reach of the
     * changed app is always permitted. After the limit was lowered, operators can therefore still
     * change apps and scale them in.
     *
     * @param before the app before the change; null for a new app
     */
    void require(Transaction transaction, @Nullable App before, App after) {
        if (before != null && after.reach() <= before.reach()) {
            return;
        }
        var others =
                transaction
                        .run("select coalesce(sum(reach), 0) from apps where id <> $1", after.id())
                        .iterator()
                        .next()
                        .getLong(0);
        if (others + after.reach() > limit) {
            throw Refusal.conflict(
                    "app '%s' could have %d instances at once, and the other apps %d, but AUTOSERVE_MAX_INSTANCES permits %d for all apps: lower replicas, maxReplicas, maxSurge or the weights of the steps of this app or of another one"
                            .formatted(after.name(), after.reach(), others, limit));
        }
    }
}
