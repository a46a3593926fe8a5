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
import io.autoserve.time.Time;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            new Retention(images, store.fencedWrites(), _ -> runtime, 1 << 20, Time.system());

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
    void an_app_that_writes_much_loses_its_own_events_first() {
        append("quiet", 10);
        append("noisy", 16_000);

        retention.onceAMinute(term);

        assertThat(count("quiet")).isEqualTo(10);
        assertThat(count("noisy")).isEqualTo(10_000); // the newest are always kept
    }

    @Test
    void events_without_an_app_are_limited_like_those_of_an_app() {
        append("quiet", 10);
        store.tables()
                .execute(
                        """
                        select append_event(0, 'tester', null, 'StandbyLost', repeat('x', 500), '{"kind": "Nothing"}')
                        from generate_series(1, 16000)
                        """);

        retention.onceAMinute(term);

        assertThat(count("quiet")).isEqualTo(10);
        assertThat(store.tables().execute("select count(*) from events where app is null"))
                .containsExactly("10000");
    }

    @Test
    void an_app_that_writes_much_loses_its_own_revisions_first() {
        var quiet = SpecDraft.of("quiet");
        store.desiredState().apply(quiet.image("registry/a:1").spec(), "1", By.actor("tester"));
        store.desiredState().apply(quiet.image("registry/a:2").spec(), "2", By.actor("tester"));
        store.desiredState().apply(quiet.image("registry/a:3").spec(), "3", By.actor("tester"));
        for (var i = 1; i <= 8; i++) {
            var spec = SpecDraft.of("web").image("registry/web:" + i).spec();
            store.desiredState().apply(spec, noise(), By.actor("tester"));
        }

        retention.onceAMinute(term);

        var kept =
                store.tables()
                        .execute(
                                """
                                select a.name || ' ' || count(*) from revisions r join apps a on a.id = r.app_id
                                group by a.name order by a.name
                                """);
        assertThat(kept.getFirst()).isEqualTo("quiet 3");
        assertThat(kept.getLast()).startsWith("web ").isLessThan("web 8");
    }

    @ParameterizedTest(name = "{0} of {1} bytes: {2}")
    @CsvSource(
            delimiter = '|',
            nullValues = "all",
            textBlock =
                    """
                    {10}          |  10 | all
                    {11}          |  10 |  10
                    {3,40,3}      |  46 | all
                    {3,40,3}      |  36 |  30
                    {30,10,30,30} |  70 |  20
                    {0,0}         |   0 | all
                    {5,5}         |   0 |   0
                    """)
    void apps_with_less_keep_all_and_the_others_equally_much(
            String sizes, int most, @Nullable String share) {
        assertThat(
                        store.tables()
                                .execute(
                                        "select coalesce(fair_share('%s', %d)::text, 'none')"
                                                .formatted(sizes, most)))
                .containsExactly(share == null ? "none" : share);
    }

    private void append(String app, int times) {
        store.tables()
                .execute(
                        """
                        select append_event(0, 'tester', '%s', 'AppScaled', repeat('x', 500), '{"kind": "Nothing"}')
                        from generate_series(1, %d)
                        """
                                .formatted(app, times));
    }

    private int count(String app) {
        return Integer.parseInt(
                store.tables()
                        .execute("select count(*) from events where app = '%s'".formatted(app))
                        .getFirst());
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
