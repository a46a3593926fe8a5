package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Instance.Health;
import io.autoserve.model.WriteLoad;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.Json;
import io.autoserve.spec.SpecReader;
import io.autoserve.testing.EventReader;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.FakePlatform;
import io.vertx.core.Context;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Serves the API of a fake platform on a port of its own. */
final class Served implements AutoCloseable {
    static final Duration HEARTBEAT = Duration.ofSeconds(15);
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    final FakePlatform platform = new FakePlatform();
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Eventually.PATIENCE).build();
    private final ApiServer server;
    private final String deployment;
    private final Promise<Context> loop = Promise.promise();

    Served() {
        this(AccessRules.OPEN);
    }

    Served(AccessRules access) {
        this(new ApiServer.Settings("localhost", 0, HEARTBEAT, 1 << 20, access));
    }

    /**
     * Serves the API with this time between heartbeats, and cuts off slow readers sooner than in
     * production.
     */
    Served(Duration heartbeat) {
        this(new ApiServer.Settings("localhost", 0, heartbeat, 64 << 10, AccessRules.OPEN));
    }

    /** Serves the API with this limit of concurrent writes. */
    Served(WriteLimit writes) {
        this(
                new ApiServer.Settings(
                        "localhost",
                        0,
                        HEARTBEAT,
                        ApiServer.Settings.IDLE,
                        1 << 20,
                        AccessRules.OPEN,
                        writes));
    }

    Served(ApiServer.Settings settings) {
        this(settings, InstantSource.system());
    }

    /** Serves the API with this clock. */
    Served(AccessRules access, InstantSource clock) {
        this(new ApiServer.Settings("localhost", 0, HEARTBEAT, 1 << 20, access), clock);
    }

    private Served(ApiServer.Settings settings, InstantSource clock) {
        server =
                new ApiServer(
                        settings,
                        platform,
                        new SpecReader(Allowance.NOTHING),
                        new Random(1),
                        clock);
        deployment = await(vertx.deployVerticle(new Deployed()));
    }

    /** Deploys and undeploys the server, and keeps the Vert.x context of the deployment. */
    private final class Deployed implements Deployable {
        @Override
        public Future<?> deploy(Context context) throws Exception {
            loop.tryComplete(context);
            return server.deploy(context);
        }

        @Override
        public Future<?> undeploy(Context context) throws Exception {
            return server.undeploy(context);
        }
    }

    /**
     * Blocks the event loop of the server.
     *
     * @return a task that unblocks it
     */
    Runnable occupyEventLoop() throws InterruptedException {
        var occupied = new CountDownLatch(1);
        var end = new Semaphore(0);
        await(loop.future())
                .runOnContext(_ -> {
                    occupied.countDown();
                    end.acquireUninterruptibly();
                });
        occupied.await();
        return end::release;
    }

    record Answer(int status, HttpResponse<String> response) {
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String body() {
            return response.body();
        }

        JsonNode json() {
            try {
                return Json.MAPPER.readTree(response.body());
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + response.body(), e);
            }
        }
    }

    Answer get(String path) {
        return send("GET", path, "", "");
    }

    Answer post(String path) {
        return send("POST", path, "", "");
    }

    /**
     * @param type the value of the header {@code Content-Type}; empty for a request without the
     *     header
     */
    Answer send(String method, String path, String type, String body, String... headers) {
        var request = request(path).method(method, BodyPublishers.ofString(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    CompletableFuture<Answer> begin(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), BodyHandlers.ofString())
                .thenApply(response -> new Answer(response.statusCode(), response));
    }

    Answer send(HttpRequest request) {
        try {
            var response = client.send(request, BodyHandlers.ofString());
            return new Answer(response.statusCode(), response);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(request.method() + " " + request.uri(), e);
        }
    }

    /** Opens a stream, which has no end, and returns its lines. */
    BufferedReader stream(String path, String... headers) {
        return EventReader.lines(root().resolve(path), headers);
    }

    /** Returns how many streams of events are open. */
    int readers() {
        return server.readers();
    }

    WriteLoad writes() {
        return server.writes();
    }

    URI root() {
        return URI.create("http://127.0.0.1:" + port());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(root().resolve(path)).timeout(Eventually.PATIENCE);
    }

    Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port());
        socket.setSoTimeout((int) Eventually.PATIENCE.toMillis());
        return socket;
    }

    int port() {
        return server.port();
    }

    /** Returns the port for the load balancer. */
    int insidePort() {
        return server.insidePort();
    }

    static String spec(String name, String image) {
        return """
        apiVersion: v1
        kind: App
        metadata:
          name: %s
        spec:
          type: http
          image: %s
          ports: [{containerPort: 8080}]
        """
                .formatted(name, image);
    }

    void register(String name) {
        var answer = send("POST", "/api/v1/apps", "application/yaml", spec(name, "shop:1"));
        if (answer.status() != 201) {
            throw new AssertionError(answer.body());
        }
    }

    /** Records that an instance of a registered app runs with this health. */
    void run(String name, int index, Health health) {
        var app = platform.snapshot().app(name);
        if (app == null) {
            throw new AssertionError("no app " + name);
        }
        platform.put(
                new Instance(
                        index + 1,
                        app.id(),
                        name,
                        index,
                        Instance.State.RUNNING,
                        app.revision(),
                        app.template(),
                        app.restart(),
                        "c0ffee" + index,
                        "172.20.0." + (index + 2),
                        8080,
                        health,
                        NOW,
                        NOW,
                        health == Health.READY ? NOW : null,
                        0,
                        0,
                        null,
                        null,
                        "the container is running"),
                Event.Type.InstanceReady);
    }

    /** Stops the server as a controller does. */
    void stop() {
        await(vertx.undeploy(deployment));
    }

    @Override
    public void close() {
        client.shutdownNow();
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }
}
