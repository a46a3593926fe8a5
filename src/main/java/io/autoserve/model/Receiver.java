package io.autoserve.model;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A system outside of AutoServe that is notified of events.
 *
 * @param host the host of its URL, for people. The URL itself may be a secret
 * @param topics what it is notified of
 * @param apps the apps that it is notified of. A scope of all apps includes events about no app
 * @param actor name of the actor who set it
 * @param seq the last event that it got or does not want
 * @param failures number of failed attempts in a row
 * @param failingSince when the first of these failures happened; null without failures
 * @param dueAt when the next notification may be sent; null for at once
 * @param trouble why the last attempt failed; null if it did not
 */
public record Receiver(
        String name,
        Form kind,
        String host,
        List<Topic> topics,
        Scope apps,
        String actor,
        Instant changedAt,
        long seq,
        int failures,
        @Nullable Instant failingSince,
        @Nullable Instant dueAt,
        @Nullable String trouble) {

    /** The beginning of the key of a signature, as Standard Webhooks writes it. */
    public static final String KEY_PREFIX = "whsec_";

    /** The form of the notifications. */
    public enum Form {
        /** JSON, with a signature. */
        WEBHOOK,
        /** The text of a chat, which Slack, Mattermost and others accept. */
        SLACK,
        /** A mail with a line for each event. */
        EMAIL
    }

    public Receiver {
        topics = List.copyOf(topics);
    }

    public boolean wants(Event event) {
        var covered = apps.everything() || (event.app() != null && apps.covers(event.app()));
        return covered && Topic.of(event).filter(topics::contains).isPresent();
    }

    /** Returns how long the next notification must wait, which is zero if it is due. */
    public Duration pause(Instant now) {
        return dueAt == null || !dueAt.isAfter(now) ? Duration.ZERO : Duration.between(now, dueAt);
    }
}
