package io.autoserve.health;

import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.Instance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs probes over the network or by a command inside the container.
 *
 * <p>Every probe opens a new connection, which is cheap on a bridge network. If a connection were
 * kept and the instance closed it in the meantime, the probe would look like a failure. A TCP check
 * shows only that the kernel accepts connections, which it also does for a frozen process.
 */
final class Prober implements Probing {

    private static final Executor VIRTUAL_THREADS = task -> Thread.ofVirtual().start(task);
    private static final int LONGEST_OUTPUT = 200;
    private static final Duration EXPLANATION = Duration.ofSeconds(5);
    private static final int LONGEST_HEADERS = 65_536; // bytes, as in nginx/conf/http.conf

    private final Vertx vertx;
    private final CommandProbe commands;
    private final HttpClient http;
    private final NetClient tcp;

    Prober(Vertx vertx, CommandProbe commands) {
        this.vertx = vertx;
        this.commands = commands;
        var options = new HttpClientOptions().setKeepAlive(false).setMaxHeaderSize(LONGEST_HEADERS);
        this.http = vertx.createHttpClient(options);
        this.tcp = vertx.createNetClient();
    }

    @Override
    public Future<ProbeResult> ask(Instance instance, Probe probe, Duration patience) {
        return Future.succeededFuture()
                .compose(_ -> dispatch(instance, probe, patience))
                .otherwise(failure -> failed(failure, probe, patience));
    }

    /** Asks in the container itself on which ports it listens. This needs only {@code cat}. */
    @Override
    public Future<ProbeResult> explained(Instance instance, ProbeResult.Failed failed) {
        var port = failed.closedPort();
        if (port == null) {
            return Future.succeededFuture(failed);
        }
        return Future.succeededFuture()
                .compose(_ -> run(instance, Listeners.COMMAND, EXPLANATION, () -> {}))
                .map(result -> Listeners.of(result.output()))
                .otherwise(Listeners.UNKNOWN)
                .map(listeners ->
                        new ProbeResult.Failed(failed.why() + listeners.insteadOf(port), port));
    }

    private Future<ProbeResult> dispatch(Instance instance, Probe probe, Duration patience) {
        var address = Objects.requireNonNull(instance.address());
        return switch (probe) {
            case Probe.Http request -> http(address, request, patience);
            case Probe.Tcp(var port) -> tcp(address, port, patience);
            case Probe.Command(var command) -> command(instance, command, patience);
        };
    }

    private Future<ProbeResult> http(String address, Probe.Http probe, Duration patience) {
        var options =
                new RequestOptions()
                        .setMethod(HttpMethod.valueOf(probe.method()))
                        .setHost(address)
                        .setPort(probe.port())
                        .setURI(probe.path())
                        .setConnectTimeout(millis(patience))
                        .setFollowRedirects(false)
                        .putHeader("User-Agent", "autoserve-health");
        probe.headers().forEach(options::putHeader);

        var connected = http.request(options);
        // The deadline covers the whole exchange, so an answer that arrives too slowly is a failure
        return within(patience, connected.compose(request -> exchange(request, probe)))
                .onFailure(_ -> connected.onSuccess(HttpClientRequest::reset));
    }

    private static Future<ProbeResult> exchange(HttpClientRequest request, Probe.Http probe) {
        var body = probe.body();
        var sent = body == null ? request.send() : request.send(Buffer.buffer(body));
        return sent.compose(answer -> answer.end().map(_ -> judged(answer.statusCode(), probe)));
    }

    /**
     * Judges an answer by its status code. If the spec names no expected codes, a code from 200 to
     * 399 passes, as in Kubernetes.
     */
    private static ProbeResult judged(int status, Probe.Http probe) {
        var expected = probe.expectedStatusCodes();
        var fine = expected.isEmpty() ? status >= 200 && status < 400 : expected.contains(status);
        return fine
                ? new ProbeResult.Passed()
                : new ProbeResult.Failed(
                        "%s %s answered %d, expected %s"
                                .formatted(
                                        probe.method(),
                                        probe.path(),
                                        status,
                                        expected.isEmpty()
                                                ? "200-399"
                                                : String.join(", ", probe.expected())));
    }

    private Future<ProbeResult> tcp(String address, int port, Duration patience) {
        var options =
                new ConnectOptions().setHost(address).setPort(port).setTimeout(millis(patience));
        var connected = tcp.connect(options).onSuccess(NetSocket::close);
        return within(patience, connected.map(_ -> new ProbeResult.Passed()));
    }

    private Future<ProbeResult> command(
            Instance instance, List<String> command, Duration patience) {
        var accepted = new AtomicBoolean();
        return run(instance, command, patience, () -> accepted.set(true))
                .map(Prober::judged)
                .recover(failure ->
                        failure instanceof TimeoutException && !accepted.get()
                                ? Future.succeededFuture(new ProbeResult.Unjudged())
                                : Future.failedFuture(failure));
    }

    private Future<CommandProbe.Result> run(
            Instance instance, List<String> command, Duration patience, Runnable accepted) {
        var container = Objects.requireNonNull(instance.containerId());
        var run =
                CompletableFuture.supplyAsync(
                        () -> commands.run(container, command, patience, accepted),
                        VIRTUAL_THREADS);
        // The engine gets the same deadline, but an engine that hangs may miss it
        return within(patience, Future.fromCompletionStage(run, vertx.getOrCreateContext()));
    }

    private static ProbeResult judged(CommandProbe.Result result) {
        var output = result.output().strip();
        return result.exitCode() == 0
                ? new ProbeResult.Passed()
                : new ProbeResult.Failed(
                        "exit code %d: %s"
                                .formatted(
                                        result.exitCode(),
                                        output.substring(
                                                0, Math.min(output.length(), LONGEST_OUTPUT))));
    }

    private static <T> Future<T> within(Duration patience, Future<T> answer) {
        return answer.timeout(millis(patience), TimeUnit.MILLISECONDS);
    }

    private static ProbeResult failed(Throwable failure, Probe probe, Duration patience) {
        return switch (probe) {
            case Probe.Http http when refused(failure) -> closed(http.port());
            case Probe.Tcp(var port) when refused(failure) -> closed(port);
            case Probe.Http _, Probe.Tcp _, Probe.Command _ ->
                    new ProbeResult.Failed(why(failure, patience));
        };
    }

    private static boolean refused(Throwable failure) {
        return failure instanceof ConnectException
                && String.valueOf(failure.getMessage()).contains("Connection refused");
    }

    private static ProbeResult closed(int port) {
        return new ProbeResult.Failed(
                "connection refused, because nothing listens on port " + port, port);
    }

    private static String why(Throwable failure, Duration patience) {
        var message = failure.getMessage();
        return failure instanceof TimeoutException
                ? "no answer within %d ms".formatted(millis(patience))
                : message == null ? failure.getClass().getSimpleName() : message;
    }

    private static int millis(Duration patience) {
        return Math.clamp(patience.toMillis(), 1, Integer.MAX_VALUE);
    }
}
