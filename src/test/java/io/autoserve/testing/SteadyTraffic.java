package io.autoserve.testing;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Simulates users who keep sending requests, each over a kept-alive connection. Unlike most
 * clients, they do not repeat a failed request, so every failure counts.
 */
public final class SteadyTraffic implements AutoCloseable {
    private static final int USERS = 4;
    private static final Duration PAUSE = Duration.ofMillis(20);

    /** A request that takes longer than this counts as failed. */
    private final Duration patience = EnginePace.scaled(Duration.ofSeconds(15));

    private final List<HttpClient> clients = new ArrayList<>();
    private final List<Thread> users = new ArrayList<>();
    private final RequestOptions question;
    private final AtomicLong answered = new AtomicLong();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong slowest = new AtomicLong();
    private final long begin = System.nanoTime();
    private volatile boolean over;

    private SteadyTraffic(RequestOptions question) {
        this.question = question;
    }

    /**
     * @param port of nginx on this machine
     * @param host in the {@code Host} header
     */
    static SteadyTraffic start(Vertx vertx, int port, String host, HttpMethod method) {
        var question =
                new RequestOptions()
                        .setServer(SocketAddress.inetSocketAddress(port, "127.0.0.1"))
                        .setHost(host)
                        .setPort(80)
                        .setMethod(method)
                        .setURI(HttpMethod.GET.equals(method) ? "/?json" : "/echo");
        var traffic = new SteadyTraffic(question);
        for (var i = 0; i < USERS; i++) {
            var client =
                    vertx.createHttpClient(
                            new HttpClientOptions().setKeepAliveTimeout(0),
                            new PoolOptions().setHttp1MaxSize(1));
            traffic.clients.add(client);
            var loop = ClientLoop.of(vertx);
            traffic.users.add(Thread.startVirtualThread(() -> traffic.askOn(client, loop)));
        }
        return traffic;
    }

    private void askOn(HttpClient client, ClientLoop loop) {
        while (!over) {
            ask(client, loop);
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    private void ask(HttpClient client, ClientLoop loop) {
        var asked = System.nanoTime();
        try {
            var status = loop.call(() -> exchange(client)).await(patience.toMillis(), MILLISECONDS);
            if (status == 200) {
                answered.incrementAndGet();
            } else {
                fail(asked, "status " + status);
            }
        } catch (Exception failure) {
            fail(asked, failure.toString());
        }
        slowest.accumulateAndGet(System.nanoTime() - asked, Math::max);
    }

    private Future<Integer> exchange(HttpClient client) {
        return client.request(question)
                .compose(request -> request.send().compose(SteadyTraffic::status));
    }

    private static Future<Integer> status(HttpClientResponse response) {
        return response.end().map(response.statusCode());
    }

    private void fail(long asked, String why) {
        var now = System.nanoTime();
        failures.add(
                "failed %d ms after the start, sent %d ms before: %s"
                        .formatted(
                                Duration.ofNanos(now - begin).toMillis(),
                                Duration.ofNanos(now - asked).toMillis(),
                                why));
    }

    /** Returns the number of requests that were answered with 200 so far. */
    public long answered() {
        return answered.get();
    }

    /** Returns the failed requests, each with its time and cause. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    public Duration slowest() {
        return Duration.ofNanos(slowest.get());
    }

    /** Waits until this many more requests are answered. */
    public void awaitMore(int requests) {
        var target = answered() + requests;
        Eventually.within(
                ApiClient.PATIENCE,
                requests + " more requests are answered",
                () -> answered() >= target,
                failures::toString);
    }

    /** Stops the users after the responses to their last requests have arrived. */
    @Override
    public void close() {
        over = true;
        try {
            for (var user : users) {
                user.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        clients.forEach(client -> client.close().await());
    }
}
