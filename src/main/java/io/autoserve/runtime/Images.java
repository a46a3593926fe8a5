package io.autoserve.runtime;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.OutcomeUnknown;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Finds images, pulls them from their registries and removes them. */
final class Images {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration REGISTRY_ANSWERS = Duration.ofSeconds(10);

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

    /** Implements {@link ContainerRuntime#image}. */
    Optional<Image> find(String name) {
        return inspected(Image.fullName(name))
                .map(found ->
                        Image.pinned(
                                name,
                                requireNonNull(found.getId()),
                                found.getRepoDigests() == null
                                        ? List.of()
                                        : found.getRepoDigests()));
    }

    /** Returns the HEALTHCHECK of an image. Empty if it has none, or if the engine lacks it. */
    Optional<HealthCheck> healthCheck(String name) {
        return inspected(name).flatMap(image -> ImageCheck.of(image.getConfig()));
    }

    /** Returns the id of the image that has this name on the engine. */
    private Optional<String> id(String name) {
        return inspected(name).map(InspectImageResponse::getId);
    }

    private Optional<InspectImageResponse> inspected(String name) {
        return engine.call(
                "inspect image " + name,
                client -> {
                    try {
                        return Optional.of(client.inspectImageCmd(name).exec());
                    } catch (NotFoundException none) {
                        return Optional.empty();
                    }
                });
    }

    /** Implements {@link ContainerRuntime#offered}. */
    String offered(String name, @Nullable String registryAuth) {
        registries.require(name);
        var request =
                authorized(
                        Request.builder()
                                .method(Request.Method.GET)
                                .path("/distribution/" + Image.fullName(name) + "/json"),
                        registryAuth);
        try {
            var digest =
                    engine.within(
                            "ask the registry for image '" + name + "'",
                            REGISTRY_ANSWERS,
                            () -> {
                                try (var response = engine.open(request)) {
                                    return JSON.readTree(response.getBody())
                                            .requiredAt("/Descriptor/digest")
                                            .asText();
                                } catch (DockerException refusal) {
                                    throw new EngineException(Engine.words(refusal), null);
                                }
                            });
            return Image.repository(name) + "@" + digest;
        } catch (OutcomeUnknown late) {
            id(name); // throws if Docker itself does not answer
            throw noAccess(name, "it did not answer in time");
        } catch (EngineException refused) {
            throw noAccess(name, String.valueOf(refused.getMessage()));
        }
    }

    private static EngineException noAccess(String name, String reason) {
        return new EngineException(
                "the registry of image '%s' gives no access to it (%s): check its name and tag, that its registry can be reached and, if it is private, registryAuth. If the image exists on this machine only, give it a name that starts with localhost/"
                        .formatted(name, reason),
                null);
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
        return authorized(
                Request.builder()
                        .method(Request.Method.POST)
                        .path("/images/create?fromImage=" + encoded(Image.fullName(image))),
                registryAuth);
    }

    private static Request authorized(Request.Builder request, @Nullable String registryAuth) {
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
