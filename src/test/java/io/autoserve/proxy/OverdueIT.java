package io.autoserve.proxy;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.Eventually.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests how nginx ends the requests that an instance still has at its drain deadline. */
class OverdueIT {
    private static final App SHOP = Toys.app(1, "shop");

    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static long seq;

    private HttpClient client;
    private ToyInstance leaving;
    private ToyInstance staying;

    @BeforeEach
    void serve() {
        client = real.vertx().createHttpClient();
        leaving = new ToyInstance(real.vertx(), 2 * seq + 1);
        staying = new ToyInstance(real.vertx(), 2 * seq + 2);
        push(leaving);
    }

    @AfterEach
    void stopInstances() {
        leaving.close();
        staying.close();
        client.close().await();
    }

    @Test
    void a_websocket_lives_until_the_deadline_and_is_then_told_that_its_server_goes_away() {
        var socket = webSocket();
        push(staying); // drains the instance "leaving"
        assertThat(echo(socket, "still here")).isEqualTo("still here");
        assertThat(inFlight()).isOne();
        var closed = new CompletableFuture<Short>();
        socket.closeHandler(_ -> closed.complete(socket.closeStatusCode()));

        close(leaving);

        assertThat(closed).succeedsWithin(PATIENCE).isEqualTo((short) 1001);
        awaitNothingInFlight();
    }

    @Test
    void a_long_download_ends_at_the_deadline_and_its_client_sees_that_it_is_not_whole() {
        var download = await(ask("/download"));
        var body = new CompletableFuture<Buffer>();
        download.body().onComplete(body::complete, body::completeExceptionally);
        push(staying);
        assertThat(inFlight()).isOne();

        close(leaving);

        assertThat(body).failsWithin(PATIENCE);
        awaitNothingInFlight();
    }

    @Test
    void a_request_without_an_answer_is_left_to_its_instance() {
        var answer = ask("/hang");
        await("the request is in flight", this::inFlight, count -> count == 1);
        push(staying);

        close(leaving);

        assertThatThrownBy(() -> answer.await(1, SECONDS)).isInstanceOf(TimeoutException.class);
        leaving.release();
        assertThat(await(answer).statusCode()).isEqualTo(200);
        awaitNothingInFlight();
    }

    @Test
    void what_others_have_open_goes_on() {
        var socket = webSocket();
        push(leaving, staying);

        close(staying);

        assertThatThrownBy(() -> ended(socket).await(1, SECONDS))
                .isInstanceOf(TimeoutException.class);
        assertThat(echo(socket, "me too")).isEqualTo("me too");
    }

    private static Future<Void> ended(WebSocket socket) {
        return Future.future(promise -> socket.closeHandler(promise::complete));
    }

    private static String echo(WebSocket socket, String message) {
        var echoed = new CompletableFuture<String>();
        socket.textMessageHandler(echoed::complete);
        await(socket.writeTextMessage(message));
        return echoed.orTimeout(PATIENCE.toSeconds(), SECONDS).join();
    }

    private static WebSocket webSocket() {
        return await(
                real.vertx()
                        .createWebSocketClient()
                        .connect(
                                new WebSocketConnectOptions()
                                        .setHost(real.address())
                                        .setPort(80)
                                        .setURI("/")
                                        .addHeader("Host", "shop.localhost")));
    }

    private Future<HttpClientResponse> ask(String path) {
        return client.request(
                        new RequestOptions()
                                .setMethod(HttpMethod.GET)
                                .setHost(real.address())
                                .setPort(80)
                                .setURI(path)
                                .putHeader("Host", "shop.localhost"))
                .compose(request -> request.send());
    }

    private long inFlight() {
        return await(nginx.counters()).inFlight(leaving.id);
    }

    private void awaitNothingInFlight() {
        await("nothing is in flight", this::inFlight, count -> count == 0);
    }

    private static void push(ToyInstance... toys) {
        push(table(toys));
    }

    private void close(ToyInstance overdue) {
        var rest = overdue == leaving ? staying : leaving;
        push(table(rest).closing(List.of(overdue.id)));
    }

    private static RouteTable table(ToyInstance... toys) {
        var routed =
                List.of(toys).stream()
                        .map(toy -> Toys.ready(toy.id, SHOP, 1, real.hostAddress(), toy.port))
                        .toList();
        return RouteTable.of(new Version(1, 1, ++seq), List.of(SHOP), routed);
    }

    private static void push(RouteTable table) {
        assertThat(await(nginx.push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }
}
