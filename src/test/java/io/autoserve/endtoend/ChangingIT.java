package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.EnginePace.scaled;
import static io.autoserve.testing.EnginePace.scaledSeconds;
import static io.autoserve.testing.Eventually.within;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Changes apps as operators do, while users keep sending requests. */
class ChangingIT {
    private static final DemoApp SHOP = DemoApp.named("e2e-shop");

    /** The same app with enough time for slow requests. */
    private static final DemoApp PATIENT =
            SHOP.routing("timeouts: {readSeconds: 3600}")
                    .rollout("drainSeconds: " + scaledSeconds(10));

    @AutoClose private static final RunningPlatform platform = RunningPlatform.start();
    private static ApiClient api;

    @BeforeAll
    static void start() {
        api = platform.startController();
    }

    @AfterEach
    void removeApps() {
        api.deleteAll();
    }

    @Test
    void scaling_out_and_in_fails_no_request_not_even_one_that_must_not_be_repeated() {
        serve(SHOP);
        try (var gets = platform.traffic(SHOP.host());
                var posts = platform.posts(SHOP.host())) {
            gets.awaitMore(20);

            api.scale(SHOP.name(), 10);
            api.awaitReady(SHOP.name(), 10);
            gets.awaitMore(50);
            api.scale(SHOP.name(), 2);
            api.awaitReady(SHOP.name(), 2);
            gets.awaitMore(50);
            posts.awaitMore(50);

            assertThat(gets.failures()).isEmpty();
            assertThat(posts.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name())).containsOnlyKeys("e2e-shop-0", "e2e-shop-1");
    }

    @Test
    void a_slow_request_is_answered_before_its_instance_is_stopped() throws Exception {
        serve(PATIENT.replicas(2));
        var slow = askAll(slow(Duration.ofSeconds(3)), 4); // two for each instance (least_conn)

        api.scale(SHOP.name(), 1);
        api.awaitReady(SHOP.name(), 1);

        for (var answer : slow) { // the remaining instance may still be answering
            assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(200);
        }
    }

    @Test
    void the_drain_deadline_ends_a_request_that_would_not() throws Exception {
        serve(PATIENT.replicas(2).rollout("drainSeconds: 1"));
        var endless = askAll(slow(Duration.ofSeconds(30)), 4);
        var asked = System.nanoTime();

        api.scale(SHOP.name(), 1);
        api.awaitReady(SHOP.name(), 1);

        var took = Duration.ofNanos(System.nanoTime() - asked);
        assertThat(took) // At least: drain deadline 1 s, nginx 1 s, the demo's grace 5 s. At most:
                // less than the 30 s that the request would have taken.
                .isBetween(Duration.ofSeconds(7), scaled(Duration.ofSeconds(25)));
        api.delete(SHOP.name()); // ends the remaining requests
        for (var answer : endless) {
            answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void a_websocket_ends_with_the_drain_and_not_with_the_container() {
        serve(SHOP.replicas(1).rollout("drainSeconds: 2"));
        var socket = platform.webSocket(SHOP.host(), "/ws");
        var closed = new CompletableFuture<Short>();
        socket.closeHandler(_ -> closed.complete(socket.closeStatusCode()));

        api.order("restart", SHOP.name());

        assertThat(closed).succeedsWithin(PATIENCE).isEqualTo((short) 1001);
        api.awaitReady(SHOP.name(), 1);
        assertThat(api.events(SHOP.name()))
                .extracting(event -> event.path("reason").asText())
                .contains("e2e-shop-0: the drain deadline passed: open connections were closed");
    }

    /**
     * Returns the path of a request that takes this long on a quiet machine. On a slow machine the
     * request takes longer, because the changes that it must outlast take longer there, too.
     */
    private static String slow(Duration quiet) {
        return "/slow?ms=" + scaled(quiet).toMillis();
    }

    /**
     * Sends the requests in parallel and waits until all of them have reached instances. Returns
     * their answers, which may still be outstanding.
     */
    private static List<CompletableFuture<Integer>> askAll(String path, int times) {
        var answers = new ArrayList<CompletableFuture<Integer>>();
        for (var i = 0; i < times; i++) {
            var answer = new CompletableFuture<Integer>();
            Thread.startVirtualThread(
                    () -> answer.complete(platform.get(SHOP.host(), path).status()));
            answers.add(answer);
        }
        within(
                PATIENCE,
                "the requests have arrived",
                () -> openConnections() >= times,
                ChangingIT::openConnections);
        return answers;
    }

    /**
     * Counts the connections that nginx holds open to the instances, as the kernel reports them.
     */
    private static int openConnections() {
        return docker("exec", platform.nginx(), "cat", "/proc/net/tcp")
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > 3 && columns[2].endsWith(":1F90")) // 8080
                .filter(columns -> columns[3].equals("01")) // established
                .toList()
                .size();
    }

    @Test
    void a_changed_spec_rolls_out_and_fails_no_request() {
        serve(SHOP.replicas(3));
        var before = platform.containersOf(SHOP.name());
        try (var gets = platform.traffic(SHOP.host());
                var posts = platform.posts(SHOP.host())) {
            gets.awaitMore(20);

            api.apply(SHOP.replicas(3).environment("VERSION", "2"));
            api.await(SHOP.name(), "rolling out", status -> status.path("revision").asInt() == 2);
            api.awaitReady(SHOP.name(), 3);
            gets.awaitMore(50);
            posts.awaitMore(20);

            assertThat(gets.failures()).isEmpty();
            assertThat(posts.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name()).values())
                .hasSize(3)
                .doesNotContainAnyElementsOf(before.values());
        assertThat(platform.get(SHOP.host(), "/?json").json().path("version").asText())
                .isEqualTo("2");
    }

    @Test
    void a_change_of_scaling_alone_replaces_nothing() {
        serve(SHOP.replicas(2));
        var before = platform.containersOf(SHOP.name());

        api.apply(SHOP.replicas(3));
        api.awaitReady(SHOP.name(), 3);

        assertThat(platform.containersOf(SHOP.name())).hasSize(3).containsAllEntriesOf(before);
    }

    @Test
    void the_same_spec_again_changes_nothing() {
        serve(SHOP.replicas(2));
        var before = platform.containersOf(SHOP.name());

        var again = api.apply(SHOP.replicas(2));

        assertThat(again.path("outcome").asText()).isEqualTo("Unchanged");
        assertThat(again.path("revision").asInt()).isEqualTo(1);
        assertThat(platform.containersOf(SHOP.name())).isEqualTo(before);
    }

    @Test
    void a_restart_replaces_every_instance_and_fails_no_request() {
        serve(SHOP.replicas(2));
        var before = platform.containersOf(SHOP.name());
        try (var users = platform.traffic(SHOP.host())) {
            users.awaitMore(20);

            api.order("restart", SHOP.name());
            api.awaitReady(SHOP.name(), 2);
            users.awaitMore(20);

            assertThat(users.failures()).isEmpty();
        }
        assertThat(platform.containersOf(SHOP.name()).values())
                .hasSize(2)
                .doesNotContainAnyElementsOf(before.values());
    }

    @Test
    void a_stopped_app_asks_users_to_come_back_and_starts_again() {
        serve(SHOP.replicas(2));

        api.order("stop", SHOP.name());
        api.await(
                SHOP.name(), "stopped", status -> status.path("state").asText().equals("Stopped"));

        var page = platform.get(SHOP.host(), "/");
        assertThat(page.status()).isEqualTo(503);
        assertThat(page.headers()).containsKey("Retry-After");
        assertThat(platform.containersOf(SHOP.name())).isEmpty();

        api.order("start", SHOP.name());
        api.awaitReady(SHOP.name(), 2);
        platform.awaitServed(SHOP.host());
    }

    @Test
    void a_drained_node_answers_what_it_was_asked_and_gets_all_back_when_it_is_uncordoned()
            throws Exception {
        serve(PATIENT.replicas(3));
        var node = "/api/v1/nodes/" + node().path("name").asText();
        assertThat(api.post(node + "/drain", "").status()).isEqualTo(409); // it is the only one
        var asked = askAll(slow(Duration.ofSeconds(3)), 4);

        api.post(node + "/drain?force=true", "").require(202);

        for (var answer : asked) {
            assertThat(answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(200);
        }
        within(
                PATIENCE,
                "the node is empty",
                () -> node().path("state").asText().equals("Drained"),
                ChangingIT::node);
        assertThat(platform.containersOf(SHOP.name())).isEmpty();
        assertThat(platform.get(SHOP.host(), "/").headers()).containsEntry("Retry-After", "1");

        api.post(node + "/uncordon", "").require(202);
        api.awaitReady(SHOP.name(), 3);
        platform.awaitServed(SHOP.host());
    }

    private static JsonNode node() {
        return api.get("/api/v1/nodes").require(200).path("nodes").path(0);
    }

    @Test
    void a_deleted_app_leaves_nothing_and_its_name_is_free_at_once() {
        serve(SHOP.replicas(2));

        api.delete(SHOP.name());
        api.awaitGone(SHOP.name());

        assertThat(platform.containersOf(SHOP.name())).isEmpty();
        api.register(SHOP.yaml());
        api.awaitReady(SHOP.name(), 1);
        assertThat(api.app(SHOP.name()).path("revision").asInt()).isEqualTo(1);
        platform.awaitServed(SHOP.host());
    }

    private static void serve(DemoApp app) {
        api.apply(app);
        api.awaitReady(app.name(), app.replicas());
        platform.awaitServed(app.host());
    }
}
