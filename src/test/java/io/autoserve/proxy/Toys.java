package io.autoserve.proxy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Routing.Timeouts;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.Instance;
import io.autoserve.model.RequestRules;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates apps and instances for tests of routing. All their other fields have defaults. */
final class Toys {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Toys() {}

    static App app(long id, String name, Routing routing) {
        return app(id, name, routing, App.Intent.RUN);
    }

    static App app(long id, String name, Routing routing, App.Intent intent) {
        return app(id, name, routing, new ScalingDraft().bounds(0, 10).scaling(), intent);
    }

    /** Returns an app that sleeps while it gets no requests. */
    static App sleeping(long id, String name, Routing routing, Sleep sleep, App.Intent intent) {
        return app(id, name, routing, new ScalingDraft().sleeps(sleep).scaling(), intent);
    }

    private static App app(
            long id, String name, Routing routing, Scaling scaling, App.Intent intent) {
        var spec = SpecDraft.of(name).image("toy").routing(routing).scaling(scaling).spec();
        var created = START.plusSeconds(id); // a lower id is older
        return new App(id, name, 1, 1, spec, null, intent, 1, 0, null, created, created);
    }

    static App app(long id, String name) {
        return app(id, name, Routing.DEFAULT);
    }

    static Routing routing(String pathPrefix, boolean isDefault, String... domains) {
        return routing(pathPrefix, isDefault, Routing.Algorithm.LEAST_CONN, null, domains);
    }

    static Routing routing(
            String pathPrefix,
            boolean isDefault,
            Routing.Algorithm algorithm,
            @Nullable String cookie,
            String... domains) {
        var usual = Routing.DEFAULT;
        return new Routing(
                List.of(domains),
                pathPrefix,
                isDefault,
                algorithm,
                cookie,
                usual.timeouts(),
                usual.maxBodyBytes(),
                usual.buffering(),
                usual.websocket(),
                usual.slowStart(),
                usual.rules());
    }

    static final Timeouts USUAL = Timeouts.DEFAULT;

    static Routing limited(long maxBodyBytes, Timeouts timeouts, boolean websocket) {
        var usual = Routing.DEFAULT;
        return new Routing(
                usual.domains(),
                usual.pathPrefix(),
                usual.isDefault(),
                usual.algorithm(),
                usual.stickyCookie(),
                timeouts,
                maxBodyBytes,
                usual.buffering(),
                websocket,
                usual.slowStart(),
                usual.rules());
    }

    static Routing buffered(boolean requests, boolean responses, long maxBodyBytes) {
        var usual = Routing.DEFAULT;
        return new Routing(
                usual.domains(),
                usual.pathPrefix(),
                usual.isDefault(),
                usual.algorithm(),
                usual.stickyCookie(),
                usual.timeouts(),
                maxBodyBytes,
                new Routing.Buffering(requests, responses),
                usual.websocket(),
                usual.slowStart(),
                usual.rules());
    }

    static Routing ruled(RequestRules rules, String... domains) {
        var usual = Routing.DEFAULT;
        return new Routing(
                List.of(domains),
                usual.pathPrefix(),
                usual.isDefault(),
                usual.algorithm(),
                usual.stickyCookie(),
                usual.timeouts(),
                usual.maxBodyBytes(),
                usual.buffering(),
                usual.websocket(),
                usual.slowStart(),
                rules);
    }

    static Routing balanced(Routing.Algorithm algorithm) {
        return routing("/", false, algorithm, null);
    }

    static Instance ready(long id, App app, int revision, String host, int port) {
        return instance(id, app, revision, host, port, Instance.State.RUNNING);
    }

    static Instance instance(
            long id, App app, int revision, String host, int port, Instance.State state) {
        return new Instance(
                id,
                app.id(),
                app.name(),
                (int) id,
                state,
                revision,
                revision,
                0,
                "container-" + id,
                host,
                port,
                Instance.Health.READY,
                START,
                START,
                START,
                0,
                0,
                null,
                state == Instance.State.DRAINING ? START : null,
                "toy");
    }
}
