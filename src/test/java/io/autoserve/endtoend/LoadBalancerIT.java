package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Authority;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.TlsVisit;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs the load balancer of {@code nginx/controller-lb} in a container, in front of toy
 * controllers.
 */
class LoadBalancerIT {
    private static final String IMAGE = "t-platform-nginx";
    private static final String NAME = "t-platform-lb";
    private static final String HOST =
            "172.31.112.1"; // this machine's address in the test's network
    private static final String APPS = "/api/v1/apps";
    private static final String KEY = "Idempotency-Key";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ToyController leader = new ToyController(vertx, "leader");
    private final ToyController second = new ToyController(vertx, "second");
    private final ToyController third = new ToyController(vertx, "third");
    private final List<ToyController> all = List.of(leader, second, third);
    private String url = "";
    @TempDir private static Path certificates;

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(certificates, PosixFilePermissions.fromString("rwxr-xr-x"));
        docker("build", "--quiet", "--network", "host", "--tag", IMAGE, "nginx");
        removeLeftovers();
        docker("network", "create", "--subnet", "172.31.112.0/24", NAME);
    }

    /**
     * Removes what a killed run left behind. A leftover network would occupy the addresses that
     * this run needs.
     */
    private static void removeLeftovers() throws Exception {
        for (var container : lines(docker("ps", "--all", "--quiet", "--filter", "name=" + NAME))) {
            docker("rm", "--force", container);
        }
        for (var network : lines(docker("network", "ls", "--quiet", "--filter", "name=" + NAME))) {
            docker("network", "rm", network);
        }
    }

    private static List<String> lines(String output) {
        return output.lines().filter(line -> !line.isBlank()).toList();
    }

    @AfterAll
    static void tidyUp() throws Exception {
        docker("network", "rm", NAME);
    }

    @BeforeEach
    void start() throws Exception {
        leader.leads = true;
        var controllers =
                all.stream().map(toy -> HOST + ":" + toy.port()).collect(Collectors.joining(" "));
        docker(
                "run",
                "--detach",
                "--name",
                NAME,
                "--network",
                NAME,
                "--user",
                "www-data",
                "--read-only",
                "--tmpfs",
                "/tmp",
                "--tmpfs",
                "/run/nginx:mode=1777",
                "--env",
                "AUTOSERVE_CONTROLLERS=" + controllers,
                "--volume",
                certificates + ":/run/autoserve:ro",
                IMAGE,
                "nginx",
                "-c",
                "/etc/nginx/controller-lb/nginx.conf");
        url =
                "http://"
                        + docker(
                                "inspect",
                                "--format",
                                "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                                NAME)
                        + ":8000";
        awaitAnswers("leader"::equals);
    }

    @AfterEach
    void stop() throws Exception {
        docker("rm", "--force", NAME);
        all.forEach(ToyController::close);
        vertx.close().await(PATIENCE.toSeconds(), SECONDS);
    }

    @Test
    void all_goes_to_the_leader_as_long_as_it_is_there() throws Exception {
        for (var i = 0; i < 20; i++) {
            assertThat(ask("GET", APPS).body()).isEqualTo("leader");
        }
    }

    @Test
    void with_tls_it_shows_the_certificate_that_is_there_now() throws Exception {
        var authority = new Authority();
        for (var name : List.of("first.example", "second.example")) {
            var issued = authority.issue(Instant.now(), Instant.now().plusSeconds(600), name);
            Files.writeString(certificates.resolve("api.crt"), issued.chain());
            Files.writeString(certificates.resolve("api.key"), issued.key().reveal());

            var visit = TlsVisit.to(URI.create(url).getHost(), 8443, name, APPS);

            assertThat(visit.answer()).endsWith("leader");
            assertThat(Authority.pem(visit.certificate())).isEqualTo(issued.chain());
        }
    }

    @Test
    void a_change_of_leaders_is_followed() throws Exception {
        leader.leads = false;
        third.leads = true;

        awaitAnswers("third"::equals);
    }

    @Test
    void controllers_that_do_not_lead_are_probed_less_often_while_another_one_leads() {
        all.forEach(toy -> toy.probes.set(0));

        Eventually.await(
                "the leader is probed twenty times", leader.probes::get, probes -> probes >= 20);

        assertThat(second.probes.get()).isPositive().isLessThan(leader.probes.get() / 2);
        assertThat(third.probes.get()).isPositive().isLessThan(leader.probes.get() / 2);
    }

    @Test
    void who_is_not_ready_is_not_asked() throws Exception {
        leader.ready = false;
        awaitAnswers(by -> !by.equals("leader"));

        for (var i = 0; i < 20; i++) {
            assertThat(ask("GET", APPS).body()).isIn("second", "third");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void no_request_is_lost_when_the_leader_is_gone(String method) throws Exception {
        leader.close();

        for (var i = 0; i < 20; i++) {
            assertThat(ask(method, APPS).body()).isIn("second", "third");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/apps",
        "PUT, /api/v1/apps/shop",
        "DELETE, /api/v1/apps/shop",
        "POST, /api/v1/apps/shop/scale",
        "POST, /api/v1/apps/shop/start",
        "POST, /api/v1/apps/shop/stop",
        "POST, /api/v1/apps",
        "POST, /api/v1/apps/shop/restart",
        "POST, /api/v1/apps/shop/rollout/undo",
        "POST, /api/v1/nodes/here/drain",
        "POST, /api/v1/secret-keys/reseal"
    })
    void what_is_done_once_by_its_key_is_asked_again_elsewhere(String method, String path)
            throws Exception {
        leader.dying = true;

        assertThat(ask(method, path).body()).isIn("second", "third");
    }

    @Test
    void whoever_is_asked_again_knows_it_by_the_same_key() throws Exception {
        leader.dying = true;
        ask("POST", APPS);
        leader.dying = false;
        var first = leader.asked.remove().headers().get(KEY);
        var again = Stream.of(second, third).flatMap(toy -> toy.asked.stream()).toList();

        assertThat(again).extracting(it -> it.headers().get(KEY)).containsExactly(first);
        assertThat(first).matches("[0-9a-f]{32}");
        awaitAnswers("leader"::equals);
        ask("POST", APPS);
        assertThat(leader.asked.remove().headers().get(KEY)).isNotEqualTo(first);
    }

    @Test
    void a_key_that_a_client_chose_is_passed_on() throws Exception {
        var request =
                HttpRequest.newBuilder(URI.create(url + APPS))
                        .header(KEY, "\"mine\"")
                        .POST(BodyPublishers.ofString("{}"))
                        .build();
        client.send(request, BodyHandlers.ofString());

        assertThat(leader.asked.remove().headers().get(KEY)).isEqualTo("\"mine\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/tokens", "/api/v1/apps/shop/hooks"})
    void a_token_whose_secret_was_lost_with_the_answer_is_not_asked_for_again(String path)
            throws Exception {
        leader.dying = true;
        var answer = ask("POST", path);

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.body()).contains("check whether the request took effect");
        assertThat(second.asked).isEmpty();
        assertThat(third.asked).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"PUT,/api/v1/apps/shop", "POST,/api/v1/apps/shop/scale", "POST,/api/v1/apps"})
    void a_leader_that_is_busy_is_believed_and_the_others_are_not_asked(String method, String path)
            throws Exception {
        leader.busy = true;

        var answer = ask(method, path);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(second.asked).isEmpty();
        assertThat(third.asked).isEmpty();
        leader.busy = false;
        assertThat(ask("GET", APPS).body()).isEqualTo("leader");
    }

    @Test
    void nobody_there_is_a_503_that_says_so() throws Exception {
        all.forEach(ToyController::close);
        var answer = ask("GET", APPS);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.body()).contains("no controller can be reached");
    }

    @Test
    void everybody_lost_over_it_is_a_502_that_says_so() throws Exception {
        all.forEach(toy -> toy.dying = true); // the leader dies on a connection that was kept alive
        var answer = ask("GET", APPS);

        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("application/problem+json");
    }

    @Test
    void the_url_of_a_hook_is_not_in_the_log() throws Exception {
        all.forEach(toy -> toy.dying = true);

        ask("POST", APPS + "/shop/deploys?hook=as_hunter2");
        ask("GET", APPS + "/later");

        var log =
                Eventually.await(
                        "the later request is in the log",
                        () -> docker("logs", NAME),
                        text -> text.contains("/later"));
        assertThat(log).doesNotContain("hunter2");
    }

    @Test
    void controllers_are_told_who_asks_and_until_when() throws Exception {
        var before = System.currentTimeMillis();
        ask("GET", APPS);
        var after = System.currentTimeMillis();

        var headers = leader.asked.remove().headers();
        assertThat(headers.get("X-Request-Id")).matches("[0-9a-f]{32}");
        assertThat(headers.get("X-Forwarded-For")).isNotEmpty();
        assertThat(headers.get("X-Forwarded-Host")).isEqualTo(URI.create(url).getAuthority());
        assertThat(Long.parseLong(headers.get("X-Request-Deadline")))
                .isBetween(before + 1, after + 3000);
    }

    @Test
    void a_stream_reaches_its_reader_as_it_is_written() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(url + "/api/v1/events/stream")).build();
        try (InputStream stream = client.send(request, BodyHandlers.ofInputStream()).body()) {
            assertThat(stream.readNBytes(7))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("id: 1\n\n");
        }
    }

    /**
     * Waits until five answers in a row are as expected. The load balancer does not notice a change
     * at once, because it checks the leader four times a second, and the others once.
     */
    private void awaitAnswers(Predicate<String> expected) {
        Eventually.within(
                PATIENCE,
                "the right ones answer",
                () -> Stream.generate(this::answer).limit(5).allMatch(expected),
                this::answer);
        all.forEach(toy -> toy.asked.clear());
    }

    private String answer() {
        try {
            return ask("GET", APPS).body();
        } catch (IOException e) {
            return e.toString(); // the load balancer does not listen yet
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> ask(String method, String path)
            throws IOException, InterruptedException {
        var request =
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(PATIENCE)
                        .method(method, BodyPublishers.ofString(method.equals("GET") ? "" : "{}"))
                        .build();
        return client.send(request, BodyHandlers.ofString());
    }
}
