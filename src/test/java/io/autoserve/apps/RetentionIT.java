package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Image;
import io.autoserve.model.Term;
import io.autoserve.store.ImageTable;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what a leader deletes once an hour, on a real PostgreSQL and a fake engine. */
class RetentionIT {
    private static final Image USED = new Image("registry/web:1", "sha256:1");
    private static final Image UNUSED = new Image("registry/web:0", "sha256:0");

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final ImageTable images = new ImageTable(store.database(), () -> NOON);
    private final FakeRuntime runtime = new FakeRuntime(() -> NOON);
    private final Term term = store.beginTerm(1);
    private final Retention retention =
            new Retention(images, store.fencedWrites(), _ -> runtime, 1 << 20, () -> 0);

    @BeforeEach
    void pullTwoImagesAndUseOne() {
        images.fetched(USED);
        images.fetched(UNUSED);
        var spec = SpecDraft.of("web").image(USED.name()).spec();
        store.desiredState().register(spec, "name: web", By.actor("tester"));
    }

    @Test
    void an_image_that_no_kept_revision_names_is_removed() {
        retention.onceAnHour(term);

        assertThat(images.fetched()).containsExactly(USED);
        assertThat(store.stateReader().events(EventQuery.behind(0, 10)))
                .filteredOn(event -> event.is(Event.Type.ImageRemoved))
                .extracting(Event::reason)
                .containsExactly("registry/web:0: no kept revision uses it");
    }

    @Test
    void the_oldest_events_are_deleted_once_their_table_is_too_large() {
        store.tables()
                .execute(
                        """
                        select append_event(0, 'tester', 'web', 'AppScaled', repeat('x', 500), '{"kind": "Nothing"}')
                        from generate_series(1, 16000)
                        """);

        retention.onceAMinute(term);

        var count = store.tables().execute("select count(*) from events");
        assertThat(count).containsExactly("10000"); // the newest are always kept
        assertThat(retention.historySize().events()).isGreaterThan(1 << 20);
    }

    @Test
    void the_oldest_revisions_are_deleted_once_their_table_is_too_large() {
        for (var i = 0; i < 5; i++) {
            var spec = SpecDraft.of("web").image("registry/web:" + i).spec();
            store.desiredState().apply(spec, noise(), By.actor("tester"));
        }

        retention.onceAMinute(term);

        var app = store.stateReader().clusterState().apps().getFirst();
        var kept = store.stateReader().revisions(app.id());
        assertThat(kept.size()).isLessThan(6);
        assertThat(kept.getFirst().number()).isEqualTo(app.revision());
        assertThat(kept)
                .anyMatch(it -> it.number() == Objects.requireNonNull(app.rollout()).from());
    }

    @Test
    void the_oldest_permitted_acts_are_deleted_once_the_audit_is_too_large() {
        store.tables()
                .execute(
                        """
                        insert into audit (at, action, outcome, reason, times, written)
                        values (now(), 'applyApp', 'REFUSED', 'refused', 1, 0)
                        """);
        store.tables()
                .execute(
                        """
                        select append_event(0, 'tester', 'web', 'AppScaled', repeat('x', 500), '{"kind": "Nothing"}')
                        from generate_series(1, 6000)
                        """);

        retention.onceAMinute(term);

        assertThat(retention.historySize().audit()).isBetween(1L << 19, 1L << 20);
        assertThat(
                        store.tables()
                                .execute(
                                        """
                                        select count(*) < 2000 and max(id) - min(id) = count(*) - 1
                                        from audit where outcome = 'ALLOWED'
                                        """))
                .containsExactly("t");
        assertThat(store.tables().execute("select reason from audit where outcome = 'REFUSED'"))
                .containsExactly("refused");
    }

    /** Returns a text of 400,000 characters that PostgreSQL cannot compress. */
    private static String noise() {
        var random = new Random(7);
        return random.ints(400_000, ' ', '~')
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
    }

    @Test
    void a_small_history_is_kept() {
        retention.onceAMinute(term);

        assertThat(store.stateReader().events(EventQuery.behind(0, 10))).isNotEmpty();
        assertThat(retention.historySize().revisions()).isPositive();
        assertThat(store.tables().execute("select outcome from audit")).contains("ALLOWED");
    }

    @Test
    void an_image_that_a_container_still_uses_is_left_for_the_next_time() {
        runtime.unpulled(UNUSED.name());

        retention.onceAnHour(term);

        assertThat(images.fetched()).containsExactly(USED, UNUSED);
    }
}
