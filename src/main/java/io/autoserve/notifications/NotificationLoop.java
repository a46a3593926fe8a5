package io.autoserve.notifications;

import io.autoserve.cluster.TermLoop;
import io.autoserve.model.Deposed;
import io.autoserve.model.Receiver;
import io.autoserve.model.Term;
import io.autoserve.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends notifications during one term. Each receiver has one notification under way at most, so it
 * gets its events in their order, and on a thread of its own, so it delays no other receiver.
 *
 * <p>A notification is sent before it is recorded as sent. If the leader dies in between, the next
 * leader sends the events again. No event is lost, because only a leader whose term lasts moves the
 * position of a receiver, and only events that the standby has are sent.
 */
final class NotificationLoop implements TermLoop.Work {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationLoop.class);
    private static final Duration PERIOD = Duration.ofSeconds(30);
    private static final int PAGE = 500;

    /** Events that follow within this time share the next notification. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /**
     * So many events may be read again by the next leader, because their position is not stored.
     */
    private static final int UNSTORED = 5_000;

    private final Term term;
    private final Outbox outbox;
    private final Attempts attempts;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final Time time;
    private final TermLoop loop;

    /** The receivers that have a notification under way. */
    private final Set<String> busy = ConcurrentHashMap.newKeySet();

    /** Until when a receiver waits because the database did not answer after a notification. */
    private final Map<String, Instant> held = new ConcurrentHashMap<>();

    /** Up to which event each receiver wants none. Only the loop's thread uses it. */
    private final Map<String, Long> read = new HashMap<>();

    /** The timeline of the database that the numbers in {@link #read} belong to. */
    private long timeline;

    NotificationLoop(
            Term term,
            Outbox outbox,
            Postman postman,
            InstantSource clock,
            RandomGenerator random,
            Time time) {
        this.term = term;
        this.outbox = outbox;
        this.attempts = new Attempts(outbox, postman, clock);
        this.clock = clock;
        this.random = random;
        this.time = time;
        this.loop = new TermLoop("notifications", term, this, time);
    }

    void start() {
        loop.start();
    }

    void wake() {
        loop.wake();
    }

    void end() {
        loop.end();
    }

    /** Returns whether a notification is being sent. */
    boolean underWay() {
        return !busy.isEmpty();
    }

    @Override
    public Duration pass() {
        var underWay = Set.copyOf(busy); // read first, so that the rows below show what these sent
        var now = clock.instant();
        var rest = PERIOD;
        for (var receiver : outbox.receivers()) {
            if (loop.over() || underWay.contains(receiver.name())) {
                continue;
            }
            var pause = pause(receiver, now);
            if (pause.isZero()) {
                begin(receiver);
            } else if (pause.compareTo(rest) < 0) {
                rest = pause;
            }
        }
        return rest;
    }

    private Duration pause(Receiver receiver, Instant now) {
        var until = held.getOrDefault(receiver.name(), now);
        return until.isAfter(now) ? Duration.between(now, until) : receiver.pause(now);
    }

    private void begin(Receiver receiver) {
        var batch = next(receiver);
        if (!batch.events().isEmpty()) {
            busy.add(receiver.name());
            time.start("notify-" + receiver.name(), () -> deliver(receiver, batch));
        } else if (batch.through() - receiver.seq() >= UNSTORED) {
            outbox.sent(term, receiver, batch.through(), clock.instant());
        }
    }

    /**
     * Reads on until there is an event that the receiver wants, or no other event. Waits until the
     * standby has the events that it wants. Begins again if the database has another timeline,
     * because its new events may have the numbers of events that were lost.
     */
    private Batch next(Receiver receiver) {
        var after = Math.max(receiver.seq(), read.getOrDefault(receiver.name(), 0L));
        while (true) {
            var page = outbox.after(after, PAGE);
            if (!Batch.of(receiver, after, page).events().isEmpty()) {
                page = outbox.replicated(after, PAGE);
            }
            if (page.timeline() != timeline) {
                timeline = page.timeline();
                if (!read.isEmpty()) {
                    read.clear();
                    after = receiver.seq();
                    continue;
                }
            }
            var batch = Batch.of(receiver, after, page);
            if (!batch.events().isEmpty()) {
                return batch;
            }
            after = batch.through();
            read.put(receiver.name(), after);
            if (page.events().size() < PAGE || loop.over()) {
                return batch;
            }
        }
    }

    private void deliver(Receiver receiver, Batch batch) {
        try {
            if (!loop.over()) {
                settle(receiver, batch, attempts.trouble(receiver, batch));
            }
        } catch (Deposed _) {
            // the next leader sends the events again
        } catch (RuntimeException failure) {
            held.put(receiver.name(), clock.instant().plus(PAUSE));
            LOG.warn(
                    "it could not be recorded whether receiver '{}' got its events up to {}: {}",
                    receiver.name(),
                    batch.through(),
                    failure.toString());
        } finally {
            busy.remove(receiver.name());
            loop.wake();
        }
    }

    private void settle(Receiver receiver, Batch batch, @Nullable String trouble) {
        var now = clock.instant();
        if (trouble == null) {
            outbox.sent(term, receiver, batch.through(), now.plus(PAUSE));
            return;
        }
        var since = receiver.failingSince() == null ? now : receiver.failingSince();
        var lost = batch.givenUp(since, now);
        if (lost.isPresent()) {
            outbox.dropped(term, receiver, lost.getAsLong(), trouble, now.plus(PAUSE));
        } else {
            var dueAt = now.plus(Retry.after(receiver.failures() + 1, random));
            outbox.failed(term, receiver, trouble, since, dueAt);
        }
    }
}
