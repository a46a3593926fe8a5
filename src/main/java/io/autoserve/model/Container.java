package io.autoserve.model;

import io.autoserve.model.AppSpec.HealthCheck;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One of AutoServe's containers, read from the labels and the state that Docker reports.
 *
 * @param index index of the slot; 0 for a task
 * @param instanceId the {@link Instance#id()} of the instance, or the {@link Task#id()} of the
 *     task, that the container was created for
 * @param epoch epoch of the leader that created the container
 * @param address the container's address in the network of the instances; null unless the container
 *     runs
 * @param image the image that the container was created from, by the name or id that the leader
 *     gave the engine; empty if unknown
 * @param healthCheck the HEALTHCHECK of the image; null if it has none
 * @param task whether the container was created for a task
 */
public record Container(
        String id,
        String name,
        String app,
        int index,
        long instanceId,
        int revision,
        long epoch,
        State state,
        @Nullable String address,
        String image,
        Instant createdAt,
        @Nullable HealthCheck healthCheck,
        boolean task) {

    /** Describes a container of an instance whose image has no HEALTHCHECK. */
    public Container(
            String id,
            String name,
            String app,
            int index,
            long instanceId,
            int revision,
            long epoch,
            State state,
            @Nullable String address,
            String image,
            Instant createdAt) {
        this(
                id,
                name,
                app,
                index,
                instanceId,
                revision,
                epoch,
                state,
                address,
                image,
                createdAt,
                null,
                false);
    }

    public enum State {
        CREATED,
        RUNNING,
        PAUSED,

        /** It still runs, and the engine has decided to end it. It must get no more requests. */
        LEAVING,
        EXITED
    }

    /** Returns whether the container has a process, which may be paused. */
    public boolean alive() {
        return switch (state) {
            case RUNNING, PAUSED, LEAVING -> true;
            case CREATED, EXITED -> false;
        };
    }
}
