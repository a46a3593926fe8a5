package io.autoserve.api;

import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An instance as operators see it. */
record InstanceStatus(
        String name,
        @Nullable String containerId,
        @Nullable String address,
        @Nullable Integer port,
        InstanceState state,
        InstanceReadiness health,
        String reason,
        int revision,
        @Nullable Instant startedAt,
        @Nullable Instant readySince,
        @Nullable Instant retryAt,
        int restarts) {

    enum InstanceState {
        Pending,
        Starting,
        Running,
        Draining,
        Stopping,
        Failed,
        CrashLooping
    }

    enum InstanceReadiness {
        Unknown,
        Ready,
        NotReady
    }

    /**
     * @param progress what the slots of the app wait for now
     */
    static InstanceStatus of(Instance instance, List<Progress> progress) {
        return new InstanceStatus(
                instance.name(),
                instance.containerId(),
                instance.address(),
                instance.portless() ? null : instance.port(),
                state(instance),
                switch (instance.health()) {
                    case UNKNOWN -> InstanceReadiness.Unknown;
                    case READY -> InstanceReadiness.Ready;
                    case NOT_READY -> InstanceReadiness.NotReady;
                },
                reason(instance, progress),
                instance.revision(),
                instance.startedAt(),
                instance.readySince(),
                instance.retryAt(),
                instance.restarts());
    }

    /** Returns what the instance waits for now, or else the reason of its state. */
    static String reason(Instance instance, List<Progress> progress) {
        return progress.stream()
                .filter(it -> it.index() == instance.index())
                .map(Progress::text)
                .findFirst()
                .orElse(instance.reason());
    }

    private static InstanceState state(Instance instance) {
        return switch (instance.state()) {
            case DRAINING -> InstanceState.Draining;
            case STOPPING -> InstanceState.Stopping;
            case PENDING ->
                    AppStatus.crashLooping(instance)
                            ? InstanceState.CrashLooping
                            : InstanceState.Pending;
            case FAILED ->
                    AppStatus.crashLooping(instance)
                            ? InstanceState.CrashLooping
                            : InstanceState.Failed;
            case STARTING -> InstanceState.Starting;
            case RUNNING -> InstanceState.Running;
        };
    }
}
