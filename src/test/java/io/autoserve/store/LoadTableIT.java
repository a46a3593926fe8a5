package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests which load data is kept, on a real PostgreSQL. */
class LoadTableIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Term term = store.beginTerm(1);
    private final LoadTable table = new LoadTable(store.database(), store.fencedWrites());
    private final LongReads past = store.past();
    private final App app =
            store.desiredState()
                    .register(spec("shop", rollout(1, 0)), "name: shop", By.actor("tester"))
                    .app();

    @Test
    void gives_back_what_was_written() {
        var samples = List.of(sample(app.id(), NOON, 0.5), sample(app.id(), later(10), null));
        table.write(term, samples);
        assertThat(past.samples(app.id(), LoadTable.FINE, NOON.minusSeconds(1))).isEqualTo(samples);
        assertThat(past.samples(app.id(), LoadTable.FINE, NOON)).containsExactly(samples.getLast());
        assertThat(past.samples(app.id(), LoadTable.COARSE, NOON.minusSeconds(1))).isEmpty();
        assertThat(table.fine(NOON, later(10))).containsExactly(samples.getLast());
    }

    @Test
    void gives_back_each_minute_of_a_sample_that_covers_several() {
        var end = NOON.plusSeconds(600);
        table.write(term, List.of(sample(app.id(), end, Duration.ofMinutes(10), null)));

        assertThat(past.samples(app.id(), LoadTable.COARSE, end.minusSeconds(180)))
                .containsExactly(
                        coarse(end.minusSeconds(120), null),
                        coarse(end.minusSeconds(60), null),
                        coarse(end, null));
        assertThat(past.samples(app.id(), LoadTable.FINE, NOON)).isEmpty();
    }

    @Test
    void writes_the_same_step_once_and_nothing_of_an_app_that_is_gone() {
        table.write(term, List.of(sample(app.id(), NOON, 0.5)));
        table.write(term, List.of(sample(app.id(), NOON, 0.7), sample(app.id() + 1, NOON, 0.1)));

        assertThat(table.fine(NOON.minusSeconds(1), NOON))
                .containsExactly(sample(app.id(), NOON, 0.5));
    }

    @Test
    void forgets_whole_partitions_of_old_samples_and_keeps_the_others() {
        var now = InstantSource.system().instant().truncatedTo(ChronoUnit.SECONDS);
        var fine = sample(app.id(), now.minusSeconds(600), 0.5);
        var coarse = coarse(now.minus(Duration.ofDays(6)));
        table.write(term, List.of(fine, sample(app.id(), now.minus(Duration.ofHours(3)), 0.5)));
        table.write(term, List.of(coarse, coarse(now.minus(Duration.ofDays(9)))));

        store.fencedWrites().forgetThePast(term);

        assertThat(past.samples(app.id(), LoadTable.FINE, Instant.EPOCH)).containsExactly(fine);
        assertThat(past.samples(app.id(), LoadTable.COARSE, Instant.EPOCH)).containsExactly(coarse);
        assertThat(partitionsFor(now.minus(Duration.ofDays(9)))).isEmpty();
        assertThat(partitionsFor(now)).hasSize(2);
    }

    @Test
    void leaves_old_samples_for_the_next_time_while_a_backup_reads_them() {
        var old = InstantSource.system().instant().minus(Duration.ofHours(3));
        table.write(term, List.of(sample(app.id(), old, 0.5)));

        store.database()
                .snapshot(backup -> {
                    backup.run("select from samples limit 1");
                    store.fencedWrites().forgetThePast(term);
                    return true;
                });
        assertThat(past.samples(app.id(), LoadTable.FINE, Instant.EPOCH)).hasSize(1);

        store.fencedWrites().forgetThePast(term);
        assertThat(past.samples(app.id(), LoadTable.FINE, Instant.EPOCH)).isEmpty();
    }

    @Test
    void keeps_the_samples_of_the_version_before() {
        var tables = postgres.createAt("103");
        tables.execute(
                """
                with app as (
                    insert into apps (name, revision, template, intent, replicas, reach, created_at, updated_at)
                    values ('shop', 1, 1, 'RUN', 1, 1, now(), now()) returning id
                ), revision as (
                    insert into revisions select id, 1, 1, '{}', '', 'ann', now(), 0, 0 from app)
                insert into samples (app_id, instance_id, revision, at, span_seconds, requests, errors, in_flight, classes, latency)
                    select id, 1, 1, now() - age, span, 1, 0, 0, '{0,0,0,0,0}', '{}'
                    from app, (values (interval '5 minutes', 10), ('2 hours', 10), ('12 hours', 60), ('60 hours', 60),
                        ('160 hours', 60), ('8 days', 60)) as s(age, span)
                """);

        Migrations.run(
                JdbcUrl.of("127.0.0.1:" + tables.port(), tables.name(), null), "postgres", "");

        assertThat(
                        tables.execute(
                                "select span_seconds || ' ' || extract(epoch from now() - at)::int / 3600 from samples order by at"))
                .containsExactly("60 160", "60 60", "60 12", "10 0");
    }

    private List<String> partitionsFor(Instant at) {
        var hour = DateTimeFormatter.ofPattern("yyyyMMddHH", Locale.ROOT).withZone(ZoneOffset.UTC);
        return store.tables()
                .execute(
                        "select relname from pg_class where relkind = 'r' and relname in ('fine_samples_%s', 'coarse_samples_%s')"
                                .formatted(
                                        hour.format(at),
                                        hour.format(at.truncatedTo(ChronoUnit.DAYS))));
    }

    @Test
    void takes_nothing_from_a_leader_whose_term_is_over() {
        var old = new Term(1, UUID.randomUUID());
        assertThatThrownBy(() -> table.write(old, List.of(sample(app.id(), NOON, 0.5))))
                .isInstanceOf(Deposed.class);
    }

    private static Instant later(int seconds) {
        return NOON.plusSeconds(seconds);
    }

    private Sample coarse(Instant at) {
        return coarse(at, 0.5);
    }

    private Sample coarse(Instant at, @Nullable Double cpu) {
        return sample(app.id(), at, LoadTable.COARSE, cpu);
    }

    private static Sample sample(long app, Instant at, @Nullable Double cpu) {
        return sample(app, at, LoadTable.FINE, cpu);
    }

    private static Sample sample(long app, Instant at, Duration span, @Nullable Double cpu) {
        return new Sample(
                app,
                100,
                1,
                at,
                span,
                20,
                List.of(0L, 19L, 0L, 0L, 1L),
                1.5,
                List.of(40, 18, 60, 2),
                cpu,
                cpu,
                cpu == null ? null : 1_000_000L);
    }
}
