package io.autoserve.apps;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Launch;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;

/**
 * Decides which image an instance is created from. The first start of a revision records what the
 * image's name in the spec means at that time. Every later start uses the record, so a moved tag
 * changes nothing until a user applies the spec again.
 */
final class RevisionImages {
    private final ContainerRuntime runtime;
    private final Recorder recorder;

    RevisionImages(ContainerRuntime runtime, Recorder recorder) {
        this.runtime = runtime;
        this.recorder = recorder;
    }

    /** The step that is needed before the container of an instance can be created. */
    sealed interface Preparation {
        /** Nothing. The launch names the recorded image. */
        record Create(Launch launch) implements Preparation {}

        /** The engine must pull the image that the launch names. */
        record Pull(Launch launch) implements Preparation {}

        /**
         * The registry must confirm that the app's credentials may pull the image, which the engine
         * already has.
         */
        record Prove(Launch launch, Image image) implements Preparation {}
    }

    /**
     * @param launch names the image as the spec does
     * @param access what the registry confirmed for this start when it delivered the image, or when
     *     it was asked about it
     * @throws EngineException if the engine lacks the image and may not pull it
     */
    Preparation next(App app, Launch launch, ImageAccess access) {
        if (app.image() != null) {
            return new Preparation.Create(launch.from(app.image()));
        }
        var always = launch.pullPolicy() == PullPolicy.ALWAYS && !Image.isLocal(launch.image());
        if (always && !access.isProven()) {
            return new Preparation.Pull(launch);
        }
        var found = runtime.image(launch.image());
        if (found.isEmpty()) {
            return missing(app, launch, access.isProven());
        }
        return recorder.resolved(app, found.get(), access)
                .<Preparation>map(image -> new Preparation.Create(launch.from(image)))
                .orElseGet(() -> new Preparation.Prove(launch, found.get()));
    }

    /**
     * Returns the step that fetches an image which the engine lacks.
     *
     * @param launch names the recorded image, or the image as the spec does if none is recorded
     * @param pulled whether this image was pulled for this start
     * @throws EngineException if the engine may not pull it
     */
    static Preparation.Pull missing(App app, Launch launch, boolean pulled) {
        var name = app.spec().image();
        if (pulled) {
            throw refused(
                    "image '%s' was pulled but is missing again: check what removes images on this machine",
                    name);
        }
        if (!launch.image().equals(name) && !Image.hasDigest(launch.image())) {
            throw refused(
                    "image '%s' of revision %d is gone from this machine, and no registry can deliver it because it has no digest (%s): load it again, or build another one and run 'autoserve apply'",
                    name, launch.revision(), launch.image());
        }
        if (Image.isLocal(name)) {
            throw refused(
                    "image '%s' not found on this machine, and images that start with localhost/ are never pulled: build or load it",
                    launch.image());
        }
        if (launch.pullPolicy() == PullPolicy.NEVER) {
            throw refused(
                    "image '%s' not found on this machine and its pull policy is Never: build or load it, or choose IfNotPresent",
                    launch.image());
        }
        return new Preparation.Pull(launch);
    }

    @FormatMethod
    private static EngineException refused(@FormatString String message, Object... values) {
        return new EngineException(message.formatted(values), null);
    }
}
