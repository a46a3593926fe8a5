package io.autoserve.model;

import java.time.Instant;

/**
 * What a user registered and what they want of it now.
 *
 * @param id never used twice, unlike the name: what is known of a deleted app does not pass to its
 *     namesake
 * @param revision number of {@code spec}, from 1
 * @param template the newest revision that changed what containers are made of; older instances are
 *     replaced, while a change of scaling, routing or checks alone replaces nothing
 * @param intent whether it should run at all
 * @param replicas instances wanted while it runs
 * @param restart raised by each restart; an instance with a lower number is replaced as one of an
 *     old revision is
 */
public record App(
        long id,
        String name,
        int revision,
        int template,
        AppSpec spec,
        Intent intent,
        int replicas,
        int restart,
        Instant createdAt,
        Instant updatedAt) {

    public static final int MAX_REPLICAS = 1000;

    public App {
        Require.that(
                replicas >= 0 && replicas <= MAX_REPLICAS,
                "replicas must be 0 to %d, was %d",
                MAX_REPLICAS,
                replicas);
        Require.that(
                1 <= template && template <= revision,
                "template must be 1 to %d, was %d",
                revision,
                template);
    }

    public enum Intent {
        RUN,
        STOP,
        DELETE
    }

    /** Instances wanted now. */
    public int wanted() {
        return intent == Intent.RUN ? replicas : 0;
    }
}
