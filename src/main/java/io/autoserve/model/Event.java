package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A fact that happened. It carries the new value of everything that it changed, so that views only
 * store values and never compute them.
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
        InstanceStillRouted,
        StandbyLost,
        StandbyReturned,
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
        TokenRevoked
    }

    /** A value that the view stores or drops because of an event. */
    public sealed interface Change {
        record PutApp(App app) implements Change {}

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
