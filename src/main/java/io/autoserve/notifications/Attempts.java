package io.autoserve.notifications;

import io.autoserve.model.Receiver;
import io.autoserve.model.Refusal;
import io.autoserve.notifications.Postman.DeliveryFailed;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Tries to deliver notifications. */
record Attempts(Outbox outbox, Postman postman, InstantSource clock) {

    /**
     * Tries once to notify the receiver of the events in this batch. Blocks.
     *
     * @return why the receiver did not get the events; null if it did
     */
    @Nullable String trouble(Receiver receiver, Batch batch) {
        try {
            var destination = outbox.destination(receiver);
            postman.deliver(Letter.of(receiver, destination, batch, clock.instant()));
            return null;
        } catch (DeliveryFailed failed) {
            return failed.text();
        } catch (Refusal sealed) {
            return String.valueOf(sealed.getMessage());
        }
    }
}
