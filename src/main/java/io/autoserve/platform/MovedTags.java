package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Hidden;
import io.autoserve.model.Image;
import io.autoserve.model.Refusal;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the name of an app's image refers to another image than the one that the app
 * runs. It asks Docker, and the registry if Docker has no image of this name or the pull policy is
 * Always.
 */
public final class MovedTags {
    private static final Logger LOG = LoggerFactory.getLogger(MovedTags.class);

    /**
     * Maximum number of questions to registries at the same time. Each occupies one of the
     * controller's writes, and registries that do not answer must not occupy all of them. A single
     * registry gets one question at a time, so that it does not take all turns.
     */
    private static final int AT_ONCE = 4;

    /** Maximum number of questions of one token at the same time, which leaves turns to others. */
    private static final int OF_ONE = 2;

    private final Semaphore turns = new Semaphore(AT_ONCE);
    private final List<String> asking = new ArrayList<>(); // actors; synchronized on itself
    private final Set<String> asked = ConcurrentHashMap.newKeySet(); // hosts
    private final ContainerRuntime runtime;
    private final Function<String, Optional<Hidden>> secrets;

    /**
     * @param secrets returns the value of a secret
     */
    public MovedTags(ContainerRuntime runtime, Function<String, Optional<Hidden>> secrets) {
        this.runtime = runtime;
        this.secrets = secrets;
    }

    /**
     * Returns the image that the app runs if its name refers to another image by now, else null.
     * Also returns null if the app runs no image yet, or if the registry or Docker does not answer.
     * Throws a {@link Refusal} while the image's registry is asked already, or too many registries
     * are asked, in all or for this actor.
     *
     * @param actor name of the token that asks
     */
    @Nullable String outdated(App app, String actor) {
        var running = app.image();
        if (running == null) {
            return null;
        }
        try {
            return moved(app, running, actor) ? running : null;
        } catch (EngineException unknown) {
            LOG.warn(
                    "{}: it is unknown whether {} refers to another image now: {}",
                    app.name(),
                    app.spec().image(),
                    unknown.getMessage());
            return null;
        }
    }

    private boolean moved(App app, String running, String actor) {
        var name = app.spec().image();
        var policy = app.spec().pullPolicy();
        var now =
                policy == PullPolicy.ALWAYS && !Image.isLocal(name)
                        ? Optional.<String>empty()
                        : runtime.image(name).map(Image::name);
        if (now.isEmpty() && policy != PullPolicy.NEVER && !Image.isLocal(name)) {
            now = Optional.of(offered(app, actor));
        }
        return now.filter(image -> !image.equals(running) && !same(image, running)).isPresent();
    }

    private String offered(App app, String actor) {
        var image = app.spec().image();
        var host = RegistryRules.origin(image);
        if (!asked.add(host)) {
            throw busy("another apply is waiting for the registry " + host, image);
        }
        try {
            return offeredInShare(app, image, actor);
        } finally {
            asked.remove(host);
        }
    }

    /** Asks, unless the actor has its share of the questions already. */
    private String offeredInShare(App app, String image, String actor) {
        synchronized (asking) {
            if (Collections.frequency(asking, actor) >= OF_ONE) {
                throw busy(
                        "%d applies of '%s' are waiting for registries".formatted(OF_ONE, actor),
                        image);
            }
            asking.add(actor);
        }
        try {
            return offeredInTurn(app, image);
        } finally {
            synchronized (asking) {
                asking.remove(actor);
            }
        }
    }

    private String offeredInTurn(App app, String image) {
        if (!turns.tryAcquire()) {
            throw busy("other applies are waiting for registries", image);
        }
        try {
            return runtime.offered(image, credentials(app));
        } finally {
            turns.release();
        }
    }

    private static Refusal busy(String why, String image) {
        return Refusal.unavailable(
                "%s, so it is unknown whether %s refers to another image now: retry in a few seconds"
                        .formatted(why, image));
    }

    /** Returns whether Docker has one image under both names. Registries may have two digests. */
    private boolean same(String one, String other) {
        var image = runtime.image(one).map(Image::id);
        return image.isPresent() && image.equals(runtime.image(other).map(Image::id));
    }

    private @Nullable String credentials(App app) {
        var secret = app.spec().registryAuth();
        return secret == null ? null : secrets.apply(secret).map(Hidden::reveal).orElse(null);
    }
}
