package io.autoserve.model;

/**
 * How far the release command of an app's present template is. A template without a row has no
 * release command.
 *
 * @param template the revision whose containers wait for the command
 * @param blocked whether the release command of another template still runs
 * @param unreleasedBefore whether the revision that serves until the rollout is complete has not
 *     succeeded with a release command of its own, so that it must not start either
 * @param reason why the release is in {@code state}, shown to operators
 */
public record ReleaseStatus(
        int template,
        ReleaseState state,
        boolean blocked,
        boolean unreleasedBefore,
        String reason) {
    public enum ReleaseState {
        /** The command has not started. */
        PENDING,
        RUNNING,
        SUCCEEDED,
        FAILED
    }
}
