package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A spec that an app had or has. The last ten revisions and the last ten that served are kept, and
 * also older revisions that still serve or that the current rollout may roll back to.
 *
 * @param template the revision that the containers of this revision are created from; lower than
 *     {@code number} if this revision has the same template as an earlier one
 * @param image the image that these containers are created from, as in {@link App}; null until the
 *     first start
 * @param raw the spec as its author wrote it
 * @param served whether its rollout completed or, without a rollout, an instance became ready.
 *     False if this revision ended a rollout because it repeats an earlier one
 */
public record Revision(
        int number,
        int template,
        AppSpec spec,
        @Nullable String image,
        String raw,
        String actor,
        Instant createdAt,
        boolean served) {}
