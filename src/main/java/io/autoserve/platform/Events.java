package io.autoserve.platform;

import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/** Reads past events and follows new ones. */
public interface Events {
    /** Returns the events that match the query, oldest first. */
    Future<List<Event>> events(EventQuery query);

    /**
     * Calls {@code listener} with every event after {@code seq}, in order, until the subscription
     * is closed. The calls may come from any thread.
     */
    Subscription follow(long seq, Consumer<Event> listener);
}
