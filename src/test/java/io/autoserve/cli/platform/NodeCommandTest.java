package io.autoserve.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class NodeCommandTest {
    @AutoClose private final LoopbackApi api = new LoopbackApi();

    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @Test
    void drain_shows_how_many_instances_are_left_while_it_waits() {
        draining();

        assertThat(session.run("node", "drain", "here", "--wait").out())
                .contains("here is being drained of 2 instances")
                .contains("here: 1 instance left")
                .endsWith("✓ here: empty\n");
    }

    @Test
    void drain_prints_one_document_for_programs_with_the_final_state() {
        draining();

        assertThat(session.run("node", "drain", "here", "--wait", "-o", "json").out())
                .isEqualToIgnoringWhitespace(
                        "{\"name\": \"here\", \"state\": \"Drained\", \"instances\": 0}");
    }

    private void draining() {
        api.answers("POST /api/v1/nodes/here/drain", 202, node("Draining", 2))
                .answers("GET /api/v1/nodes", 200, list(node("Draining", 1)))
                .answers("GET /api/v1/nodes", 200, list(node("Drained", 0)));
    }

    private static String node(String state, int instances) {
        return "{\"name\":\"here\",\"state\":\"%s\",\"instances\":%d}".formatted(state, instances);
    }

    private static String list(String node) {
        return "{\"nodes\":[" + node + "]}";
    }
}
