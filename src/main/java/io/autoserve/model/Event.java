package io.autoserve.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A fact that happened. It carries what it changed as it was afterwards, so that a view is made by
 * putting, never by computing.
 *
 * @param seq its place in the one order of all events; later events have higher numbers, with gaps
 * @param epoch of the leader that caused it, 0 where an operator did
 * @param actor who caused it: a controller's name, or a user's
 * @param app name of the app it is about, or null
 * @param type the name of a {@link Type}, or what only a newer version knows
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

    /** What this version tells. */
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
        RolledBack,
        InstancePending,
        InstanceStarting,
        InstanceStarted,
        InstanceReady,
        InstanceNotReady,
        InstanceDraining,
        InstanceStopping,
        InstanceRemoved,
        InstanceFailed,
        ContainerRemoved,
        ImageRemoved,
        NodeDrained,
        NodeUncordoned,
        RouteConflict,
        /** Told by versions that reloaded nginx. */
        ProxyReloaded,
        ProxyRejected,
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

    /** What the view puts or drops. */
    public sealed interface Change {
        record PutApp(App app) implements Change {}

        record DropApp(long id) implements Change {}

        record PutInstance(Instance instance) implements Change {}

        record DropInstance(long appId, int index) implements Change {}

        record PutLeader(Leader leader) implements Change {}

        record PutToken(Token token) implements Change {}

        record DropToken(String id) implements Change {}

        record Nothing() implements Change {}

        /** Told by a newer version: what it changed, only the tables say. */
        record Unknown() implements Change {}
    }
}
