package io.autoserve.notifications;

import io.autoserve.cluster.Leadership;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Event;
import io.autoserve.model.Receiver;
import io.autoserve.model.Term;
import io.autoserve.model.Topic;
import io.autoserve.net.AddressPolicy;
import io.autoserve.notifications.Postman.DeliveryFailed;
import io.autoserve.outbound.GuardedNames;
import io.autoserve.store.ReceiverTable;
import io.autoserve.store.StateReader;
import io.autoserve.time.Time;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Notifies receivers while this controller leads, with one {@link NotificationLoop} per term. */
public final class Notifier implements Leadership, View.Listener, AutoCloseable {
    private final Outbox outbox;
    private final HttpPostman web;
    private final MailPostman mail;
    private final Postman postman;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Time time;
    private volatile @Nullable NotificationLoop present;

    /**
     * @param policy decides which addresses a receiver may have
     * @param trusted hosts that may have any address
     */
    public Notifier(
            ReceiverTable table,
            StateReader reader,
            AddressPolicy policy,
            Set<String> trusted,
            InstantSource clock,
            RandomGenerator random,
            Time time) {
        this.outbox = new Outbox.InTables(table, reader);
        var names = names(policy, trusted);
        this.web = new HttpPostman(names);
        this.mail = new MailPostman(names);
        this.postman = this::deliver;
        this.clock = clock;
        this.random = random;
        this.time = time;
    }

    static GuardedNames names(AddressPolicy policy, Set<String> trusted) {
        return new GuardedNames(
                policy,
                trusted,
                "add it to AUTOSERVE_NOTIFY_HOSTS on the controllers, if it may be notified");
    }

    @Override
    public void elected(Term term) {
        var next = new NotificationLoop(term, outbox, postman, clock, random, time);
        present = next;
        next.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        var last = present;
        present = null;
        if (last != null) {
            last.end();
        }
    }

    /** Wakes the leader's loop for events that a receiver may want. */
    @Override
    public void happened(Event event, Snapshot after) {
        var now = present;
        if (now != null && Topic.of(event).isPresent()) {
            now.wake();
        }
    }

    @Override
    public void reloaded(Snapshot now) {
        // nothing to do, since the loop also looks for events from time to time
    }

    /**
     * Sends a notification at once, as a test. Blocks. Any controller may do so.
     *
     * @return why it could not be delivered; empty if it was
     */
    public Optional<String> test(Receiver receiver, String actor) {
        var event =
                new Event(
                        receiver.seq(),
                        clock.instant(),
                        0,
                        actor,
                        null,
                        "Test",
                        "this is a test of receiver '%s' by %s".formatted(receiver.name(), actor),
                        new Event.Change.Nothing());
        var timeline = outbox.after(receiver.seq(), 1).timeline();
        var batch = new Batch(timeline, List.of(event), receiver.seq());
        return Optional.ofNullable(new Attempts(outbox, postman, clock).trouble(receiver, batch));
    }

    private void deliver(Letter letter) throws DeliveryFailed {
        switch (letter) {
            case Letter.Post post -> web.deliver(post);
            case Letter.Mail message -> mail.deliver(message);
        }
    }

    @Override
    public void close() {
        web.close();
    }
}
