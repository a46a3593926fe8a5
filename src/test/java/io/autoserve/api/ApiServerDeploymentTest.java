package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.spec.Allowance;
import io.autoserve.spec.SpecReader;
import io.autoserve.testing.FakePlatform;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that a deployment of the verticle opens its port, and that undeployment closes it and ends
 * all streams.
 */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class ApiServerDeploymentTest {
    private final FakePlatform platform = new FakePlatform();

    @Test
    void a_port_that_is_taken_fails_the_deployment(Vertx vertx, VertxTestContext test) {
        vertx.createNetServer()
                .connectHandler(_ -> {})
                .listen(0, "localhost")
                .compose(other -> vertx.deployVerticle(server(other.actualPort())))
                .onComplete(
                        test.failing(failure ->
                                test.verify(() -> {
                                    assertThat(failure).isInstanceOf(BindException.class);
                                    assertThat(vertx.deploymentIDs()).isEmpty();
                                    test.completeNow();
                                })));
    }

    @Test
    void two_of_them_share_a_port_and_its_connections(Vertx vertx, VertxTestContext test)
            throws IOException {
        var port = freePort();
        var first = server(port);
        var second = server(port);
        var client = vertx.createHttpClient();
        vertx.deployVerticle(first)
                .compose(_ -> vertx.deployVerticle(second))
                .compose(_ -> stream(client, port))
                .compose(_ -> stream(client, port))
                .onComplete(
                        test.succeeding(_ ->
                                test.verify(() -> {
                                    assertThat(first.readers()).isEqualTo(1);
                                    assertThat(second.readers()).isEqualTo(1);
                                    test.completeNow();
                                })));
    }

    @Test
    void undeployment_ends_the_streams_and_frees_the_port(Vertx vertx, VertxTestContext test) {
        var ended = test.checkpoint();
        var freed = test.checkpoint();
        var server = server(0);
        vertx.deployVerticle(server)
                .compose(deployment ->
                        stream(vertx.createHttpClient(), server.port())
                                .onSuccess(stream -> stream.endHandler(_ -> ended.flag()))
                                .compose(_ -> vertx.undeploy(deployment)))
                .compose(_ ->
                        vertx.createNetServer()
                                .connectHandler(_ -> {})
                                .listen(server.port(), "localhost"))
                .onComplete(
                        test.succeeding(_ ->
                                test.verify(() -> {
                                    assertThat(platform.followers()).isZero();
                                    freed.flag();
                                })));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Opens a stream of events, which occupies one connection. */
    private static Future<HttpClientResponse> stream(HttpClient client, int port) {
        return client.request(HttpMethod.GET, port, "localhost", "/api/v1/events/stream")
                .compose(request -> request.send())
                .onSuccess(response -> response.handler(_ -> {}));
    }

    private ApiServer server(int port) {
        return new ApiServer(
                ApiServer.Settings.on("localhost", port, AccessRules.OPEN),
                platform,
                new SpecReader(Allowance.NOTHING),
                new Random(1),
                InstantSource.system());
    }
}
