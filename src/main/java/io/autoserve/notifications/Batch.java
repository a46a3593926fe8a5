package io.autoserve.notifications;

import io.autoserve.model.Event;
import io.autoserve.model.EventPage;
import io.autoserve.model.Receiver;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * The events of one notification, in their order.
 *
 * @param timeline the history of the database that the events belong to
 * @param events may be empty
 * @param through the receiver wants no other event up to this seq
 */
record Batch(long timeline, List<Event> events, long through) {
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
    static Batch of(Receiver receiver, long after, EventPage page) {
        var all = page.events();
        var wanted = all.stream().filter(receiver::wants).limit(MOST).toList();
        if (wanted.size() == MOST) {
            return new Batch(page.timeline(), wanted, wanted.getLast().seq());
        }
        return new Batch(page.timeline(), wanted, all.isEmpty() ? after : all.getLast().seq());
    }

    /**
     * Returns up to which event the receiver gets none any more, because another attempt failed.
     * Empty if all events are tried again. An event is given up after a day of failures, so a
     * receiver that never returns lacks the events of a day at most.
     *
     * @param since when the first of the present failures happened
     */
    OptionalLong givenUp(Instant since, Instant now) {
        var lost = events.stream().takeWhile(event -> hopeless(event, since, now)).toList();
        if (lost.isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(lost.size() == events.size() ? through : lost.getLast().seq());
    }

    private static boolean hopeless(Event event, Instant since, Instant now) {
        return Retry.hopeless(event.at().isAfter(since) ? event.at() : since, now);
    }
}
