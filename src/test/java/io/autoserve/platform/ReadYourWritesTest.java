package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.clusterState;
import static io.autoserve.testing.Fixtures.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.events.LoadedView;
import io.autoserve.events.View;
import io.autoserve.model.Event.Change;
import io.autoserve.testing.Eventually;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadYourWritesTest {
    private final View view = LoadedView.of(clusterState(7, List.of()));
    private final ReadYourWrites writes = new ReadYourWrites(view);

    @Test
    void answers_at_once_when_the_view_shows_the_write() {
        assertThat(writes.showing(7, "done").result()).isEqualTo("done");
    }

    @Test
    void answers_once_the_view_shows_the_write() {
        var answer = writes.showing(8, "done");
        assertThat(answer.isComplete()).isFalse();

        LoadedView.apply(view, event(8, new Change.Nothing()));

        assertThat(answer.result()).isEqualTo("done");
    }

    /**
     * The write is committed, so it must not be reported as failed only because the view has lost
     * its connection to the database.
     */
    @Test
    void answers_in_the_end_though_the_view_does_not_show_the_write() {
        assertThat(Eventually.await(writes.showing(8, "done"))).isEqualTo("done");
    }
}
