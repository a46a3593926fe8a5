package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fields of an app that the commands need, read from the API's answer.
 *
 * @param conflicts what nginx does not serve of the app, each with the reason
 * @param imageId the image that the containers are created from; empty until the first start
 * @param replaces the revision that the current rollout replaces; empty without a rollout
 * @param paused why the app's rollout is paused; empty if no rollout is paused
 * @param watch how long the current rollout is watched before it is complete; zero without one
 */
public record AppView(
        String name,
        String state,
        String reason,
        int revision,
        String image,
        Optional<String> imageId,
        int desired,
        int current,
        int ready,
        List<String> hosts,
        List<String> conflicts,
        String pathPrefix,
        String scaling,
        String createdAt,
        Instant updatedAt,
        Optional<Integer> replaces,
        Optional<String> paused,
        Duration watch,
        List<Instance> instances) {

    public record Instance(
            String name,
            String state,
            String health,
            String reason,
            String address,
            int port,
            int revision,
            int restarts,
            String startedAt) {

        public static Instance of(JsonNode json) {
            return new Instance(
                    json.path("name").asText(""),
                    json.path("state").asText(""),
                    json.path("health").asText(""),
                    json.path("reason").asText(""),
                    json.path("address").asText(""),
                    json.path("port").asInt(),
                    json.path("revision").asInt(),
                    json.path("restarts").asInt(),
                    json.path("startedAt").asText(""));
        }

        /** Returns the address with the port. Instances of workers have no port. */
        public String socket() {
            return address.isEmpty() || port == 0 ? address : address + ":" + port;
        }

        public boolean ready() {
            return state.equals("Running") && health.equals("Ready");
        }

        /**
         * Returns whether the instance's reason describes an error rather than the action in
         * progress.
         */
        public boolean troubled() {
            return state.equals("Failed")
                    || health.equals("NotReady")
                    || (state.equals("Pending") && restarts > 0);
        }

        /** Returns one word for the state and health together. */
        public String word() {
            return switch (state) {
                case "Running" ->
                        ready() ? "Ready" : health.equals("NotReady") ? "NotReady" : "Running";
                default -> state;
            };
        }
    }

    public static AppView of(JsonNode json) {
        var instances = new ArrayList<Instance>();
        json.path("instances").forEach(instance -> instances.add(Instance.of(instance)));
        var replicas = json.path("replicas");
        return new AppView(
                json.path("name").asText(""),
                json.path("state").asText(""),
                json.path("reason").asText(""),
                json.path("revision").asInt(),
                json.path("image").asText(""),
                Optional.ofNullable(json.path("imageId").textValue()),
                replicas.path("desired").asInt(),
                replicas.path("current").asInt(),
                replicas.path("ready").asInt(),
                texts(json.path("hosts")),
                texts(json.path("conflicts")),
                json.path("pathPrefix").asText("/"),
                json.path("scaling").asText(""),
                json.path("createdAt").asText(""),
                Instant.parse(json.path("updatedAt").asText()),
                replaces(json.path("rollout")),
                paused(json.path("rollout")),
                Duration.ofSeconds(json.path("rollout").path("watchSeconds").asLong(0)),
                List.copyOf(instances));
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(text -> texts.add(text.asText()));
        return List.copyOf(texts);
    }

    private static Optional<Integer> replaces(JsonNode rollout) {
        return rollout.has("from") ? Optional.of(rollout.path("from").asInt()) : Optional.empty();
    }

    private static Optional<String> paused(JsonNode rollout) {
        return rollout.path("paused").asBoolean(false)
                ? Optional.of(rollout.path("reason").asText(""))
                : Optional.empty();
    }
}
