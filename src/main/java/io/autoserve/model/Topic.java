package io.autoserve.model;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** A receiver chooses topics to be notified of. Each topic stands for some types of events. */
public enum Topic {
    DEPLOYED,
    ROLLED_BACK,
    INSTANCE_FAILED,
    CERTIFICATE,
    ROUTES,
    FRONT_DOOR,
    STANDBY,
    NODE,
    LEADER;

    private List<Event.Type> types() {
        return switch (this) {
            case DEPLOYED -> List.of(Event.Type.RolloutCompleted);
            case ROLLED_BACK -> List.of(Event.Type.RolloutRolledBack);
            case INSTANCE_FAILED -> List.of(Event.Type.InstanceFailed);
            case CERTIFICATE ->
                    List.of(Event.Type.CertificateFailed, Event.Type.CertificateExpiring);
            case ROUTES -> List.of(Event.Type.RouteConflict, Event.Type.RoutesRejected);
            case FRONT_DOOR ->
                    List.of(
                            Event.Type.FrontDoorClosed,
                            Event.Type.FrontDoorOpened,
                            Event.Type.ProxyLost,
                            Event.Type.ProxyReturned);
            case STANDBY -> List.of(Event.Type.StandbyLost, Event.Type.StandbyReturned);
            case NODE -> List.of(Event.Type.NodeDrained, Event.Type.NodeUncordoned);
            case LEADER -> List.of(Event.Type.LeaderElected);
        };
    }

    /** Returns the topic as users write it, such as {@code rolled-back}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the topic that a user wrote, or empty if there is none of this name. */
    public static Optional<Topic> named(String word) {
        return Stream.of(values()).filter(topic -> topic.word().equals(word)).findFirst();
    }

    /** Returns the topic of an event, or empty if nobody is notified of such events. */
    public static Optional<Topic> of(Event event) {
        return Stream.of(values())
                .filter(topic -> topic.types().stream().anyMatch(event::is))
                .findFirst();
    }
}
