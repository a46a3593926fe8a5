package io.autoserve.model;

/**
 * The progress of the release command of an app's present template. A template without a row has no
 * release command.
 *
 * @param template the revision whose containers wait for the command
 * @param blocked whether the release command of another template still runs
 * @param unreleasedBefore whether the revision before the rollout needs a release command that has
 *     not succeeded either, so that its instances must not start
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
