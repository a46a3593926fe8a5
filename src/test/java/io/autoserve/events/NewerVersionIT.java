package io.autoserve.events;

import static io.autoserve.testing.Await.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cluster.Databases;
import io.autoserve.events.Audit.Verdict;
import io.autoserve.model.Event;
import io.autoserve.store.Database;
import io.autoserve.store.LongReads;
import io.autoserve.store.Truth;
import io.autoserve.store.Truth.EventQuery;
import io.autoserve.store.Wishes;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Controllers are upgraded one at a time: until the last one is, newer ones write for older ones.
 */
class NewerVersionIT {
    private final Vertx vertx = Vertx.vertx();
    private final View view = new View();
    private final Postgres postgres = Postgres.start();
    private final Postgres.Database tables = postgres.create();
    private final AtomicInteger reloads = new AtomicInteger();
    private Truth truth;
    private Wishes wishes;
    private Tail tail;
    private Feed feed;

    @BeforeEach
    void follow() {
        var databases =
                new Databases(vertx, "127.0.0.1:" + postgres.port(), tables.name(), "postgres", "");
        var database = new Database(databases.pool(8));
        truth = new Truth(database);
        wishes = new Wishes(database, () -> NOON);
        tail =
                new Tail(
                        new LongReads(database, null, () -> null, System::nanoTime),
                        Thread::startVirtualThread);
        view.listen(tail);
        view.listen(new OnReload());
        feed = new Feed(databases, truth, view, _ -> {});
        feed.start();
        await(() -> view.snapshot().isPresent());
        wishes.apply(spec("web", rollout(1, 0)), "raw", "ann");
    }

    @AfterEach
    void end() {
        feed.close();
        await(vertx.close());
        postgres.close();
    }

    @Test
    void what_it_tells_is_passed_on_and_kept_and_the_view_goes_on() {
        var told = new CopyOnWriteArrayList<Event>();
        tail.follow(0, told::add);

        tell("AppHibernated", "{\"kind\": \"PutHibernation\", \"app\": 1}");
        var after = wishes.scale("web", 2, "ann");

        await(view.reached(after.seq()));
        await(() -> told.size() == 3);
        assertThat(told)
                .extracting(Event::type)
                .containsExactly("AppRegistered", "AppHibernated", "AppScaled");
        assertThat(truth.events(EventQuery.behind(0, 10))).isEqualTo(List.copyOf(told));
        assertThat(replicas()).isEqualTo(2);
        assertThat(digest()).isEqualTo(Snapshot.of(truth.world()).digest());
    }

    @Test
    void fields_that_only_it_knows_are_passed_over() {
        tell("AppDeleted", "{\"kind\": \"DropApp\", \"id\": 1, \"archivedAs\": \"web-1\"}");

        await(view.reached(2));
        assertThat(view.snapshot().orElseThrow().app("web")).isNull();
        assertThat(reloads).hasValue(1);
    }

    @Test
    void what_it_changes_in_its_own_words_is_read_from_the_tables() {
        tables.execute("update apps set replicas = 7");
        tell("AppScaled", "{\"kind\": \"ScaleApp\", \"id\": 1, \"replicas\": 7}");

        await(() -> reloads.get() == 2);
        assertThat(replicas()).isEqualTo(7);
        assertThat(digest()).isEqualTo(Snapshot.of(truth.world()).digest());
    }

    @Test
    void what_its_event_changed_is_nobodys_fault() {
        var audit = new Audit(truth, view);
        await(view.reached(1));
        audit.remember();
        tables.execute("update apps set replicas = 7");
        tell("AppScaled", "{\"kind\": \"ScaleApp\", \"id\": 1, \"replicas\": 7}");
        await(() -> reloads.get() == 2);

        assertThat(audit.compare(Map.of()).own()).isEqualTo(Verdict.UNKNOWN);
        for (var seconds = 0; seconds < 10; seconds++) {
            audit.remember();
        }
        assertThat(audit.compare(Map.of()).own()).isEqualTo(Verdict.AGREES);
    }

    private void tell(String type, String change) {
        tables.execute(
                "select append_event(0, 'newer', 'web', '%s', 'because', '%s')"
                        .formatted(type, change));
    }

    private int replicas() {
        return Objects.requireNonNull(view.snapshot().orElseThrow().app("web")).replicas();
    }

    private String digest() {
        return view.snapshot().orElseThrow().digest();
    }

    private final class OnReload implements View.Listener {
        @Override
        public void happened(Event event, Snapshot after) {}

        @Override
        public void reloaded(Snapshot now) {
            reloads.incrementAndGet();
        }
    }
}
