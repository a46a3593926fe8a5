package io.autoserve.model;

import java.time.Instant;

/**
 * A spec that an app had or has. The last ten revisions are kept, and also older revisions that
 * still serve or that the current rollout may roll back to.
 *
 * @param template the revision that the containers of this revision are created from; lower than
 *     {@code number} if this revision has the same template as an earlier one
 * @param raw the spec as its author wrote it
 */
public record Revision(
        int number, int template, AppSpec spec, String raw, String actor, Instant createdAt) {}
