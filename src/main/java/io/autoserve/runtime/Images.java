package io.autoserve.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.Launch;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Fetches images from their registries. */
final class Images {
    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final ObjectReader PROGRESS = JSON.readerFor(JsonNode.class);

    private final Engine engine;

    Images(Engine engine) {
        this.engine = engine;
    }

    /** Fetches the image, or the newer one of that name. */
    void pull(Launch launch) {
        var image = launch.image();
        var request = request(image, launch.registryAuth());
        var error = engine.within("pull image '" + image + "'", DEADLINE, () -> error(request));
        if (error != null) {
            throw new EngineException(
                    "image '%s' could not be pulled (%s): check its name and tag, that its registry can be reached and, if it is private, registryAuth"
                            .formatted(image, error),
                    null);
        }
    }

    private static Request request(String image, @Nullable String registryAuth) {
        var request =
                Request.builder()
                        .method(Request.Method.POST)
                        .path("/images/create?fromImage=" + encoded(withTag(image)));
        if (registryAuth != null) {
            request.putHeader("X-Registry-Auth", header(registryAuth));
        }
        return request.build();
    }

    /** Without a tag the engine would fetch every one there is. */
    static String withTag(String image) {
        var name = image.substring(image.lastIndexOf('/') + 1);
        return name.contains(":") || name.contains("@") ? image : image + ":latest";
    }

    private static String header(String registryAuth) {
        try {
            var auth = (ObjectNode) JSON.readTree(registryAuth);
            if (auth.has("serverAddress")) {
                auth.set("serveraddress", auth.remove("serverAddress")); // the engine's spelling
            }
            return Base64.getUrlEncoder().encodeToString(JSON.writeValueAsBytes(auth));
        } catch (IOException | ClassCastException _) {
            throw new EngineException( // and no word of what is in it
                    "registryAuth must be JSON like {\"username\": …, \"password\": …, \"serverAddress\": …}",
                    null);
        }
    }

    /** Some failures come as a status, others in the progress that follows a 200. */
    private @Nullable String error(Request request) throws IOException {
        String error = null;
        try (var response = engine.open(request);
                var progress = PROGRESS.<JsonNode>readValues(response.getBody())) {
            while (progress.hasNextValue()) {
                error = progress.nextValue().path("error").asText(error);
            }
        } catch (DockerException refusal) {
            error = Engine.words(refusal);
        }
        return error;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
