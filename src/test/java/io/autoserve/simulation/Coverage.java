package io.autoserve.simulation;

import io.autoserve.model.Event;
import io.autoserve.plan.Action;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Counts what has occurred in runs, so that nothing that they show today is lost unnoticed. */
final class Coverage {
    /** The events of what no operator of the simulation does and no model has. */
    private static final Set<Event.Type> NOT_SIMULATED =
            EnumSet.of(
                    Event.Type.ScalingProposed,
                    Event.Type.AppDeleting,
                    Event.Type.AppDeleted,
                    Event.Type.TaskRequested,
                    Event.Type.TaskCancelRequested,
                    Event.Type.TaskStarting,
                    Event.Type.TaskStarted,
                    Event.Type.TaskStopping,
                    Event.Type.TaskRetried,
                    Event.Type.TaskSucceeded,
                    Event.Type.TaskFailed,
                    Event.Type.TaskCancelled,
                    Event.Type.TaskUnknown,
                    Event.Type.ScheduleSkipped,
                    Event.Type.ScheduleSuspended,
                    Event.Type.ScheduleResumed,
                    Event.Type.ExecStarted,
                    Event.Type.ExecEnded,
                    Event.Type.ForwardStarted,
                    Event.Type.ForwardEnded,
                    Event.Type.RolloutAdvanced, // no rollout of the simulation has steps
                    Event.Type.ImageRemoved,
                    Event.Type.NodeDrained,
                    Event.Type.NodeUncordoned,
                    Event.Type.RouteConflict,
                    Event.Type.RoutesRejected,
                    Event.Type.AnswerTooLong,
                    Event.Type.FrontDoorClosed,
                    Event.Type.FrontDoorOpened,
                    Event.Type.SecretSet,
                    Event.Type.SecretLimited,
                    Event.Type.SecretDeleted,
                    Event.Type.SecretsResealed,
                    Event.Type.DomainAdded,
                    Event.Type.DomainRemoved,
                    Event.Type.CertificateIssued,
                    Event.Type.CertificateFailed,
                    Event.Type.CertificateExpiring,
                    Event.Type.LeaderResigned,
                    Event.Type.TokenCreated,
                    Event.Type.TokenRevoked,
                    Event.Type.ReceiverSet,
                    Event.Type.ReceiverRemoved,
                    Event.Type.NotificationDropped);

    private static final String PREFIX = "covered ";

    private final SortedMap<String, Integer> counts = new TreeMap<>();

    static String fault(Disturbance.Kind kind) {
        return "fault " + kind;
    }

    static String trouble(ModelEngine.Trouble trouble) {
        return "trouble " + trouble;
    }

    static String event(String type) {
        return "event " + type;
    }

    static String action(Class<? extends Action> kind) {
        return "action " + kind.getSimpleName();
    }

    /**
     * @param before state of the row; empty if the row is new
     * @param after state of the row; empty if the row is deleted
     */
    static String transition(String before, String after) {
        return "transition %s-%s".formatted(before, after);
    }

    void saw(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    void add(Coverage other) {
        other.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
    }

    /** Returns what a long run must show and this one has not shown. */
    Set<String> missing() {
        var missing = expected().collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(counts.keySet());
        return missing;
    }

    private static Stream<String> expected() {
        return Stream.of(
                        Stream.of(Disturbance.Kind.values()).map(Coverage::fault),
                        Stream.of(ModelEngine.Trouble.values()).map(Coverage::trouble),
                        EnumSet.complementOf(EnumSet.copyOf(NOT_SIMULATED)).stream()
                                .map(type -> event(type.name())),
                        CommitChecks.TRANSITIONS.stream(),
                        Stream.<Class<? extends Action>>of(
                                        Action.Start.class,
                                        Action.Resume.class,
                                        Action.Stop.class,
                                        Action.Clear.class,
                                        Action.Remove.class)
                                .map(Coverage::action))
                .flatMap(all -> all);
    }

    /** Reads what {@link #toString} wrote. Ignores all other lines. */
    static Coverage of(List<String> lines) {
        var coverage = new Coverage();
        for (var line : lines) {
            if (line.startsWith(PREFIX)) {
                var words = line.substring(PREFIX.length()).split(" ", 2);
                coverage.counts.put(words[1], Integer.valueOf(words[0]));
            }
        }
        return coverage;
    }

    @Override
    public String toString() {
        return counts.entrySet().stream()
                .map(entry -> PREFIX + entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(System.lineSeparator()));
    }
}
