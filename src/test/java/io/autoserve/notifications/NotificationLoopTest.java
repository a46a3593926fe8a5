package io.autoserve.notifications;

import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.Event;
import io.autoserve.model.EventPage;
import io.autoserve.model.Receiver;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Topic;
import io.autoserve.spec.Json;
import io.autoserve.store.ReceiverTable.Destination;
import io.autoserve.time.Time;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests what receivers get, pass by pass, with a clock that the test moves. */
@Timeout(60)
class NotificationLoopTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Tables tables = new Tables();
    private final Chats chats = new Chats();
    private volatile Instant now = NOON;
    private int term;

    @Test
    void a_receiver_gets_the_events_that_it_wants_in_one_notification_and_once() {
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        tables.happens(Event.Type.RolloutCompleted, "shop");
        tables.happens(Event.Type.RolloutRolledBack, "blog");
        var loop = leader();

        passes(loop);
        later(Duration.ofMinutes(1));
        passes(loop);

        assertThat(chats.got("team")).containsExactly(1L, 3L);
        assertThat(chats.letters("team")).isEqualTo(1);
        assertThat(tables.receiver("team").seq()).isEqualTo(3);
    }

    @Test
    void events_that_follow_soon_share_the_next_notification() {
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        var loop = leader();
        passes(loop);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        tables.happens(Event.Type.RolloutRolledBack, "shop");

        assertThat(loop.pass()).isEqualTo(Duration.ofSeconds(5));
        assertThat(chats.got("team")).containsExactly(1L);
        later(Duration.ofSeconds(5));
        passes(loop);

        assertThat(chats.got("team")).containsExactly(1L, 2L, 3L);
        assertThat(chats.letters("team")).isEqualTo(2);
    }

    @Test
    void an_event_is_sent_only_after_the_standby_has_it() {
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        tables.lagging = true;
        var loop = leader();

        assertThatThrownBy(loop::pass).hasMessage("the standby lacks the events");
        assertThat(chats.tries()).isZero();
        tables.lagging = false;
        passes(loop);

        assertThat(chats.got("team")).containsExactly(1L);
    }

    @Test
    void new_events_with_the_numbers_of_lost_ones_are_sent() {
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutCompleted, "shop");
        tables.happens(Event.Type.RolloutCompleted, "shop");
        var loop = leader();
        passes(loop);

        tables.losesItsEvents();
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        passes(loop);

        assertThat(chats.got("team")).containsExactly(1L);
    }

    @Test
    void a_receiver_that_does_not_answer_delays_no_other() {
        tables.add("dead", Topic.ROLLED_BACK);
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        var answers = new CountDownLatch(1);
        chats.hangs("dead", answers);
        var loop = leader();

        loop.pass();
        await("the other receiver has the event", () -> chats.got("team"), got -> !got.isEmpty());
        loop.pass();
        answers.countDown();

        await("the slow one has it too", () -> chats.got("dead"), got -> !got.isEmpty());
        assertThat(chats.letters("dead")).isEqualTo(1);
    }

    @Test
    void a_receiver_that_is_away_for_ten_minutes_gets_everything_afterwards() {
        tables.add("team", Topic.ROLLED_BACK);
        chats.fails("team", true);
        var loop = leader();
        for (var second = 0; second < 600; second += 5) {
            if (second % 60 == 0) {
                tables.happens(Event.Type.RolloutRolledBack, "shop");
            }
            passes(loop);
            later(Duration.ofSeconds(5));
        }
        assertThat(chats.got("team")).isEmpty();
        assertThat(tables.receiver("team").trouble()).isEqualTo("away");
        chats.fails("team", false);

        later(Duration.ofMinutes(10));
        passes(loop);

        assertThat(chats.got("team")).containsExactlyElementsOf(tables.seqs());
        assertThat(tables.receiver("team").failures()).isZero();
        assertThat(tables.receiver("team").trouble()).isNull();
    }

    @Test
    void events_are_dropped_after_a_day_of_failures_and_later_ones_are_sent() {
        tables.add("team", Topic.ROLLED_BACK);
        tables.happens(Event.Type.RolloutRolledBack, "shop");
        chats.fails("team", true);
        var loop = leader();
        passes(loop);
        later(Duration.ofHours(24));
        passes(loop);
        chats.fails("team", false);
        tables.happens(Event.Type.RolloutRolledBack, "shop");

        later(Duration.ofMinutes(1));
        passes(loop);

        assertThat(tables.dropped).containsExactly("team 1: away");
        assertThat(chats.got("team")).containsExactly(2L);
    }

    @Test
    void a_receiver_that_stays_away_lacks_the_events_of_a_day_at_most() {
        tables.add("team", Topic.ROLLED_BACK);
        for (var i = 0; i < 30; i++) {
            tables.happens(Event.Type.RolloutRolledBack, "shop");
        }
        chats.fails("team", true);
        var loop = leader();
        passes(loop);
        later(Duration.ofHours(24));
        tables.happens(Event.Type.RolloutRolledBack, "shop", now);

        passes(loop);
        later(Duration.ofSeconds(5));
        passes(loop);

        assertThat(tables.dropped).containsExactly("team 20: away", "team 30: away");
        assertThat(tables.receiver("team").failingSince()).isEqualTo(NOON);
        chats.fails("team", false);
        later(Duration.ofMinutes(10));
        passes(loop);
        assertThat(chats.got("team")).containsExactly(31L);
    }

    /** Ends the term of the leader at a random step, and lets the next leader continue. */
    @RepeatedTest(20)
    void no_event_is_lost_and_all_arrive_in_order_whenever_the_leader_dies() {
        var seed = ThreadLocalRandom.current().nextLong();
        var random = new Random(seed);
        tables.add("team", Topic.ROLLED_BACK);
        for (var round = 0; round < 20; round++) {
            tables.happens(Event.Type.RolloutRolledBack, "shop");
            var loop = leader();
            switch (random.nextInt(4)) {
                case 0 -> loop.end(); // before it does anything
                case 1 -> tables.loses = true; // after it has sent, before it has recorded
                case 2 -> chats.fails("team", true);
                default -> {}
            }
            passes(loop);
            loop.end();
            tables.loses = false;
            chats.fails("team", false);
            later(Duration.ofMinutes(10));
        }
        passes(leader());

        assertThat(chats.got("team").stream().distinct().toList())
                .as("seed %d", seed)
                .isEqualTo(tables.seqs());
    }

    private NotificationLoop leader() {
        term++;
        return new NotificationLoop(
                new Term(term, new UUID(0, term)),
                tables,
                chats,
                () -> now,
                new Random(1),
                Time.system());
    }

    /** Makes passes until no notification is under way and none is due. */
    private void passes(NotificationLoop loop) {
        for (var letters = -1; letters != chats.tries(); ) {
            letters = chats.tries();
            loop.pass();
            await("no notification is under way", loop::underWay, busy -> !busy);
        }
    }

    private void later(Duration time) {
        now = now.plus(time);
    }

    /** The receivers and the events, as the tables keep them. */
    private static final class Tables implements Outbox {
        private final Map<String, Receiver> receivers = new TreeMap<>();
        private final List<Event> events = new ArrayList<>();
        private long timeline = 1;
        final List<String> dropped = new CopyOnWriteArrayList<>();
        volatile boolean loses;
        volatile boolean lagging;

        synchronized void add(String name, Topic topic) {
            receivers.put(
                    name,
                    new Receiver(
                            name,
                            Receiver.Form.WEBHOOK,
                            "example.com",
                            List.of(topic),
                            Scope.EVERYTHING,
                            "ann",
                            NOON,
                            0,
                            0,
                            null,
                            null,
                            null));
        }

        void happens(Event.Type type, String app) {
            happens(type, app, NOON);
        }

        synchronized void happens(Event.Type type, String app, Instant at) {
            events.add(
                    new Event(
                            events.size() + 1,
                            at,
                            1,
                            "controller-1",
                            app,
                            type.name(),
                            "because",
                            new Event.Change.Nothing()));
        }

        /** Continues as a standby that had none of the events. */
        synchronized void losesItsEvents() {
            events.clear();
            timeline++;
        }

        synchronized Receiver receiver(String name) {
            return requireNonNull(receivers.get(name));
        }

        synchronized List<Long> seqs() {
            return events.stream().map(Event::seq).toList();
        }

        @Override
        public synchronized List<Receiver> receivers() {
            return List.copyOf(receivers.values());
        }

        @Override
        public synchronized EventPage after(long seq, int limit) {
            return new EventPage(
                    timeline,
                    events.stream().filter(event -> event.seq() > seq).limit(limit).toList());
        }

        @Override
        public EventPage replicated(long seq, int limit) {
            if (lagging) {
                throw new IllegalStateException("the standby lacks the events");
            }
            return after(seq, limit);
        }

        @Override
        public Destination destination(Receiver receiver) {
            return Destination.web("https://example.com/", null);
        }

        @Override
        public void sent(Term term, Receiver receiver, long seq, Instant dueAt) {
            put(receiver, seq, 0, null, dueAt, null);
        }

        @Override
        public void failed(
                Term term, Receiver receiver, String trouble, Instant since, Instant dueAt) {
            put(receiver, receiver.seq(), receiver.failures() + 1, since, dueAt, trouble);
        }

        @Override
        public void dropped(Term term, Receiver receiver, long seq, String trouble, Instant dueAt) {
            dropped.add("%s %d: %s".formatted(receiver.name(), seq, trouble));
            put(receiver, seq, receiver.failures() + 1, receiver.failingSince(), dueAt, trouble);
        }

        private synchronized void put(
                Receiver before,
                long seq,
                int failures,
                @Nullable Instant since,
                Instant dueAt,
                @Nullable String trouble) {
            if (loses) {
                throw new IllegalStateException("the database is away");
            }
            receivers.put(
                    before.name(),
                    new Receiver(
                            before.name(),
                            before.kind(),
                            before.host(),
                            before.topics(),
                            before.apps(),
                            before.actor(),
                            before.changedAt(),
                            seq,
                            failures,
                            since,
                            dueAt,
                            trouble));
        }
    }

    /** What the receivers have got. */
    private static final class Chats implements Postman {
        private final Map<String, List<Long>> got = new ConcurrentHashMap<>();
        private final Map<String, Integer> letters = new ConcurrentHashMap<>();
        private final Map<String, CountDownLatch> hanging = new ConcurrentHashMap<>();
        private final Set<String> away = ConcurrentHashMap.newKeySet();
        private final AtomicInteger tries = new AtomicInteger();

        void fails(String name, boolean fails) {
            if (fails) {
                away.add(name);
            } else {
                away.remove(name);
            }
        }

        void hangs(String name, CountDownLatch until) {
            hanging.put(name, until);
        }

        int tries() {
            return tries.get();
        }

        List<Long> got(String name) {
            return got.getOrDefault(name, List.of());
        }

        int letters(String name) {
            return letters.getOrDefault(name, 0);
        }

        @Override
        public void deliver(Letter letter) throws DeliveryFailed {
            tries.incrementAndGet();
            var body = read(letter);
            var name = body.path("receiver").asText();
            var latch = hanging.get(name);
            if (latch != null) {
                awaitUninterruptibly(latch);
            }
            if (away.contains(name)) {
                throw new DeliveryFailed("away");
            }
            letters.merge(name, 1, Integer::sum);
            var all = got.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>());
            body.path("events").forEach(event -> all.add(event.path("seq").longValue()));
        }

        private static void awaitUninterruptibly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static JsonNode read(Letter letter) {
            try {
                return Json.MAPPER.readTree(((Letter.Post) letter).body());
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
