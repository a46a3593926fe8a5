package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ends terms in the middle of starts. The test holds back Docker's answers. Each of the first four
 * starts has created its container and waits for the answer. Two more instances are not started
 * yet, because the leader begins with at most four concurrent starts.
 */
class OldTermIT {
    private static final int AT_ONCE = 4;
    private static final DemoApp SHOP = DemoApp.named("e2e-shop").replicas(AT_ONCE + 2);
    private static final Path ENGINE = Path.of("/var/run/docker.sock");

    private static final String EPOCH = "select epoch from leader";
    private static final String HANG_UP =
            "select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where application_name = 'autoserve election controller-here'";

    @TempDir private Path folder;
    private RunningPlatform platform;
    private Wire wire;

    @BeforeEach
    void start() throws IOException {
        platform = RunningPlatform.start();
        wire = Wire.to(ENGINE, folder.resolve("docker.sock"));
        platform.reachEngineAt(folder.resolve("docker.sock"));
    }

    @AfterEach
    void stop() throws IOException {
        platform.close();
        wire.close();
    }

    @Test
    void a_leader_that_thaws_after_its_term_asks_nothing_of_the_engine_and_writes_nothing() {
        var old = platform.launchController("controller-1").awaitReady();
        old.api().awaitLeader("controller-1");
        platform.reachEngineAt(ENGINE);
        var next = platform.launchController("controller-2").awaitReady();
        haltInTheMiddle(old.api());

        var before = wire.questions().size();
        old.freeze();
        wire.passAnswers();
        next.api().awaitLeader("controller-2");
        old.thaw();
        within(
                PATIENCE,
                "the old leader has nothing under way",
                () -> empty(old.api()),
                () -> actions(old.api()));
        next.api().awaitReady(SHOP.name(), SHOP.replicas());

        var since = wire.questions().subList(before, wire.questions().size());
        assertThat(since).allMatch(question -> question.startsWith("GET "));
        assertThat(
                        platform.database()
                                .query(
                                        """
                                        select type from events where epoch = 1 and seq >
                                         (select seq from events where type = 'LeaderElected' and epoch = 2)
                                        """))
                .isEmpty();
    }

    @Test
    void a_leader_that_is_elected_anew_does_nothing_for_its_term_before() {
        var only = platform.startController();
        only.awaitLeader("controller-here");
        haltInTheMiddle(only);

        platform.database().query(HANG_UP);
        within(
                PATIENCE,
                "another term has begun",
                () -> platform.database().query(EPOCH).contains("2"),
                () -> platform.database().query(EPOCH));
        wire.passAnswers();
        only.awaitReady(SHOP.name(), SHOP.replicas());

        assertThat(starts()).hasSize(SHOP.replicas()).doesNotHaveDuplicates();
    }

    private void haltInTheMiddle(ApiClient leader) {
        wire.keepAnswersTo("POST /containers/");
        leader.apply(SHOP);
        within(
                PATIENCE,
                "all starts wait for the engine",
                () ->
                        wire.held() == AT_ONCE
                                && platform.containersOf(SHOP.name()).size() == AT_ONCE,
                () -> wire.held() + " held, " + platform.containersOf(SHOP.name()));
    }

    private List<String> starts() {
        return wire.questions().stream()
                .filter(question -> question.startsWith("POST ") && question.contains("/start "))
                .toList();
    }

    private static boolean empty(ApiClient controller) {
        return actions(controller)
                .containsAll(
                        List.of(
                                "autoserve_actions_waiting{lane=\"starts\"} 0.0",
                                "autoserve_actions_running 0.0"));
    }

    private static List<String> actions(ApiClient controller) {
        var metrics = controller.get("/metrics").require(200).asText();
        return metrics.lines().filter(line -> line.startsWith("autoserve_actions_")).toList();
    }
}
