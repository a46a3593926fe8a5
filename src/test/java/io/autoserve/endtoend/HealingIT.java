package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DemoApp.FAILURES;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.EnginePace.scaled;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import io.autoserve.testing.SteadyTraffic;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Kills, freezes and removes parts of a running platform. Users do not notice, and afterwards all
 * parts run again.
 */
class HealingIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-heal").replicas(3);
    private static final String VICTIM = "e2e-heal-1";

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    private Map<String, String> before;
    private SteadyTraffic traffic;

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @BeforeEach
    void serve() {
        api.apply(SHOP);
        api.awaitReady(SHOP.name(), 3);
        platform.awaitServed(SHOP.host());
        before = platform.containersOf(SHOP.name());
        traffic = platform.traffic(SHOP.host());
        traffic.awaitMore(20);
    }

    @AfterEach
    void forget() {
        traffic.close();
        api.deleteAll();
    }

    @Test
    void a_killed_instance_is_replaced_and_no_GET_fails() {
        docker("kill", "--signal", "KILL", VICTIM);

        awaitReplaced();
        assertOnlyTheVictimIsAnother();
        assertNoRequestFailed();
    }

    @Test
    void a_death_needs_no_check_to_be_noticed() {
        var unchecked = DemoApp.named("e2e-unchecked").checkedEvery(3600);
        api.apply(unchecked);
        api.awaitReady(unchecked.name(), 1);

        docker("kill", "--signal", "KILL", "e2e-unchecked-0");

        var noticed =
                api.await(
                        unchecked.name(),
                        "noticed",
                        status ->
                                status.at("/replicas/ready").asInt() == 0
                                        || status.at("/instances/0/restarts").asInt() == 1);
        assertThat(noticed) // on a quiet machine, less than the 10 s after which a pass runs anyway
                .isLessThan(scaled(Duration.ofSeconds(5)));
        within(
                PATIENCE, // less than the hour until the next check
                "another serves",
                () ->
                        api.instances(unchecked.name()).getFirst().path("restarts").asInt() == 1
                                && api.app(unchecked.name()).at("/replicas/ready").asInt() == 1,
                () -> api.events(unchecked.name()));
    }

    @Test
    void a_frozen_instance_is_replaced_as_soon_as_its_checks_allow_and_no_GET_fails() {
        docker("pause", VICTIM);

        var noticed =
                api.await(
                        SHOP.name(),
                        "noticed",
                        status -> status.at("/replicas/ready").asInt() == 2);
        awaitReplaced();

        assertThat(noticed) // FAILURES check periods of 1 s, plus 0.5 s, plus slack
                .isLessThan(
                        Duration.ofMillis(FAILURES * 1000 + 500)
                                .plus(scaled(Duration.ofSeconds(1))));
        assertOnlyTheVictimIsAnother();
        assertNoRequestFailed();
    }

    @Test
    void a_container_that_somebody_removed_is_replaced() {
        docker("rm", "--force", VICTIM);

        awaitReplaced();
        assertOnlyTheVictimIsAnother();
        assertNoRequestFailed();
    }

    @Test
    void a_container_that_looks_like_ours_but_belongs_to_nothing_is_removed() {
        docker(
                "run",
                "--detach",
                "--name",
                "e2e-orphan-0",
                "--network",
                platform.network(),
                "--label",
                "autoserve.installation=" + platform.installation(),
                "--label",
                "autoserve.app=e2e-orphan",
                "--label",
                "autoserve.index=0",
                "--label",
                "autoserve.instance=999999",
                "--label",
                "autoserve.revision=1",
                "--label",
                "autoserve.epoch=1",
                "localhost/autoserve-demo");

        within(
                PATIENCE,
                "the orphan is removed",
                () -> platform.containersOf("e2e-orphan").isEmpty(),
                () -> platform.containersOf("e2e-orphan"));
        within(
                PATIENCE,
                "an event reports it", // the event is appended after the removal
                () ->
                        api.events("e2e-orphan").stream()
                                .anyMatch(event ->
                                        event.path("type").asText().equals("ContainerRemoved")),
                () -> api.events("e2e-orphan"));
        assertNoRequestFailed();
    }

    @Test
    void nginx_serves_by_its_table_file_when_it_is_started_again() {
        traffic.close();
        docker("restart", "--time", "1", platform.nginx());

        awaitAnswer();
        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
    }

    @Test
    void an_nginx_at_another_address_gets_the_changes_too() {
        traffic.close();
        docker("rm", "--force", platform.nginx());
        platform.startNginx("172.31.9.3");
        awaitAnswer();

        try (var users = platform.traffic(SHOP.host())) {
            api.scale(SHOP.name(), 1);
            api.awaitReady(SHOP.name(), 1);
            users.awaitMore(20);
            assertThat(users.failures()).isEmpty();
        }
    }

    @Test
    void a_database_that_is_away_for_five_seconds_disturbs_no_user_and_is_taken_up_again() {
        platform.database().stop();
        var until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        within(PATIENCE, "five seconds", () -> System.nanoTime() > until, () -> "a stopped clock");
        platform.database().start();

        within(
                PATIENCE,
                "a write works",
                () -> api.tryScale(SHOP.name(), 4).status() == 202,
                () -> api.app(SHOP.name()));
        api.awaitReady(SHOP.name(), 4);
        assertThat(platform.containersOf(SHOP.name())).containsAllEntriesOf(before);
        assertNoRequestFailed();
    }

    private void awaitReplaced() {
        within(
                PATIENCE,
                "another %s serves".formatted(VICTIM),
                () -> replaced() && api.app(SHOP.name()).at("/replicas/ready").asInt() == 3,
                () -> api.app(SHOP.name()));
    }

    private boolean replaced() {
        var present = platform.containersOf(SHOP.name()).get(VICTIM);
        return present != null && !present.equals(before.get(VICTIM));
    }

    private void assertOnlyTheVictimIsAnother() {
        var after = platform.containersOf(SHOP.name());
        assertThat(after.keySet()).isEqualTo(before.keySet());
        after.forEach((name, id) ->
                assertThat(id.equals(before.get(name))).as(name).isEqualTo(!name.equals(VICTIM)));
    }

    private void assertNoRequestFailed() {
        traffic.awaitMore(50);
        traffic.close();
        assertThat(traffic.failures()).isEmpty();
    }

    private static void awaitAnswer() {
        within(
                PATIENCE,
                "nginx answers",
                () -> {
                    try {
                        return platform.get(SHOP.host(), "/").status() == 200;
                    } catch (Exception notYet) {
                        return false;
                    }
                },
                () -> docker("logs", "--tail", "20", platform.nginx()));
    }
}
