package io.autoserve.events;

import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.event;
import static io.autoserve.testing.Fixtures.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ViewTest {
    private static final Duration LONG = Eventually.PATIENCE;

    private final View view = new View();
    private final List<String> told = new ArrayList<>();

    @Test
    void is_empty_until_it_is_loaded() {
        assertThat(view.snapshot()).isEmpty();

        load(7);

        assertThat(view.snapshot().orElseThrow().seq()).isEqualTo(7);
    }

    @Test
    void follows_events() {
        load(7);

        view.apply(put(8, app("web", 1)), app("web", 1).spec());

        var now = view.snapshot().orElseThrow();
        assertThat(now.seq()).isEqualTo(8);
        assertThat(now.app("web")).isNotNull();
    }

    @Test
    void passes_over_an_event_that_it_has_already_seen() {
        load(7);
        view.listen(listener());

        view.apply(put(7, app("web", 1)), app("web", 1).spec());

        assertThat(view.snapshot().orElseThrow().apps()).isEmpty();
        assertThat(told).isEmpty();
    }

    @Test
    void tells_listeners_what_happened_until_they_stop_listening() {
        var stop = view.listen(listener());
        load(7);
        view.apply(event(8, new Change.Nothing()), null);
        view.apply(event(9, new Change.Nothing()), null);

        stop.run();
        view.apply(event(10, new Change.Nothing()), null);
        load(7);

        assertThat(told).containsExactly("loaded at 7", "8 leads to 8", "9 leads to 9");
    }

    @Test
    void answers_at_once_about_an_event_that_it_has_seen() {
        load(7);

        assertThat(view.reached(7, LONG).join().seq()).isEqualTo(7);
        assertThat(view.waiting()).isZero();
    }

    @Test
    void answers_about_later_events_once_it_has_seen_them() {
        load(7);
        var ninth = view.reached(9, LONG);
        var eighth = view.reached(8, LONG);

        view.apply(event(8, new Change.Nothing()), null);
        assertThat(eighth.join().seq()).isEqualTo(8);
        assertThat(ninth.isDone()).isFalse();
        assertThat(view.waiting()).isOne();

        view.apply(event(9, new Change.Nothing()), null);
        assertThat(ninth.join().seq()).isEqualTo(9);
        assertThat(view.waiting()).isZero();
    }

    @Test
    void answers_about_an_event_also_when_it_is_loaded_anew() {
        var eighth = view.reached(8, LONG);

        load(10);

        assertThat(eighth.join().seq()).isEqualTo(10);
    }

    private void load(long seq) {
        view.reload(Snapshot.of(clusterState(seq, List.of())));
    }

    private View.Listener listener() {
        return new View.Listener() {
            @Override
            public void happened(Event event, Snapshot after) {
                told.add("%d leads to %d".formatted(event.seq(), after.seq()));
            }

            @Override
            public void reloaded(Snapshot now) {
                told.add("loaded at " + now.seq());
            }
        };
    }
}
