package io.autoserve.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pulls images from their registries and removes them. */
final class Images {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Engine engine;
    private final Pulls pulls;
    private final RegistryGuard registries;
    private final Consumer<Image> fetched;

    /**
     * @param registries the registries that images may come from
     * @param fetched called with each image that the engine did not have before
     */
    Images(Engine engine, RegistryRules registries, Consumer<Image> fetched) {
        this.engine = engine;
        this.registries = RegistryGuard.on(engine, registries);
        this.pulls = new Pulls(engine);
        this.fetched = fetched;
    }

    /** Implements {@link ContainerRuntime#pull}. */
    void pull(Launch launch, Consumer<String> progress) {
        var image = launch.image();
        registries.require(image);
        var before = id(Image.fullName(image));
        pulls.run(image, request(image, launch.registryAuth()), progress);
        var after = id(Image.fullName(image));
        after.filter(id -> !before.equals(Optional.of(id)))
                .ifPresent(id -> fetched.accept(new Image(Image.fullName(image), id)));
    }

    /** Returns the id of the image that has this name on the engine. */
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

    /** Implements {@link ContainerRuntime#forget}. */
    boolean forget(Image image) {
        var present = id(image.name()).equals(Optional.of(image.id()));
        // the name may belong to another image by now
        var subject = present ? image.name() : image.id();
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

    /**
     * Returns the request to pull the image. It has the full name with the tag, because without a
     * tag the engine would pull every tag of the repository.
     */
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
                auth.set("serveraddress", auth.remove("serverAddress")); // Docker's spelling
            }
            return Base64.getUrlEncoder().encodeToString(JSON.writeValueAsBytes(auth));
        } catch (IOException | ClassCastException _) {
            throw new EngineException( // the message must not contain the credentials
                    "registryAuth must be JSON like {\"username\": …, \"password\": …, \"serverAddress\": …}",
                    null);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
