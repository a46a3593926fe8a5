package io.autoserve.hooks;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A report that a sender posted to a hook. */
public sealed interface Delivery {

    /**
     * An image is in its registry.
     *
     * @param sender the system that reports it, such as {@code GitHub}; empty for a plain report
     * @param repository the image without tag and digest; null for the repository of the app
     * @param tag null if the sender names none
     * @param digest such as {@code sha256:…}; null if the sender names none
     * @param actor who pushed the image, as the sender reports it; null if it does not
     * @param commit null if the sender names none
     * @param at when the image was pushed; null if the sender does not say so
     */
    record Push(
            String sender,
            @Nullable String repository,
            @Nullable String tag,
            @Nullable String digest,
            @Nullable String actor,
            @Nullable String commit,
            @Nullable Instant at)
            implements Delivery {
        /** Returns whether a person or a script reports the image, and not a registry. */
        public boolean plain() {
            return sender.isEmpty();
        }
    }

    /**
     * The sender reports something that needs no deploy, for example that it can reach the hook.
     */
    record Ignored(String reason) implements Delivery {}

    /** The body has no form that is known. */
    record Unreadable() implements Delivery {}
}
