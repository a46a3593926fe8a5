package io.autoserve.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.identity.IdentityFolder;
import io.autoserve.model.Hidden;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.VersionedFiles.Stored;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Sends route tables and certificates to one running nginx, and reads its counters. Only the leader
 * calls it, except for {@link #requests}. Once it is deployed, its methods may be called from any
 * thread.
 */
public final class NginxManager extends VerticleBase implements Nginx {
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /**
     * A long document extends the deadline by a millisecond for each of these. A busy machine may
     * need seconds until nginx has read and decoded a table of several megabytes.
     */
    private static final int CHARACTERS_PER_MILLISECOND = 1000;

    /**
     * How long to wait after a reload of nginx until its new worker processes take requests. Only
     * the new workers have the token.
     */
    private static final Duration NEW_WORKERS = Duration.ofMillis(300);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ProxyFolder folder;
    private final ProxyProcess process;
    private final String token;
    private final @Nullable Verified verified;
    private @Nullable Blocking blocking;
    private @Nullable HttpClient http;

    /** Asks what nginx answers late. Such a question keeps no connection from the others. */
    private @Nullable HttpClient patient;

    private volatile @Nullable URI address;
    private volatile @Nullable RouteTable acknowledged;
    private final AtomicLong pushes = new AtomicLong();
    private Future<?> lastPush = Future.succeededFuture();

    /** The result of pushing a route table or certificates. */
    public sealed interface Pushed {
        /**
         * From now on, no request goes to an instance that is not in the table.
         *
         * @param leftOut number of instances in the table that get no requests, because nginx has
         *     no room for them
         */
        record Accepted(Version version, int leftOut) implements Pushed {}

        /** nginx has a newer version, so another controller leads. */
        record Refused(Version current) implements Pushed {}

        /**
         * nginx refused the document, because it is invalid or too large, and continues with the
         * previous document.
         *
         * @param reason nginx's own message
         */
        record Invalid(String reason) implements Pushed {}
    }

    /**
     * How nginx and this controller prove to each other who they are.
     *
     * @param name the name that nginx's certificate must have
     */
    public record Verified(IdentityFolder identity, String name) {}

    /**
     * @param folder the folder that nginx sees as {@code /var/lib/autoserve/proxy}. The token is
     *     written to this folder
     * @param verified null if the admin port has no TLS
     */
    public NginxManager(
            Path folder,
            ProxyProcess process,
            RandomGenerator random,
            @Nullable Verified verified) {
        this.folder = new ProxyFolder(folder);
        this.process = process;
        this.token = this.folder.token(random);
        this.verified = verified;
    }

    /**
     * Removes the tables and certificates of an nginx that the installation no longer has. If it
     * gets one again later, that one must not start with routes to addresses that other instances
     * have by then.
     *
     * @param folder the folder that this nginx had
     */
    public static void forget(Path folder) {
        new ProxyFolder(folder).clear();
    }

    @Override
    public Future<?> start() {
        blocking = new Blocking(vertx);
        http = client();
        patient = client();
        return Future.succeededFuture();
    }

    private HttpClient client() {
        return vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout((int) DEADLINE.toMillis())
                        // A manual reload of nginx ends kept-alive connections, but a
                        // handshake costs more than a rare failed push.
                        .setKeepAlive(verified != null));
    }

    @Override
    public Future<Pushed> push(RouteTable table, String json) {
        return inTurn(folder.tables(), table.version(), json, () -> put(table, json));
    }

    @Override
    public Future<Pushed> handOut(Version version, Hidden document) {
        var text = document.reveal();
        return inTurn(folder.certificates(), version, text, () -> put("/certificates", text));
    }

    @Override
    public Future<Map<String, String>> routes(Collection<String> apps) {
        return blocking().call(() -> folder.routes(apps));
    }

    private synchronized Future<Pushed> inTurn(
            VersionedFiles files, Version version, String text, Supplier<Future<Pushed>> put) {
        var pushed = lastPush.transform(_ -> pushAlone(files, version, text, put));
        lastPush = pushed;
        return pushed;
    }

    private Future<Pushed> pushAlone(
            VersionedFiles files, Version version, String text, Supplier<Future<Pushed>> put) {
        return blocking()
                .call(files::newest)
                .compose(newest ->
                        newest.map(Stored::version)
                                .filter(stored -> stored.compareTo(version) > 0)
                                .map(Pushed.Refused::new)
                                .map(refused -> Future.<Pushed>succeededFuture(refused))
                                .orElseGet(() -> writeAndPut(files, version, text, put)));
    }

    /**
     * Writes the file before the push, so that nginx, after a restart, still has every document
     * that it had accepted. If nginx does not answer, the file stays, and nginx starts with it. A
     * file that nginx has refused is removed.
     */
    private Future<Pushed> writeAndPut(
            VersionedFiles files, Version version, String text, Supplier<Future<Pushed>> put) {
        return blocking()
                .call(() -> files.write(version, pushes.incrementAndGet(), text))
                .compose(written ->
                        put.get()
                                .compose(pushed -> settled(pushed, files, written))
                                .recover(silent -> thinnedOut(files, silent)));
    }

    private Future<Pushed> thinnedOut(VersionedFiles files, Throwable silent) {
        return blocking()
                .call(() -> {
                    files.thinOut();
                    return files;
                })
                .transform(_ -> Future.failedFuture(silent));
    }

    private Future<Pushed> settled(Pushed pushed, VersionedFiles files, Stored written) {
        return blocking()
                .call(() -> {
                    switch (pushed) {
                        case Pushed.Accepted _ -> files.forgetOlderThan(written);
                        case Pushed.Refused _, Pushed.Invalid _ -> files.forget(written);
                    }
                    return pushed;
                });
    }

    private Future<Pushed> put(RouteTable table, String text) {
        return put("/table", text)
                .map(pushed -> {
                    if (pushed instanceof Pushed.Accepted) {
                        acknowledged = table;
                    }
                    return pushed;
                });
    }

    private Future<Pushed> put(String path, String text) {
        return ask(HttpMethod.PUT, path, text)
                .map(answer ->
                        switch (answer.status()) {
                            case 200 ->
                                    new Pushed.Accepted(
                                            answer.version(),
                                            answer.json().path("leftOut").asInt());
                            case 400, 507 ->
                                    new Pushed.Invalid(answer.json().path("detail").asText());
                            case 413 ->
                                    new Pushed.Invalid(
                                            "%d characters are more than nginx's admin port accepts: remove apps or hosts"
                                                    .formatted(text.length()));
                            case 409 -> new Pushed.Refused(answer.version());
                            default -> throw answer.unexpected("PUT " + path);
                        });
    }

    @Override
    public Future<Counters> counters() {
        return ask(HttpMethod.GET, "/counters", "")
                .map(answer -> {
                    if (answer.status() != 200) {
                        throw answer.unexpected("GET /counters");
                    }
                    return Counters.parse(answer.body());
                })
                .compose(this::pushAgainIfForgotten);
    }

    @Override
    public Future<Set<String>> wakes(Collection<String> apps, Duration longest) {
        var body = JSON.createObjectNode().put("seconds", longest.toMillis() / 1000.0);
        apps.forEach(body.putArray("apps")::add);
        return ask(patient, HttpMethod.POST, "/wakes", body.toString(), DEADLINE.plus(longest))
                .map(answer -> {
                    if (answer.status() != 200) {
                        throw answer.unexpected("POST /wakes");
                    }
                    return StreamSupport.stream(answer.json().path("apps").spliterator(), false)
                            .map(JsonNode::asText)
                            .collect(Collectors.toSet());
                });
    }

    @Override
    public Future<List<ServedRequest>> requests(String app) {
        return ask(HttpMethod.GET, "/requests?app=" + app, "")
                .map(answer -> {
                    if (answer.status() != 200) {
                        throw answer.unexpected("GET /requests");
                    }
                    return Journal.requests(answer.json());
                });
    }

    @Override
    public Future<Optional<Set<Long>>> routedAfterStart() {
        return blocking()
                .call(() ->
                        process.isRunning() ? Optional.empty() : Optional.of(folder.instances()));
    }

    private Future<Counters> pushAgainIfForgotten(Counters counters) {
        var table = acknowledged;
        return table != null && counters.version().compareTo(table.version()) < 0
                ? put(table, table.json()).map(counters)
                : Future.succeededFuture(counters);
    }

    private Future<Answer> ask(HttpMethod method, String path, String body) {
        var longer = Duration.ofMillis(body.length() / CHARACTERS_PER_MILLISECOND);
        return ask(http, method, path, body, DEADLINE.plus(longer));
    }

    private Future<Answer> ask(
            @Nullable HttpClient client,
            HttpMethod method,
            String path,
            String body,
            Duration deadline) {
        return askOnce(client, method, path, body, deadline)
                .compose(answer ->
                        answer.status() == 401
                                ? tellToken()
                                        .compose(_ -> askOnce(client, method, path, body, deadline))
                                : Future.succeededFuture(answer));
    }

    /**
     * Reloads nginx, so that it reads the token. This is needed if nginx started before the token
     * existed.
     */
    private Future<?> tellToken() {
        return blocking()
                .call(() -> {
                    process.reload();
                    return process;
                })
                .compose(_ -> vertx.timer(NEW_WORKERS.toMillis(), TimeUnit.MILLISECONDS));
    }

    private Future<Answer> askOnce(
            @Nullable HttpClient client,
            HttpMethod method,
            String path,
            String body,
            Duration deadline) {
        return address()
                .compose(uri ->
                        onEventLoop(
                                () -> exchange(deployed(client), request(uri, method, path), body)))
                .timeout(deadline.toMillis(), TimeUnit.MILLISECONDS)
                .onFailure(_ -> address = null); // a restarted nginx may have another address
    }

    private static Future<Answer> exchange(HttpClient client, RequestOptions options, String body) {
        return client.request(options)
                .compose(request -> request.send(Buffer.buffer(body)))
                .compose(response ->
                        response.body()
                                .map(text -> new Answer(response.statusCode(), text.toString())));
    }

    /**
     * Runs the request on the event loop. On another thread, the response may end before the code
     * asks for its body, and then the body never arrives.
     */
    private <T> Future<T> onEventLoop(Supplier<Future<T>> work) {
        var promise = Promise.<T>promise();
        context.runOnContext(_ -> work.get().onComplete(promise));
        return promise.future();
    }

    private RequestOptions request(URI uri, HttpMethod method, String path) {
        var options =
                new RequestOptions()
                        .setMethod(method)
                        .setHost(uri.getHost())
                        .setPort(uri.getPort())
                        .setURI(path)
                        .putHeader("Authorization", "Bearer " + token);
        return verified == null
                ? options
                : options.setServer(SocketAddress.inetSocketAddress(uri.getPort(), uri.getHost()))
                        .setHost(verified.name)
                        .setSsl(true)
                        .setSslOptions(verified.identity.identity().client());
    }

    private Future<URI> address() {
        var known = address;
        return known != null
                ? Future.succeededFuture(known)
                : blocking()
                        .call(() -> {
                            var found =
                                    process.adminAddress()
                                            .orElseThrow(() ->
                                                    new IllegalStateException(
                                                            "nginx is not running"));
                            address = found;
                            return found;
                        });
    }

    private Blocking blocking() {
        return deployed(blocking);
    }

    private static <T> T deployed(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("deploy the nginx manager before using it");
        }
        return part;
    }

    private record Answer(int status, String body) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("nginx did not answer with JSON: " + body, e);
            }
        }

        Version version() {
            return Counters.version(json().path("version"));
        }

        IllegalStateException unexpected(String request) {
            return new IllegalStateException(
                    "nginx answered %s with %d: %s".formatted(request, status, body));
        }
    }
}
