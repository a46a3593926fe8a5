package io.autoserve.testing;

import static io.autoserve.testing.Eventually.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;

/** Calls the API of one controller, as programs do. */
public final class ApiClient implements AutoCloseable {
    /** How long to wait for something that needs Docker. */
    public static final Duration PATIENCE = EnginePace.patience(Duration.ofSeconds(30));

    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI root;
    private final HttpClient http = HttpClient.newHttpClient();

    public ApiClient(URI root) {
        this.root = root;
    }

    /** Returns the address at which the controller listens. */
    public URI root() {
        return root;
    }

    public record Answer(int status, JsonNode body) {
        /**
         * Returns the body if the status is one of these. Otherwise fails, and shows the API's
         * answer.
         */
        public JsonNode require(int... statuses) {
            for (var wanted : statuses) {
                if (wanted == status) {
                    return body;
                }
            }
            throw new AssertionError("the API answered %d: %s".formatted(status, body));
        }
    }

    public Answer get(String path) {
        return send("GET", path, "");
    }

    public Answer post(String path, String body) {
        return send("POST", path, body);
    }

    /** Registers or changes the app. */
    public JsonNode apply(DemoApp app) {
        return send("PUT", "/api/v1/apps/" + app.name(), app.yaml()).require(200, 201);
    }

    /** Returns what applying the app would do. */
    public JsonNode plan(DemoApp app) {
        return send("PUT", "/api/v1/apps/" + app.name() + "?dryRun=true", app.yaml()).require(200);
    }

    public JsonNode register(String spec) {
        return post("/api/v1/apps", spec).require(201);
    }

    public void scale(String app, int replicas) {
        tryScale(app, replicas).require(202);
    }

    /** Scales the app. Returns the answer even if the API refuses the request. */
    public Answer tryScale(String app, int replicas) {
        return post("/api/v1/apps/" + app + "/scale", "{\"replicas\": %d}".formatted(replicas));
    }

    /**
     * @param verb start, stop or restart
     */
    public void order(String verb, String app) {
        post("/api/v1/apps/" + app + "/" + verb, "").require(202);
    }

    public void delete(String app) {
        send("DELETE", "/api/v1/apps/" + app, "").require(202);
    }

    /**
     * @param query such as {@code ?restart=true}, or empty
     */
    public JsonNode setSecret(String name, String value, String query) {
        return send("PUT", "/api/v1/secrets/" + name + query, "text/plain", value)
                .require(200, 201);
    }

    public Answer tryDeleteSecret(String name) {
        return send("DELETE", "/api/v1/secrets/" + name, "");
    }

    /** Deletes all apps and returns once they are gone. */
    public void deleteAll() {
        var apps = get("/api/v1/apps").require(200).path("apps").findValuesAsText("name");
        apps.forEach(this::delete);
        apps.forEach(this::awaitGone);
    }

    public JsonNode app(String name) {
        return get("/api/v1/apps/" + name).require(200);
    }

    public List<JsonNode> instances(String app) {
        return list(app(app).path("instances"));
    }

    /** Returns the events of the app, oldest first. */
    public List<JsonNode> events(String app) {
        var answer = get("/api/v1/events?limit=1000&app=" + app).require(200);
        return list(answer.path("events"));
    }

    /**
     * Waits until this many instances are ready, no other instance is left, and the app is running.
     */
    public Duration awaitReady(String app, int replicas) {
        return awaitReady(app, replicas, "Running");
    }

    /**
     * Waits until this many instances are ready, no other instance is left, and the app has this
     * state.
     */
    public Duration awaitReady(String app, int replicas, String state) {
        return await(
                app,
                "%d instances ready and no other".formatted(replicas),
                status ->
                        status.at("/replicas/ready").asInt() == replicas
                                && status.at("/replicas/current").asInt() == replicas
                                && status.at("/replicas/desired").asInt() == replicas
                                && status.path("state").asText().equals(state));
    }

    public Duration await(String app, String what, Predicate<JsonNode> condition) {
        return within(
                PATIENCE,
                "%s of %s".formatted(what, app),
                () -> condition.test(app(app)),
                () -> app(app));
    }

    public Duration awaitGone(String app) {
        return within(
                PATIENCE,
                app + " is gone",
                () -> get("/api/v1/apps/" + app).status() == 404,
                () -> app(app));
    }

    /** Waits until this controller reports that the controller {@code name} leads. */
    public void awaitLeader(String name) {
        awaitLeader(name, PATIENCE);
    }

    public void awaitLeader(String name, Duration patience) {
        within(
                patience,
                name + " leads",
                () -> get("/api/v1/cluster").body().path("leader").asText().equals(name),
                () -> get("/api/v1/cluster").body());
    }

    /** Returns whether the controller is ready; false if nothing listens at its address. */
    public boolean ready() {
        try {
            return get("/health/ready").status() == 200;
        } catch (UncheckedIOException notYet) {
            return false;
        }
    }

    private static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    public Answer send(String method, String path, String body) {
        var type = body.stripLeading().startsWith("{") ? "application/json" : "application/yaml";
        return send(method, path, type, body);
    }

    private Answer send(String method, String path, String type, String body) {
        var request =
                HttpRequest.newBuilder(root.resolve(path))
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body))
                        .timeout(PATIENCE);
        if (!body.isEmpty()) {
            request.header("Content-Type", type);
        }
        try {
            var response = http.send(request.build(), BodyHandlers.ofString());
            return new Answer(response.statusCode(), json(response));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static JsonNode json(HttpResponse<String> response) throws JsonProcessingException {
        var type = response.headers().firstValue("Content-Type").orElse("");
        return type.contains("json")
                ? JSON.readTree(response.body())
                : JSON.getNodeFactory().textNode(response.body());
    }

    @Override
    public void close() {
        http.close();
    }
}
