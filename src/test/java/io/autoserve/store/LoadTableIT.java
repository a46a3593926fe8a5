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
import java.util.List;
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
    void writes_the_same_step_once_and_nothing_of_an_app_that_is_gone() {
        table.write(term, List.of(sample(app.id(), NOON, 0.5)));
        table.write(term, List.of(sample(app.id(), NOON, 0.7), sample(app.id() + 1, NOON, 0.1)));

        assertThat(table.fine(NOON.minusSeconds(1), NOON))
                .containsExactly(sample(app.id(), NOON, 0.5));
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

    private static Sample sample(long app, Instant at, @Nullable Double cpu) {
        return new Sample(
                app,
                100,
                1,
                at,
                Duration.ofSeconds(10),
                20,
                List.of(0L, 19L, 0L, 0L, 1L),
                1.5,
                List.of(40, 18, 60, 2),
                cpu,
                cpu,
                cpu == null ? null : 1_000_000L);
    }
}
