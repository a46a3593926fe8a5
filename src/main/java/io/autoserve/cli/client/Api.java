package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls the REST API of a controller. A call throws {@link CommandFailure} if no controller
 * answers, or if the answer is an error.
 */
public final class Api {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CONNECT_MILLIS = 3_000;
    private static final int READ_MILLIS = 30_000;

    private final String url;
    private final @Nullable String token;
    private final String actor;
    private final Trust trust;
    private final Consumer<String> aside;

    /** Connects without a token. */
    public Api(String url, Map<String, String> environment) {
        this(new Contexts.Context(url, null, null), environment, _ -> {});
    }

    /**
     * @param aside receives a message for the user each time that the client repeats a request
     */
    public Api(Contexts.Context target, Map<String, String> environment, Consumer<String> aside) {
        var token = target.token();
        this.token = token == null || token.isEmpty() ? null : token;
        this.url = target.url().replaceFirst("/+$", "");
        this.trust = new Trust(target.ca());
        this.aside = aside;
        this.actor = actor(environment.getOrDefault("USER", "cli"));
    }

    /**
     * Returns the name that events record as the actor. If the API does not permit the user's name
     * as an actor, returns {@code cli}.
     */
    private static String actor(String user) {
        return user.matches("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}") ? user : "cli";
    }

    public String url() {
        return url;
    }

    public JsonNode get(String path) {
        return tree(exchange("GET", path, null, null));
    }

    public String text(String path) {
        return exchange("GET", path, null, null).text();
    }

    public Optional<JsonNode> find(String path) {
        try {
            return Optional.of(get(path));
        } catch (CommandFailure failure) {
            if (failure.exit() == Exit.NOT_FOUND) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    public JsonNode post(String path) {
        return tree(exchange("POST", path, null, newKey()));
    }

    public JsonNode send(String method, String path, Body body) {
        return tree(exchange(method, path, body, newKey()));
    }

    /**
     * Sends a request that has a different result each time, such as a new token. The request has
     * no idempotency key, so it is repeated only if a busy controller refused it and did nothing.
     */
    public JsonNode sendWithoutKey(String method, String path, Body body) {
        return tree(exchange(method, path, body, null));
    }

    /** Sends a request without a body as {@link #sendWithoutKey} does. */
    public JsonNode postWithoutKey(String path) {
        return tree(exchange("POST", path, null, null));
    }

    public JsonNode delete(String path) {
        return tree(exchange("DELETE", path, null, newKey()));
    }

    /** Returns an idempotency key, by which the controllers recognize a repeated write. */
    private static String newKey() {
        return UUID.randomUUID().toString();
    }

    /**
     * Opens a stream of server-sent events. The controller sends an event or a heartbeat at least
     * every 15 s. While too many streams are open, waits and tries again without an end, because
     * the caller wants to follow what happens.
     */
    InputStream stream(String path, @Nullable String lastEventId) {
        var told = false;
        while (true) {
            switch (openStream(path, lastEventId)) {
                case Opened.Begun(var in) -> {
                    return in;
                }
                case Opened.Later(var problem, var pause) -> {
                    if (!told) {
                        tellOfRetry(problem, pause);
                        told = true;
                    }
                    sleep(pause);
                }
            }
        }
    }

    private sealed interface Opened {
        record Begun(InputStream in) implements Opened {}

        record Later(JsonNode problem, Duration pause) implements Opened {}
    }

    private Opened openStream(String path, @Nullable String lastEventId) {
        try {
            var connection = connection("GET", path);
            connection.setRequestProperty("Accept", "text/event-stream");
            if (lastEventId != null) {
                connection.setRequestProperty("Last-Event-ID", lastEventId);
            }
            if (connection.getResponseCode() < 400) {
                return new Opened.Begun(connection.getInputStream());
            }
            var answer = answer(connection);
            var problem = tree(answer);
            if (RetryPolicy.crowded(problem)) {
                return new Opened.Later(problem, Duration.ofSeconds(answer.retryAfter()));
            }
            throw ApiProblem.failure(Origin.NONE, answer.status(), problem, token != null);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /**
     * Opens a WebSocket, which carries bytes in both directions. If the controller refuses it, a
     * plain GET of the same path returns the reason. If too many streams are open or began at once,
     * waits and tries again, five times at most.
     */
    public ApiWebSocket openWebSocket(String path) {
        var retries = RetryPolicy.ofWebSocket();
        while (true) {
            var opened = tryWebSocket(path);
            if (opened.isPresent()) {
                return opened.get();
            }
            var answer = ask("GET", path, null, null);
            var problem = tree(answer);
            var pause =
                    retries.pause(problem, answer.retryAfter())
                            .orElseThrow(failure(Origin.NONE, answer.status(), problem));
            tellOfRetry(problem, pause);
            sleep(pause);
        }
    }

    private Optional<ApiWebSocket> tryWebSocket(String path) {
        var address = address(path);
        var webSocket = URI.create(address.toString().replaceFirst("^http", "ws"));
        try {
            return ApiWebSocket.open(webSocket, headers(), trust);
        } catch (CompletionException nobody) {
            throw unreachable(nobody);
        }
    }

    private void tellOfRetry(JsonNode problem, Duration pause) {
        aside.accept(
                "%s; retrying in %d s".formatted(RetryPolicy.cause(problem), pause.toSeconds()));
    }

    /**
     * Checks that a WebSocket can be opened at the path. Throws a failure if the controller reports
     * that the path does not exist or is not permitted, or if no controller answers.
     */
    public void requireWay(String path) {
        var refusal = refusal(path);
        if (refusal.exit() == Exit.DENIED
                || refusal.exit() == Exit.NOT_FOUND
                || refusal.exit() == Exit.UNREACHABLE) {
            throw refusal;
        }
    }

    /**
     * Returns why the controller refused a WebSocket. A plain GET of the same path returns the
     * reason.
     */
    private CommandFailure refusal(String path) {
        try {
            text(path);
            return CommandFailure.of(
                    Exit.FAILED, "the controller did not open a WebSocket at " + url);
        } catch (CommandFailure refused) {
            return refused;
        }
    }

    /**
     * Encodes one segment of a path, since the user may type characters that have a meaning in a
     * URL.
     */
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public static String query(Map<String, String> parameters) {
        var query = new StringBuilder();
        parameters.forEach((name, value) ->
                query.append(query.isEmpty() ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return query.toString();
    }

    private HttpAnswer exchange(
            String method, String path, @Nullable Body body, @Nullable String key) {
        var retries = new RetryPolicy(key != null);
        var answer = ask(method, path, body, key);
        while (answer.status() >= 400) {
            var problem = tree(answer);
            var origin = body == null ? Origin.NONE : body.origin();
            var pause =
                    retries.pause(problem, answer.retryAfter())
                            .orElseThrow(failure(origin, answer.status(), problem));
            tellOfRetry(problem, pause);
            sleep(pause);
            answer = ask(method, path, body, key);
        }
        return answer;
    }

    private Supplier<CommandFailure> failure(Origin origin, int status, JsonNode problem) {
        return () -> ApiProblem.failure(origin, status, problem, token != null);
    }

    private static void sleep(Duration pause) {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.of(Exit.FAILED, "interrupted", e);
        }
    }

    private HttpAnswer ask(String method, String path, @Nullable Body body, @Nullable String key) {
        try {
            var connection = connection(method, path);
            if (key != null) {
                connection.setRequestProperty("Idempotency-Key", key);
            }
            if (body != null) {
                write(connection, body);
            }
            return answer(connection);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** Opens a connection for callers that read every answer themselves, including errors. */
    public HttpURLConnection connection(String path) throws IOException {
        return connection("GET", path);
    }

    private HttpURLConnection connection(String method, String path) throws IOException {
        var connection = (HttpURLConnection) address(path).toURL().openConnection();
        trust.check(connection);
        connection.setRequestMethod(method);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        headers().forEach(connection::setRequestProperty);
        connection.setInstanceFollowRedirects(
                false); // a redirect must not send the token to another host
        return connection;
    }

    private Map<String, String> headers() {
        return token == null
                ? Map.of("X-Autoserve-Actor", actor)
                : Map.of("X-Autoserve-Actor", actor, "Authorization", "Bearer " + token);
    }

    private URI address(String path) {
        try {
            var address = URI.create(url + path);
            if (address.getHost() != null
                    && String.valueOf(address.getScheme()).matches("https?")) {
                return address;
            }
        } catch (IllegalArgumentException _) {
            // the failure is thrown below
        }
        throw CommandFailure.of(
                Exit.USAGE, "'%s' is not a URL such as http://127.0.0.1:8000".formatted(url));
    }

    private static void write(HttpURLConnection connection, Body body) throws IOException {
        var bytes = body.text().getBytes(StandardCharsets.UTF_8);
        connection.setRequestProperty("Content-Type", body.type());
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(
                bytes.length); // otherwise Java silently retries a POST
        try (var out = connection.getOutputStream()) {
            out.write(bytes);
        }
    }

    private static HttpAnswer answer(HttpURLConnection connection) throws IOException {
        var status = connection.getResponseCode();
        try (var in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            var text = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new HttpAnswer(status, text, connection.getHeaderFieldInt("Retry-After", 1));
        }
    }

    private JsonNode tree(HttpAnswer answer) {
        try {
            return JSON.readTree(answer.text());
        } catch (IOException e) {
            throw CommandFailure.of(
                    Exit.FAILED,
                    ("the server at %s is not an AutoServe controller (status %d, no JSON): check"
                                    + " --url")
                            .formatted(url, answer.status()),
                    e);
        }
    }

    private CommandFailure unreachable(Exception cause) {
        var failure = cause instanceof SSLException ? cause : cause.getCause();
        if (failure instanceof SSLException && plain(failure)) {
            return CommandFailure.of(
                    Exit.UNREACHABLE,
                    "the server at %s does not use TLS: use http:// or another port".formatted(url),
                    cause);
        }
        if (failure instanceof SSLException) {
            return CommandFailure.of(
                    Exit.UNREACHABLE,
                    ("the certificate of %s is not trusted (%s): use --ca FILE with the CA of the"
                                    + " certificate, which 'platform up' stores in .autoserve/ca.crt")
                            .formatted(url, cause.getMessage()),
                    cause);
        }
        return CommandFailure.of(
                Exit.UNREACHABLE,
                ("no controller answers at %s: start one with 'autoserve dev' or set AUTOSERVE_URL"
                                + " / --url")
                        .formatted(url),
                cause);
    }

    /**
     * Returns whether the connection failed because the server does not use TLS. Java reports this
     * reason only in the exception's message.
     */
    private static boolean plain(Throwable failure) {
        return String.valueOf(failure.getMessage()).startsWith("Unsupported or unrecognized SSL");
    }

    /**
     * @param origin where the body was read. It is printed before each error in the body
     */
    public record Body(String type, String text, Origin origin) {
        public static Body json(String text) {
            return new Body("application/json", text, Origin.NONE);
        }

        public static Body yaml(String text, String source) {
            return new Body("application/yaml", text, new Origin(source, 1));
        }
    }

    /**
     * @param retryAfter number of seconds after which the request may be repeated
     */
    private record HttpAnswer(int status, String text, int retryAfter) {}
}
