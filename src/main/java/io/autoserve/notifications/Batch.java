package io.autoserve.notifications;

import io.autoserve.model.Event;
import io.autoserve.model.Receiver;
import java.util.List;

/**
 * The events of one notification, in their order.
 *
 * @param events may be empty
 * @param through the receiver wants no other event up to this seq
 */
record Batch(List<Event> events, long through) {
    /** The highest number of events in one notification. */
    static final int MOST = 20;

    Batch {
        events = List.copyOf(events);
    }

    /**
     * Returns the first events of a page that the receiver wants.
     *
     * @param page events after {@code after}, in their order, without gaps
     */
    static Batch of(Receiver receiver, long after, List<Event> page) {
        var wanted = page.stream().filter(receiver::wants).limit(MOST).toList();
        if (wanted.size() == MOST) {
            return new Batch(wanted, wanted.getLast().seq());
        }
        return new Batch(wanted, page.isEmpty() ? after : page.getLast().seq());
    }
}
