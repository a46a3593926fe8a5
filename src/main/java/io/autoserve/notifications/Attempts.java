package io.autoserve.notifications;

import io.autoserve.model.Event;
import io.autoserve.model.Receiver;
import io.autoserve.model.Refusal;
import io.autoserve.notifications.Postman.DeliveryFailed;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tries to deliver notifications. */
record Attempts(Outbox outbox, Postman postman, InstantSource clock) {

    /**
     * Tries once to notify the receiver of these events. Blocks.
     *
     * @return why the receiver did not get the events; null if it did
     */
    @Nullable String trouble(Receiver receiver, List<Event> events) {
        try {
            var destination = outbox.destination(receiver);
            postman.deliver(Letter.of(receiver, destination, events, clock.instant()));
            return null;
        } catch (DeliveryFailed failed) {
            return failed.text();
        } catch (Refusal sealed) {
            return String.valueOf(sealed.getMessage());
        }
    }
}
