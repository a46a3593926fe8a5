package io.autoserve.platform;

import io.autoserve.events.Tail;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.store.LongReads;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Consumer;

/** Reads past events from the table, and new ones as this controller's view receives them. */
public record LoggedEvents(LongReads past, Tail tail, Background background) implements Events {

    @Override
    public Future<List<Event>> events(EventQuery query) {
        return background.run(() -> past.events(query));
    }

    @Override
    public Subscription follow(long seq, Consumer<Event> listener) {
        return tail.follow(seq, listener)::run;
    }
}
