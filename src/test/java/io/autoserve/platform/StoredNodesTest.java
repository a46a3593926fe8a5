package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.By;
import io.autoserve.model.NodeSize;
import io.autoserve.model.Refusal;
import io.autoserve.store.NodeTable;
import io.autoserve.testing.AbsentDatabase;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

class StoredNodesTest {
    private static final By ANN = By.actor("ann");

    private final AbsentDatabase absent = new AbsentDatabase();
    private final StoredNodes nodes =
            new StoredNodes(
                    new NodeTable(absent.database(), () -> NOON),
                    () -> "here",
                    () -> new NodeSize(2, 1L << 30, "Docker 28.5.2"),
                    new Background(Runnable::run));

    @Test
    void a_node_that_does_not_exist_is_refused_before_anything_is_written() {
        assertThat(kind(nodes.drain("there", false, ANN))).isEqualTo(Refusal.Kind.NOT_FOUND);
        assertThat(kind(nodes.uncordon("there", ANN))).isEqualTo(Refusal.Kind.NOT_FOUND);
        assertThat(absent.asked()).isZero();
    }

    @Test
    void the_node_that_exists_is_looked_up_in_the_table() {
        assertThat(kind(nodes.drain("here", false, ANN))).isEqualTo(Refusal.Kind.UNAVAILABLE);
        assertThat(absent.asked()).isOne();
    }

    private static Refusal.Kind kind(Future<?> answer) {
        return ((Refusal) answer.cause()).kind();
    }
}
