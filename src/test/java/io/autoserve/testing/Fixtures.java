package io.autoserve.testing;

import io.autoserve.model.App;
import io.autoserve.model.App.Intent;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.Container;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.StateReader.UnreadableApp;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Creates apps and instances with ordinary values. A test sets only what matters to it. */
public final class Fixtures {
    public static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private Fixtures() {}

    public static AppSpec spec(String name, Rollout rollout) {
        return SpecDraft.of(name).rollout(rollout).spec();
    }

    public static AppSpec spec(String name, String image, Rollout rollout) {
        return SpecDraft.of(name).image(image).rollout(rollout).spec();
    }

    public static Rollout rollout(int maxSurge, int maxUnavailable) {
        return new Rollout(
                Rollout.Strategy.ROLLING,
                List.of(),
                maxSurge,
                maxUnavailable,
                Duration.ZERO,
                Duration.ofMinutes(10),
                Duration.ZERO,
                Duration.ofSeconds(30),
                true);
    }

    public static Routing routing(String pathPrefix, boolean isDefault, String... domains) {
        var usual = Routing.DEFAULT;
        return new Routing(
                List.of(domains),
                pathPrefix,
                isDefault,
                usual.algorithm(),
                usual.stickyCookie(),
                usual.timeouts(),
                usual.maxBodyBytes(),
                usual.buffering(),
                usual.websocket(),
                usual.slowStart(),
                usual.rules());
    }

    public static App app(String name, int replicas) {
        return app(name, replicas, 1, Intent.RUN, Rollout.DEFAULT);
    }

    public static App app(AppSpec spec, int replicas) {
        return app(spec, replicas, 1, Intent.RUN);
    }

    public static App app(String name, int replicas, int revision, Intent intent, Rollout rollout) {
        return app(spec(name, rollout), replicas, revision, intent);
    }

    private static App app(AppSpec spec, int replicas, int revision, Intent intent) {
        return new App(
                1,
                spec.name(),
                revision,
                revision,
                spec,
                null,
                intent,
                replicas,
                0,
                null,
                NOON,
                NOON);
    }

    public static Instance starting(App app, int index) {
        return Instance.starting(100 + index, app, index, null, "test", NOON);
    }

    public static Instance running(App app, int index) {
        var starting = starting(app, index);
        return starting.running(container(starting), NOON);
    }

    public static Instance ready(App app, int index) {
        return running(app, index).checked(true, "answers", NOON);
    }

    public static Container container(Instance instance) {
        return new Container(
                "c" + instance.id(),
                instance.name(),
                instance.app(),
                instance.index(),
                instance.id(),
                instance.revision(),
                1,
                Container.State.RUNNING,
                "172.20.1." + instance.id() % 250,
                "",
                NOON);
    }

    /** Returns a copy of the container with this state. */
    public static Container in(Container.State state, Container container) {
        return in(state, container.address(), container);
    }

    public static Container in(
            Container.State state, @Nullable String address, Container container) {
        return new Container(
                container.id(),
                container.name(),
                container.app(),
                container.index(),
                container.instanceId(),
                container.revision(),
                container.epoch(),
                state,
                address,
                container.image(),
                container.createdAt(),
                container.healthCheck(),
                container.task());
    }

    /** Returns the state of a cluster that has never had a leader. */
    public static ClusterState clusterState(long seq, List<App> apps, Instance... instances) {
        return new ClusterState(
                1,
                seq,
                new Leader("", "", new Term(0, new UUID(0, 0)), NOON),
                apps,
                Map.of(),
                List.of(instances),
                List.of(),
                Map.of(),
                List.of(),
                Map.of(),
                Map.of(),
                List.of());
    }

    /** Returns the state with one more app, whose spec this version cannot read. */
    public static ClusterState unreadable(ClusterState state, String app, String reason) {
        return new ClusterState(
                state.timeline(),
                state.seq(),
                state.leader(),
                state.apps(),
                state.before(),
                state.instances(),
                state.tokens(),
                state.nodes(),
                state.tasks(),
                state.releases(),
                state.schedules(),
                List.of(new UnreadableApp(app, reason)));
    }

    /** Returns an event that creates the app's revision. */
    public static Event put(long seq, App app) {
        return event(seq, Event.Change.PutApp.of(app, true, List.of()));
    }

    /** Returns an event that an operator caused. */
    public static Event event(long seq, Event.Change change) {
        return new Event(seq, NOON, 0, "ann", null, "AppScaled", "test", change);
    }
}
