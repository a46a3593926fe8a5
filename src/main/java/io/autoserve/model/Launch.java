package io.autoserve.model;

import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Volume;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the engine needs to create the container of an instance or a task.
 *
 * @param instanceId id of the instance or the task
 * @param term the term in which the container is created
 * @param environment environment variables whose values are known before the container is created
 * @param addressVariables names of environment variables that get the container's own address
 * @param image name of the image in the spec, or the image that is recorded for the revision
 * @param registryAuth Docker's JSON credentials for the image's registry, or null
 * @param number decides the container's address. It is never used twice
 * @param task whether the container is for a task
 */
public record Launch(
        String name,
        String app,
        int index,
        long instanceId,
        int revision,
        Term term,
        String image,
        PullPolicy pullPolicy,
        @Nullable String registryAuth,
        Map<String, String> environment,
        List<String> addressVariables,
        List<String> command,
        List<String> args,
        @Nullable String workingDir,
        @Nullable String user,
        Map<String, String> labels,
        List<Volume> volumes,
        Resources resources,
        Security security,
        LogLimits logs,
        long number,
        boolean task) {

    /** Describes the container of an instance, whose id decides its address. */
    public Launch(
            String name,
            String app,
            int index,
            long instanceId,
            int revision,
            Term term,
            String image,
            PullPolicy pullPolicy,
            @Nullable String registryAuth,
            Map<String, String> environment,
            List<String> addressVariables,
            List<String> command,
            List<String> args,
            @Nullable String workingDir,
            @Nullable String user,
            Map<String, String> labels,
            List<Volume> volumes,
            Resources resources,
            Security security,
            LogLimits logs) {
        this(
                name,
                app,
                index,
                instanceId,
                revision,
                term,
                image,
                pullPolicy,
                registryAuth,
                environment,
                addressVariables,
                command,
                args,
                workingDir,
                user,
                labels,
                volumes,
                resources,
                security,
                logs,
                instanceId,
                false);
    }

    /** Returns this launch from the image that is recorded for the revision. */
    public Launch from(String recorded) {
        return new Launch(
                name,
                app,
                index,
                instanceId,
                revision,
                term,
                recorded,
                pullPolicy,
                registryAuth,
                environment,
                addressVariables,
                command,
                args,
                workingDir,
                user,
                labels,
                volumes,
                resources,
                security,
                logs,
                number,
                task);
    }

    /** Omits the environment, because it contains the values of secrets. */
    @Override
    public String toString() {
        return "%s of %s".formatted(name, image);
    }
}
