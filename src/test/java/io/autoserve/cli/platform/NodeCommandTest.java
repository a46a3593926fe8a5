package io.autoserve.cli.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class NodeCommandTest {
    private static final String AWAY =
            Answers.problem(503, "Service Unavailable", "the database is away", "");

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

    @Test
    void drain_waits_on_while_no_controller_answers() {
        api.answers("POST /api/v1/nodes/here/drain", 202, node("Draining", 2))
                .answers("GET /api/v1/nodes", 503, AWAY)
                .answers("GET /api/v1/nodes", 200, list(node("Drained", 0)));

        assertThat(session.run("node", "drain", "here", "--wait").out())
                .contains("the database is away")
                .endsWith("✓ here: empty\n");
    }

    @Test
    void drain_that_takes_too_long_says_what_is_left_and_the_way_out() {
        api.answers("POST /api/v1/nodes/here/drain", 202, node("Draining", 2))
                .answers("GET /api/v1/nodes", 200, list(node("Draining", 1)));

        var said = session.run("node", "drain", "here", "--wait", "--timeout", "1ms");

        assertThat(said.exit()).isEqualTo(Exit.TIMED_OUT.code());
        assertThat(said.err()).contains("1 instance left", "autoserve events");
    }

    @Test
    void show_compares_the_limits_of_the_instances_with_what_the_node_has() {
        api.answers(
                "GET /api/v1/nodes",
                200,
                list(
                        """
                        {"name":"here","state":"Ready","instances":2,"processors":8,
                         "memoryBytes":17179869184,"reservedCpuMillis":1500,
                         "reservedMemoryBytes":536870912,"engine":"Docker 28.5.2"}\
                        """));

        assertThat(session.run("node", "show", "here").out())
                .contains("Docker 28.5.2", "1.5 of 8 processors");
        var said = session.run("node", "show", "there");
        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.err()).contains("there is no node 'there'");
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
