package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Hidden;
import io.autoserve.model.Receiver;
import io.autoserve.model.Scope;
import io.autoserve.model.Topic;
import io.vertx.core.Future;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and changes the receivers of notifications. */
public interface Receivers {

    /** Returns all receivers, sorted by name. */
    Future<List<Receiver>> all();

    /** Adds a receiver, or replaces the one of this name. */
    Future<Receiver> set(Wish wish, By by);

    /** Removes a receiver. Refused if there is none of this name. */
    Future<Receiver> remove(String name, By by);

    /**
     * Sends a notification at once, as a test. Refused if there is no receiver of this name.
     *
     * @return why it could not be delivered; empty if it was
     */
    Future<Optional<String>> test(String name, By by);

    /**
     * What an operator chooses for a receiver.
     *
     * @param url where notifications are posted, by HTTP, or the server that accepts e-mail, with
     *     the user and the password
     * @param secret the key of the signature; null for notifications without one
     * @param to the recipient of e-mail; null for other notifications
     * @param from the sender of e-mail; null for other notifications
     */
    record Wish(
            String name,
            Receiver.Form kind,
            URI url,
            @Nullable Hidden secret,
            @Nullable String to,
            @Nullable String from,
            List<Topic> topics,
            Scope apps) {
        public Wish {
            topics = List.copyOf(topics);
        }
    }
}
