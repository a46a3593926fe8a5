package io.autoserve.proxy;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.Treatment;
import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.Visits;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests how nginx treats requests to an app that sleeps. */
class SleepIT {
    /** Longer than a test waits for an answer. */
    private static final Duration LONG = Duration.ofMinutes(4);

    /** As in sleep.lua, for each app. */
    private static final int HELD_BY_A_WORKER = 500;

    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static long seq;

    private HttpClient client;
    private ToyInstance toy;
    private String name;

    @BeforeEach
    void begin() {
        client = real.vertx().createHttpClient(new PoolOptions().setHttp1MaxSize(50_000));
        toy = new ToyInstance(real.vertx(), ++seq);
        name = "shop-" + seq; // nginx remembers requests by the name of the app
    }

    @AfterEach
    void stopInstances() {
        toy.close();
        client.close().await();
    }

    @Test
    void requests_of_all_kinds_wait_until_an_instance_is_ready() {
        push(LONG);
        var get = ask(HttpMethod.GET, "/", "");
        var post = ask(HttpMethod.POST, "/", "a body");
        var socket = webSocket();

        assertThat(await(nginx.wakes(List.of("other", name), Duration.ofSeconds(10))))
                .containsExactly(name);
        assertThat(counted().waiting()).isTrue();
        push(LONG, toy);

        assertThat(await(get)).matches(toy::answered);
        assertThat(await(post)).matches(toy::answered);
        assertThat(echo(await(socket), "hello")).isEqualTo("hello");
        assertThat(toy.requests).hasValue(2);
    }

    @Test
    void hundreds_of_requests_wait_and_those_without_room_get_503_at_once() {
        push(LONG);
        var room = HELD_BY_A_WORKER * real.workers().size();

        var answers =
                IntStream.range(0, room + 100).mapToObj(_ -> ask(HttpMethod.GET, "/", "")).toList();
        await("some are refused", () -> completed(answers), refused -> refused >= 100);
        push(LONG, toy);

        var refused = answers.stream().map(answer -> await(answer)).filter(Reply.of(503)).toList();
        assertThat(refused)
                .hasSizeBetween(100, room)
                .allSatisfy(reply -> assertThat(reply.body()).contains("too many requests wait"));
        assertThat(answers.stream().map(answer -> await(answer)).filter(toy::answered))
                .hasSize(answers.size() - refused.size());
    }

    private static long completed(List<Future<Reply>> answers) {
        return answers.stream().filter(Future::isComplete).count();
    }

    @Test
    void a_request_to_an_app_that_does_not_start_gets_503_in_time() {
        push(Duration.ofSeconds(1));

        var reply = await(ask(HttpMethod.POST, "/", "a body"));

        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).contains("it did not start in time");
        assertThat(reply.headers()).containsEntry("Retry-After", "5");
    }

    @Test
    void requests_that_the_spec_names_wake_no_app_and_get_503_at_once() {
        push(LONG);

        for (var path : List.of("/health", "/health/deep?x=1")) {
            var reply = await(ask(HttpMethod.GET, path, ""));
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).contains("this request does not wake it");
            assertThat(reply.headers()).containsEntry("Retry-After", "60");
        }
        assertThat(await(ask(HttpMethod.GET, "/", "", "Mozilla/5.0 (googleBOT/2.1)")).status())
                .isEqualTo(503);

        assertThat(await(nginx.wakes(List.of(name), Duration.ofMillis(100)))).isEmpty();
        assertThat(counted().waiting()).isFalse();
    }

    @Test
    void a_request_that_a_rule_refuses_wakes_nothing() {
        var nobody =
                new Treatment(
                        Headers.UNCHANGED,
                        Headers.UNCHANGED,
                        List.of("192.0.2.1"),
                        null,
                        null,
                        null,
                        false);
        push(
                LONG,
                Toys.ruled(
                        new RequestRules(Map.of(), nobody, List.of(), false, Map.of(), 0, null)));

        assertThat(await(ask(HttpMethod.GET, "/", "")).status()).isEqualTo(403);
        assertThat(await(nginx.wakes(List.of(name), Duration.ofMillis(100)))).isEmpty();
    }

    @Test
    void an_app_is_idle_since_its_last_request_but_for_those_that_the_spec_names() {
        push(LONG, toy);
        await("the app has been idle for a while", this::idle, idle -> idle.toSeconds() >= 3);
        var begin = System.nanoTime();

        await(ask(HttpMethod.GET, "/", ""));

        await(
                "the app is idle since the request",
                this::idle,
                idle -> idle.minusMillis(1).toNanos() <= System.nanoTime() - begin);
        var before = idle();
        await(ask(HttpMethod.GET, "/health", ""));

        assertThat(idle()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void an_app_that_did_not_sleep_before_is_not_idle_for_longer_than_nginx_knows_that_it_may() {
        await("nginx has run for a while", this::uptime, uptime -> uptime.toSeconds() >= 5);
        var begin = System.nanoTime();

        push(LONG, toy);

        assertThat(idle().minusMillis(1).toNanos()).isLessThanOrEqualTo(System.nanoTime() - begin);
    }

    private Duration uptime() {
        return Duration.between(await(nginx.counters()).boot(), Instant.now());
    }

    private Duration idle() {
        return counted().idle();
    }

    private Visits counted() {
        return requireNonNull(await(nginx.counters()).apps().get(name));
    }

    private Future<Reply> ask(HttpMethod method, String path, String body) {
        return ask(method, path, body, "toy");
    }

    private Future<Reply> ask(HttpMethod method, String path, String body, String agent) {
        return client.request(
                        new RequestOptions()
                                .setMethod(method)
                                .setHost(real.address())
                                .setPort(80)
                                .setURI(path)
                                .putHeader("Host", name + ".localhost")
                                .putHeader("User-Agent", agent))
                .compose(request -> request.send(Buffer.buffer(body)))
                .compose(Reply::of);
    }

    private Future<WebSocket> webSocket() {
        return real.vertx()
                .createWebSocketClient()
                .connect(
                        new WebSocketConnectOptions()
                                .setHost(real.address())
                                .setPort(80)
                                .setURI("/")
                                .addHeader("Host", name + ".localhost"));
    }

    private static String echo(WebSocket socket, String message) {
        var echoed = new CompletableFuture<String>();
        socket.textMessageHandler(echoed::complete);
        await(socket.writeTextMessage(message));
        return echoed.orTimeout(PATIENCE.toSeconds(), SECONDS).join();
    }

    /** Pushes a table with the app, which has these instances and otherwise sleeps. */
    private void push(Duration hold, ToyInstance... toys) {
        push(hold, Routing.DEFAULT, toys);
    }

    private void push(Duration hold, Routing routing, ToyInstance... toys) {
        var sleep =
                new Sleep(Duration.ofMinutes(5), hold, List.of("/health"), List.of("Googlebot"));
        var app = Toys.sleeping(1, name, routing, sleep, App.Intent.RUN);
        var routed =
                List.of(toys).stream()
                        .map(it -> Toys.ready(it.id, app, 1, real.hostAddress(), it.port))
                        .toList();
        var table = RouteTable.of(new Version(1, 1, ++seq), List.of(app), routed);
        assertThat(await(nginx.push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }
}
