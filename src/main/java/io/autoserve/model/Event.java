package io.autoserve.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fact that happened. It carries the new value of everything that it changed, so that views only
 * store values and never compute them. It does not carry specs, but refers to their revisions.
 *
 * @param seq the event's number in the order of all events. Later events have higher numbers.
 *     Numbers may be missing
 * @param epoch epoch of the leader that caused the event; 0 if an operator caused it
 * @param actor name of the controller or the user who caused it
 * @param app name of the app that the event concerns; null if it concerns no app
 * @param type the name of a {@link Type}, or a name that only newer versions of AutoServe use
 * @param reason one sentence for operators
 */
public record Event(
        long seq,
        Instant at,
        long epoch,
        String actor,
        @Nullable String app,
        String type,
        String reason,
        Change change) {

    public boolean is(Type other) {
        return type.equals(other.name());
    }

    /** The types of event that this version knows. */
    public enum Type {
        AppRegistered,
        AppUpdated,
        AppScaled,
        ScalingProposed,
        AppStopped,
        AppStarted,
        AppRestarted,
        AppDeleting,
        AppDeleted,
        TaskRequested,
        TaskCancelRequested,
        TaskStarting,
        TaskStarted,
        TaskStopping,
        TaskRetried,
        TaskSucceeded,
        TaskFailed,
        TaskCancelled,
        TaskUnknown,
        ScheduleSkipped,
        ScheduleSuspended,
        ScheduleResumed,
        ExecStarted,
        ExecEnded,
        ForwardStarted,
        ForwardEnded,
        RolloutAdvanced,
        RolloutPaused,
        RolloutResumed,
        RolloutCompleted,
        RolloutRolledBack,
        InstancePending,
        InstanceStarting,
        InstanceStarted,
        InstanceReady,
        HealthFailed,
        InstanceDraining,
        InstanceStopping,
        InstanceRemoved,
        InstanceFailed,
        ContainerRemoved,
        ImageResolved,
        ImageRemoved,
        NodeDrained,
        NodeUncordoned,
        RouteConflict,
        RoutesRejected,
        AnswerTooLong,
        InstanceStillRouted,
        StandbyLost,
        StandbyReturned,
        ProxyLost,
        ProxyReturned,
        FrontDoorClosed,
        FrontDoorOpened,
        SecretSet,
        SecretLimited,
        SecretDeleted,
        SecretsResealed,
        DomainAdded,
        DomainRemoved,
        CertificateIssued,
        CertificateFailed,
        CertificateExpiring,
        LeaderElected,
        LeaderResigned,
        TokenCreated,
        TokenRevoked,
        ReceiverSet,
        ReceiverRemoved,
        NotificationDropped
    }

    /**
     * A field of the spec that a new revision changed.
     *
     * @param pointer JSON pointer into the spec
     * @param before value that the field had; null if it had none
     * @param after value that the field has now; null if it has none
     */
    public record FieldChange(String pointer, @Nullable String before, @Nullable String after) {
        /** The highest number of changed fields that an event contains. */
        public static final int MOST = 20;

        private static final int LONGEST = 200;

        /** Cuts long texts, so that events stay small whatever the size of the spec. */
        public FieldChange {
            pointer = PlainText.cut(pointer, LONGEST);
            before = before == null ? null : PlainText.cut(before, LONGEST);
            after = after == null ? null : PlainText.cut(after, LONGEST);
        }
    }

    /** A value that the view stores or drops because of an event. */
    public sealed interface Change {
        /**
         * The new state of an app, except for its spec. The event refers to the revision that
         * contains the spec.
         *
         * @param image the recorded image of {@code template}; null if none is recorded yet
         * @param newRevision whether the event created the revision. Otherwise the app had the same
         *     spec before the event
         * @param changes the first {@value FieldChange#MOST} fields that the new revision changed,
         *     by pointer. Empty for the first revision, and if there is no new revision
         */
        record PutApp(
                long id,
                String name,
                int revision,
                int template,
                @Nullable String image,
                App.Intent intent,
                int replicas,
                int restart,
                App.@Nullable Rollout rollout,
                Instant createdAt,
                Instant updatedAt,
                boolean newRevision,
                List<FieldChange> changes)
                implements Change {
            public PutApp {
                changes = List.copyOf(changes);
            }

            public static PutApp of(App app, boolean newRevision, List<FieldChange> changes) {
                return new PutApp(
                        app.id(),
                        app.name(),
                        app.revision(),
                        app.template(),
                        app.image(),
                        app.intent(),
                        app.replicas(),
                        app.restart(),
                        app.rollout(),
                        app.createdAt(),
                        app.updatedAt(),
                        newRevision,
                        changes);
            }

            /**
             * @param spec the spec of {@code revision}
             */
            public App with(AppSpec spec) {
                return new App(
                        id, name, revision, template, spec, image, intent, replicas, restart,
                        rollout, createdAt, updatedAt);
            }
        }

        record DropApp(long id) implements Change {}

        record PutInstance(Instance instance) implements Change {}

        record DropInstance(long appId, int index) implements Change {}

        record PutLeader(Leader leader) implements Change {}

        record PutToken(Token token) implements Change {}

        record DropToken(String id) implements Change {}

        record Nothing() implements Change {}

        /**
         * A change that a newer version wrote and that this version cannot read. Only the tables
         * show what changed.
         */
        record Unknown() implements Change {}
    }
}
