package io.autoserve.model;

import java.util.List;

/**
 * Events in their order, and the history of the database that has them.
 *
 * @param timeline changes with each failover of the database. A failover or the restore of a backup
 *     may lose events, whose sequence numbers are then used again
 */
public record EventPage(long timeline, List<Event> events) {
    public EventPage {
        events = List.copyOf(events);
    }
}
