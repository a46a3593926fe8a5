package io.autoserve.health;

import static io.autoserve.health.Targets.http;
import static io.autoserve.health.Targets.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProberTest {

    private static final Duration PATIENCE = seconds(60); // long, for a busy machine
    private static final Duration LITTLE_PATIENCE = seconds(0.3);
    private static final ProbeResult PASSED = new ProbeResult.Passed();
    private static final ProbeResult NO_ANSWER = new ProbeResult.Failed("no answer within 300 ms");

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @ParameterizedTest(name = "{0} with {1} expected: passes {2}")
    @CsvSource({
        "200, '', true",
        "204, '', true",
        "302, '', true",
        "404, '', false",
        "500, '', false",
        "200, 204, false",
        "204, 204, true",
        "401, 200 401, true"
    })
    void the_status_decides(int status, String expected, boolean passes) {
        var port = serve(request -> request.response().setStatusCode(status).end("body"));
        var codes = List.of(expected.split(" ")).stream().filter(c -> !c.isEmpty());
        var probe =
                new Probe.Http(
                        "/health",
                        port,
                        "GET",
                        Map.of(),
                        null,
                        codes.map(Integer::valueOf).toList());
        assertThat(ask(probe).equals(PASSED)).isEqualTo(passes);
    }

    @Test
    void a_failure_says_what_was_answered_and_what_was_expected() {
        var port = serve(request -> request.response().setStatusCode(503).end());
        assertThat(ask(http("/health", port)))
                .isEqualTo(new ProbeResult.Failed("GET /health answered 503, expected 200-399"));
    }

    @Test
    void method_path_headers_and_body_are_sent_as_written() {
        var seen = new LinkedBlockingQueue<String>();
        var port =
                serve(request ->
                        request.body()
                                .onSuccess(body -> {
                                    seen.add(
                                            request.method()
                                                    + " "
                                                    + request.uri()
                                                    + " "
                                                    + request.getHeader("Host")
                                                    + " "
                                                    + request.getHeader("X-Key")
                                                    + " "
                                                    + body);
                                    request.response().end();
                                }));
        var headers = Map.of("Host", "shop.example", "X-Key", "secret");
        var probe = new Probe.Http("/deep?full=1", port, "POST", headers, "{\"a\":1}", List.of());
        assertThat(ask(probe)).isEqualTo(PASSED);
        assertThat(seen).containsExactly("POST /deep?full=1 shop.example secret {\"a\":1}");
    }

    @Test
    void an_answer_may_have_headers_as_long_as_those_that_nginx_passes_on() {
        var large = "a".repeat(60_000);
        var port = serve(request -> request.response().putHeader("X-Large", large).end());
        assertThat(ask(http("/health", port))).isEqualTo(PASSED);
    }

    @Test
    void redirects_are_not_followed() {
        var paths = new LinkedBlockingQueue<String>();
        var port =
                serve(request -> {
                    paths.add(request.path());
                    request.response().setStatusCode(302).putHeader("Location", "/login").end();
                });
        assertThat(ask(new Probe.Http("/", port, "GET", Map.of(), null, List.of(200))))
                .isInstanceOf(ProbeResult.Failed.class);
        assertThat(paths).containsExactly("/");
    }

    @Test
    void a_server_that_never_answers_fails_in_time_and_its_connection_is_closed() throws Exception {
        var closed = new CountDownLatch(1);
        var port = serve(request -> request.connection().closeHandler(_ -> closed.countDown()));
        assertThat(ask(http("/", port), LITTLE_PATIENCE)).isEqualTo(NO_ANSWER);
        assertThat(closed.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    /**
     * Simulates an instance whose container is paused. The kernel still accepts connections, but
     * the program never reads from them.
     */
    @Test
    void a_frozen_server_fails_in_time() throws IOException {
        try (var frozen = new ServerSocket(0)) {
            assertThat(ask(http("/", frozen.getLocalPort()), LITTLE_PATIENCE)).isEqualTo(NO_ANSWER);
        }
    }

    @Test
    void an_answer_that_trickles_in_is_no_answer() {
        var port =
                serve(request -> {
                    var response = request.response().setChunked(true);
                    vertx.setPeriodic(50, _ -> response.write("."));
                });
        assertThat(ask(http("/", port), LITTLE_PATIENCE)).isEqualTo(NO_ANSWER);
    }

    @Test
    void a_slow_answer_in_time_passes() {
        var port =
                serve(request ->
                        vertx.setTimer(100, _ -> request.response().end("x".repeat(1 << 20))));
        assertThat(ask(http("/", port))).isEqualTo(PASSED);
    }

    @Test
    void a_server_that_hangs_up_fails() {
        var port = serve(request -> request.connection().close());
        assertThat(ask(http("/", port))).isInstanceOf(ProbeResult.Failed.class);
    }

    @Test
    void every_probe_makes_its_own_connection() {
        Set<String> peers = ConcurrentHashMap.newKeySet();
        var port =
                serve(request -> {
                    peers.add(request.remoteAddress().toString());
                    request.response().end();
                });
        for (var i = 0; i < 3; i++) {
            assertThat(ask(http("/", port))).isEqualTo(PASSED);
        }
        assertThat(peers).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void where_nobody_listens_the_reason_says_so(boolean overHttp) throws IOException {
        var port = unused();
        var probe = overHttp ? http("/", port) : new Probe.Tcp(port);
        assertThat(ask(probe))
                .isEqualTo(
                        new ProbeResult.Failed(
                                "connection refused, because nothing listens on port " + port,
                                port));
    }

    @Test
    void a_closed_port_is_explained_by_the_ports_of_the_container() {
        var heading = "  sl  local_address rem_address   st\n";
        CommandProbe none =
                (_, command, _, _) ->
                        new CommandProbe.Result(
                                0, command.contains("/proc/net/tcp") ? heading : "");
        assertThat(explained(none))
                .isEqualTo(
                        new ProbeResult.Failed("refused; the container listens on no port", 8080));
    }

    @Test
    void a_closed_port_of_a_container_that_cannot_be_asked_gets_general_advice() {
        assertThat(
                        explained((_, _, _, _) -> {
                            throw new IllegalStateException("no such container");
                        }))
                .isEqualTo(
                        new ProbeResult.Failed(
                                "refused; check which port the app uses, and that it listens on"
                                        + " 0.0.0.0",
                                8080));
    }

    private ProbeResult explained(CommandProbe commands) {
        var instance = Targets.fresh(1, HealthChecks.NONE).instance();
        return new Prober(vertx, commands)
                .explained(instance, new ProbeResult.Failed("refused", 8080))
                .await();
    }

    @Test
    void nonsense_in_the_spec_is_a_failure_and_no_crash() {
        var headers = Map.of("bad\nname", "value");
        assertThat(ask(new Probe.Http("/", 1, "GET", headers, null, List.of())))
                .isInstanceOf(ProbeResult.Failed.class);
    }

    @Test
    void tcp_passes_where_someone_accepts() {
        var closed = new CountDownLatch(1);
        var server =
                vertx.createNetServer()
                        .connectHandler(socket -> whenClosed(socket, closed))
                        .listen(0, "127.0.0.1")
                        .await();
        assertThat(ask(new Probe.Tcp(server.actualPort()))).isEqualTo(PASSED);
        assertThat(awaited(closed)).isTrue();
    }

    @Test
    void a_command_passes_when_it_ends_with_zero() {
        assertThat(ask(command(), (_, _, _, _) -> new CommandProbe.Result(0, "fine")))
                .isEqualTo(PASSED);
    }

    @Test
    void a_command_is_run_in_the_container_of_the_instance() {
        CommandProbe echo =
                (container, command, timeout, _) ->
                        new CommandProbe.Result(3, container + " " + command + " " + timeout);
        assertThat(ask(command(), echo))
                .isEqualTo(new ProbeResult.Failed("exit code 3: container-1 [check, now] PT1M"));
    }

    @Test
    void a_command_that_the_engine_cannot_run_fails() {
        assertThat(
                        ask(
                                command(),
                                (_, _, _, _) -> {
                                    throw new IllegalStateException("no such container");
                                }))
                .isInstanceOfSatisfying(
                        ProbeResult.Failed.class,
                        failed -> assertThat(failed.why()).contains("no such container"));
    }

    @Test
    void an_engine_that_hangs_does_not_hold_the_probe() {
        var never = new CountDownLatch(1);
        assertThat(
                        ask(
                                command(),
                                LITTLE_PATIENCE,
                                (_, _, _, accepted) -> {
                                    accepted.run();
                                    awaited(never);
                                    return new CommandProbe.Result(0, "");
                                }))
                .isEqualTo(NO_ANSWER);
        never.countDown();
    }

    @Test
    void a_command_that_the_engine_does_not_accept_in_time_says_nothing_about_the_instance() {
        var never = new CountDownLatch(1);
        assertThat(
                        ask(
                                command(),
                                LITTLE_PATIENCE,
                                (_, _, _, _) -> {
                                    awaited(never);
                                    return new CommandProbe.Result(0, "");
                                }))
                .isEqualTo(new ProbeResult.Unjudged());
        never.countDown();
    }

    private static Probe command() {
        return new Probe.Command(List.of("check", "now"));
    }

    private ProbeResult ask(Probe probe) {
        return ask(probe, PATIENCE);
    }

    private ProbeResult ask(Probe probe, Duration patience) {
        return ask(
                probe,
                patience,
                (_, _, _, _) -> {
                    throw new AssertionError("no command was to be run");
                });
    }

    private ProbeResult ask(Probe probe, CommandProbe commands) {
        return ask(probe, PATIENCE, commands);
    }

    private ProbeResult ask(Probe probe, Duration patience, CommandProbe commands) {
        var instance = Targets.fresh(1, HealthChecks.NONE).instance();
        return new Prober(vertx, commands).ask(instance, probe, patience).await();
    }

    private int serve(Handler<HttpServerRequest> handler) {
        return vertx.createHttpServer()
                .requestHandler(handler)
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
    }

    private static int unused() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static void whenClosed(NetSocket socket, CountDownLatch closed) {
        socket.closeHandler(_ -> closed.countDown());
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
