package io.autoserve.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Fetches images from their registries, and removes them. */
final class Images {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Engine engine;
    private final Pulls pulls;
    private final Consumer<Image> fetched;

    /**
     * @param fetched told of each that was not there before
     */
    Images(Engine engine, Consumer<Image> fetched) {
        this.engine = engine;
        this.pulls = new Pulls(engine);
        this.fetched = fetched;
    }

    /** See {@link ContainerRuntime#pull}. */
    void pull(Launch launch, Consumer<String> progress) {
        var image = launch.image();
        var before = id(Image.fullName(image));
        pulls.run(image, request(image, launch.registryAuth()), progress);
        var after = id(Image.fullName(image));
        after.filter(id -> !before.equals(Optional.of(id)))
                .ifPresent(id -> fetched.accept(new Image(Image.fullName(image), id)));
    }

    /** Of what the name means on the engine. */
    private Optional<String> id(String name) {
        return engine.call(
                "inspect image " + name,
                client -> {
                    try {
                        return Optional.ofNullable(client.inspectImageCmd(name).exec().getId());
                    } catch (NotFoundException none) {
                        return Optional.empty();
                    }
                });
    }

    /** See {@link ContainerRuntime#forget}. */
    boolean forget(Image image) {
        var present = id(image.name()).equals(Optional.of(image.id()));
        var subject = present ? image.name() : image.id(); // the name may mean another by now
        return engine.call(
                "remove image " + subject,
                client -> {
                    try {
                        client.removeImageCmd(subject).exec();
                        return true;
                    } catch (NotFoundException gone) {
                        return true;
                    } catch (ConflictException used) {
                        return false;
                    }
                });
    }

    /** Without a tag the engine would fetch every one there is. */
    private static Request request(String image, @Nullable String registryAuth) {
        var request =
                Request.builder()
                        .method(Request.Method.POST)
                        .path("/images/create?fromImage=" + encoded(Image.fullName(image)));
        if (registryAuth != null) {
            request.putHeader("X-Registry-Auth", header(registryAuth));
        }
        return request.build();
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

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
