package io.autoserve.api;

import static java.util.function.Predicate.not;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Progress;
import io.autoserve.platform.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An app as operators see it: its overall state, the reason for it, and the app's instances. */
record AppStatus(@JsonUnwrapped Summary summary, List<InstanceStatus> instances) {

    record Summary(
            String name,
            AppState state,
            String reason,
            int revision,
            String image,
            @Nullable String imageId,
            Replicas replicas,
            List<String> hosts,
            List<String> conflicts,
            String pathPrefix,
            Scaling scaling,
            @Nullable RolloutStatus rollout,
            Instant createdAt,
            Instant updatedAt) {}

    enum AppState {
        Running,
        Starting,
        Updating,
        Degraded,
        CrashLooping,
        ReleaseFailed,
        Asleep,
        Stopping,
        Stopped,
        Deleting
    }

    enum Scaling {
        Auto,
        Manual
    }

    record Replicas(int desired, int current, int ready) {}

    static AppStatus of(Snapshot view, App app) {
        return of(app, view.instances(app), view.progress(app), view.conflicts(app));
    }

    /**
     * @param progress what the slots of the app wait for now
     * @param conflicts what nginx does not serve of the app
     */
    static AppStatus of(
            App app, List<Instance> instances, List<Progress> progress, List<String> conflicts) {
        return new AppStatus(
                summary(app, instances, progress, conflicts),
                instances.stream().map(it -> InstanceStatus.of(it, progress)).toList());
    }

    static Summary summary(
            App app, List<Instance> instances, List<Progress> progress, List<String> conflicts) {
        var ready = count(instances, Instance::routable);
        var judged = judge(app, instances, ready, progress);
        return new Summary(
                app.name(),
                judged.state,
                judged.reason,
                app.revision(),
                app.spec().image(),
                app.image(),
                new Replicas(app.wanted(), instances.size(), ready),
                hosts(app),
                conflicts,
                app.spec().routing().pathPrefix(),
                switch (app.spec().scaling().mode()) {
                    case AUTO -> Scaling.Auto;
                    case MANUAL -> Scaling.Manual;
                },
                RolloutStatus.of(app, instances),
                app.createdAt(),
                app.updatedAt());
    }

    private record Judgement(AppState state, String reason) {}

    private static Judgement judge(
            App app, List<Instance> instances, int ready, List<Progress> progress) {
        return switch (app.intent()) {
            case DELETE ->
                    new Judgement(AppState.Deleting, plural(instances.size()) + " left to remove");
            case STOP -> halted(instances, "stopped by an operator");
            case RUN ->
                    app.replicas() == 0
                            ? scaledToZero(app, instances)
                            : running(app, instances, ready, progress);
        };
    }

    private static Judgement scaledToZero(App app, List<Instance> instances) {
        return app.spec().scaling().sleep() == null
                ? halted(instances, "scaled to 0 replicas")
                : halted(
                        AppState.Asleep,
                        instances,
                        app.spec().isWorker()
                                ? "a metric starts an instance"
                                : "a request starts an instance");
    }

    private static Judgement halted(List<Instance> instances, String why) {
        return halted(AppState.Stopped, instances, why);
    }

    /**
     * @param end the state once all instances are gone
     */
    private static Judgement halted(AppState end, List<Instance> instances, String why) {
        return instances.isEmpty()
                ? new Judgement(end, why)
                : new Judgement(
                        AppState.Stopping,
                        why + "; " + plural(instances.size()) + " left to remove");
    }

    private static Judgement running(
            App app, List<Instance> instances, int ready, List<Progress> progress) {
        var count = "%d of %d instances ready".formatted(ready, app.wanted());
        var stuck = progress.stream().filter(it -> it.releaseFailed(app)).findFirst();
        if (stuck.isPresent()) {
            return new Judgement(AppState.ReleaseFailed, count + "; " + stuck.get().text());
        }
        var staying = instances.stream().filter(AppStatus::staying).toList();
        var crashing = first(staying, it -> crashLooping(it) && it.upToDate(app));
        if (crashing != null) {
            return new Judgement(AppState.CrashLooping, count + because(crashing));
        }
        var outdated = count(instances, i -> !i.upToDate(app));
        if (outdated > 0) {
            return new Judgement(
                    AppState.Updating,
                    "%s; replacing %s with revision %d"
                                    .formatted(count, plural(outdated), app.revision())
                            + unrecorded(instances, progress));
        }
        if (ready >= app.wanted()) {
            var rollout = app.rollout();
            return new Judgement(
                    AppState.Running,
                    rollout == null
                            ? count
                            : "%s; watching revision %d".formatted(count, app.revision()));
        }
        var ailing = first(staying, AppStatus::ailing);
        if (ailing != null) {
            return new Judgement(AppState.Degraded, count + because(ailing));
        }
        return new Judgement(AppState.Starting, count + comes(staying, progress));
    }

    /**
     * Returns whether the instance failed at least twice in a row and cannot receive requests. A
     * single failure does not count, because the first replacement starts at once. From the second
     * failure on, each replacement waits for a back-off.
     */
    static boolean crashLooping(Instance instance) {
        return instance.failures() >= 2 && !instance.routable();
    }

    private static boolean ailing(Instance instance) {
        return !instance.routable()
                && (instance.failures() > 0
                        || instance.state() == Instance.State.FAILED
                        || instance.health() == Instance.Health.NOT_READY);
    }

    private static boolean staying(Instance instance) {
        return switch (instance.state()) {
            case PENDING, STARTING, RUNNING, FAILED -> true;
            case DRAINING, STOPPING -> false;
        };
    }

    private static int count(List<Instance> instances, Predicate<Instance> condition) {
        return (int) instances.stream().filter(condition).count();
    }

    private static @Nullable Instance first(
            List<Instance> instances, Predicate<Instance> condition) {
        return instances.stream().filter(condition).findFirst().orElse(null);
    }

    private static String because(Instance instance) {
        return "; %s: %s".formatted(instance.name(), instance.reason());
    }

    /**
     * Returns what the first unready instance waits for. If no unready instance is recorded yet,
     * returns what the first waiting slot waits for.
     */
    private static String comes(List<Instance> staying, List<Progress> progress) {
        var coming = first(staying, not(Instance::routable));
        if (coming != null) {
            return "; %s: %s".formatted(coming.name(), InstanceStatus.reason(coming, progress));
        }
        return progress.stream().findFirst().map(AppStatus::because).orElse("");
    }

    /** Returns what the first slot waits for that is not recorded yet. */
    private static String unrecorded(List<Instance> instances, List<Progress> progress) {
        return progress.stream()
                .filter(it -> instances.stream().noneMatch(slot -> slot.index() == it.index()))
                .findFirst()
                .map(AppStatus::because)
                .orElse("");
    }

    private static String because(Progress waiting) {
        return "; %s: %s".formatted(waiting.slot(), waiting.text());
    }

    private static String plural(int instances) {
        return instances == 1 ? "1 instance" : instances + " instances";
    }

    private static List<String> hosts(App app) {
        if (app.spec().isWorker()) {
            return List.of();
        }
        return Stream.concat(
                        Stream.of(app.name() + ".localhost"),
                        app.spec().routing().domains().stream())
                .toList();
    }
}
