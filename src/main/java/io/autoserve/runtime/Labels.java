package io.autoserve.runtime;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.Container;
import io.autoserve.model.Launch;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes and reads the labels of containers. The labels and the fields in Docker's list are all
 * that AutoServe needs to know of a container.
 */
final class Labels {
    static final String INSTALLATION = "autoserve.installation";
    static final String APP = "autoserve.app";
    static final String INDEX = "autoserve.index";
    static final String INSTANCE = "autoserve.instance";

    /** On the container of a task instead of {@link #INSTANCE}: the id of the task. */
    static final String TASK = "autoserve.task";

    static final String REVISION = "autoserve.revision";
    static final String IMAGE = "autoserve.image";
    static final String EPOCH = "autoserve.epoch";

    /** The HEALTHCHECK of the image, because the container's own one is off. */
    static final String HEALTHCHECK = "autoserve.healthcheck";

    /**
     * The id of the term in which the container was created. A failover of the database can lead to
     * two terms with one epoch, and only this label then tells which leader created the container.
     */
    static final String TERM = "autoserve.term";

    /**
     * On the platform's own containers: a hash of the configuration that they were created from.
     */
    static final String CONFIG = "autoserve.config";

    /**
     * Prefix of the labels of users. Without it, a user's label could tell another tool that reads
     * labels, such as Docker Compose, that the container is its own.
     */
    private static final String OF_USER = "autoserve.label.";

    /**
     * Labels by which Docker Compose and Swarm know their containers. A container gets the labels
     * of its image, so each of these is overwritten by the empty text.
     */
    private static final List<String> OF_DOCKER =
            List.of(
                    "com.docker.compose.config-hash",
                    "com.docker.compose.container-number",
                    "com.docker.compose.depends_on",
                    "com.docker.compose.image",
                    "com.docker.compose.oneoff",
                    "com.docker.compose.project",
                    "com.docker.compose.project.config_files",
                    "com.docker.compose.project.working_dir",
                    "com.docker.compose.replace",
                    "com.docker.compose.service",
                    "com.docker.compose.slug",
                    "com.docker.compose.version",
                    "com.docker.stack.namespace",
                    "com.docker.swarm.node.id",
                    "com.docker.swarm.service.id",
                    "com.docker.swarm.service.name",
                    "com.docker.swarm.task",
                    "com.docker.swarm.task.id",
                    "com.docker.swarm.task.name");

    private static final Logger log = LoggerFactory.getLogger(Labels.class);

    private Labels() {}

    /**
     * Returns AutoServe's labels, and the user's with the prefix {@code autoserve.label.}. Labels
     * of the image that would make the container count as one of Docker Compose, Swarm or AutoServe
     * are empty.
     *
     * @param ofImage the HEALTHCHECK of the image; null if it has none
     */
    static Map<String, String> of(
            String installation, Launch launch, @Nullable HealthCheck ofImage) {
        var labels = new HashMap<String, String>();
        OF_DOCKER.forEach(name -> labels.put(name, ""));
        labels.put(CONFIG, "");
        launch.labels().forEach((name, value) -> labels.put(OF_USER + name, value));
        labels.put(INSTALLATION, installation);
        labels.put(APP, launch.app());
        labels.put(INDEX, String.valueOf(launch.index()));
        labels.put(TASK, "");
        labels.put(launch.task() ? TASK : INSTANCE, String.valueOf(launch.instanceId()));
        labels.put(REVISION, String.valueOf(launch.revision()));
        labels.put(IMAGE, launch.image());
        labels.put(HEALTHCHECK, ImageCheck.text(ofImage));
        labels.put(EPOCH, String.valueOf(launch.term().epoch()));
        labels.put(TERM, launch.term().id().toString());
        return labels;
    }

    /**
     * Returns the container that the labels describe. Returns empty and logs a warning if the
     * labels were damaged.
     */
    static Optional<Container> container(com.github.dockerjava.api.model.Container found) {
        try {
            var labels = found.getLabels();
            var state = state(found.getState());
            var task = isOfTask(found);
            return Optional.of(
                    new Container(
                            found.getId(),
                            name(found),
                            labels.getOrDefault(APP, ""),
                            Integer.parseInt(labels.getOrDefault(INDEX, "")),
                            Long.parseLong(labels.getOrDefault(task ? TASK : INSTANCE, "")),
                            Integer.parseInt(labels.getOrDefault(REVISION, "")),
                            Long.parseLong(labels.getOrDefault(EPOCH, "")),
                            state,
                            address(found).orElse(null),
                            labels.getOrDefault(IMAGE, ""),
                            Instant.ofEpochSecond(found.getCreated()),
                            ImageCheck.read(labels.getOrDefault(HEALTHCHECK, "")),
                            task));
        } catch (NumberFormatException e) {
            log.warn(
                    "container {} has invalid labels and is left unchanged: {}",
                    name(found),
                    e.getMessage());
            return Optional.empty();
        }
    }

    /** Returns whether the container belongs to an instance or a task. */
    static boolean isOfApp(com.github.dockerjava.api.model.Container found) {
        return isOfTask(found) || found.getLabels().containsKey(INSTANCE);
    }

    private static boolean isOfTask(com.github.dockerjava.api.model.Container found) {
        return !found.getLabels().getOrDefault(TASK, "").isEmpty();
    }

    static String name(com.github.dockerjava.api.model.Container found) {
        return found.getNames().length == 0 ? found.getId() : found.getNames()[0].substring(1);
    }

    private static Container.State state(String state) {
        return switch (state) {
            case "created" -> Container.State.CREATED;
            case "running", "restarting" -> Container.State.RUNNING;
            case "paused" -> Container.State.PAUSED;
            case "exited", "dead", "removing" -> Container.State.EXITED;
            default -> throw new IllegalStateException("unknown state of a container: " + state);
        };
    }

    /**
     * Returns the address of a container of this installation. Empty unless the container runs. An
     * instance is in one network. nginx is also in the control network, whose name comes first.
     */
    static Optional<String> address(com.github.dockerjava.api.model.Container found) {
        var settings = found.getNetworkSettings();
        return settings == null
                ? Optional.empty()
                : settings.getNetworks().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(network -> network.getValue().getIpAddress())
                        .filter(address -> address != null && !address.isEmpty())
                        .findFirst();
    }
}
