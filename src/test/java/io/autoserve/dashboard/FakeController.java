package io.autoserve.dashboard;

import static java.util.Objects.requireNonNull;

import io.autoserve.api.AccessRules;
import io.autoserve.api.ApiServer;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.Reading;
import io.autoserve.spec.SpecReader;
import io.autoserve.testing.Eventually;
import io.autoserve.testing.FakePlatform;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.GivenTokens;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.Set;

/** Serves the API and the dashboard of a platform in memory. */
final class FakeController implements AutoCloseable {
    private final SpecReader specs = new SpecReader(Allowance.NOTHING);
    private final FakePlatform platform;
    private final AccessRules access;
    private final GivenTokens tokens;
    private final Vertx vertx = Vertx.vertx();
    private volatile Duration passed = Duration.ZERO;
    private final ApiServer server;

    FakeController() {
        this(AccessRules.OPEN);
    }

    /** Returns a controller with authentication enabled, on which a token may have few streams. */
    static FakeController withStreams(int perToken) {
        return new FakeController(
                new FakePlatform(), new AccessRules(false, "shared", Set.of()), perToken);
    }

    /** Returns a controller with authentication enabled. */
    static FakeController withTokens() {
        return new FakeController(new AccessRules(false, "shared", Set.of()));
    }

    private FakeController(AccessRules access) {
        this(new FakePlatform(), access);
    }

    private FakeController(FakePlatform platform, AccessRules access) {
        this(platform, access, ApiServer.Settings.STREAMS_PER_TOKEN);
    }

    private FakeController(FakePlatform platform, AccessRules access, int streams) {
        this.platform = platform;
        this.access = access;
        tokens = new GivenTokens(platform, Instant.now());
        server =
                new ApiServer(
                        ApiServer.Settings.on("127.0.0.1", 0, access).streamsPerToken(streams),
                        platform,
                        specs,
                        new Random(1),
                        () -> Instant.now().plus(passed));
        Eventually.await(vertx.deployVerticle(server));
    }

    /** Returns another controller of the same cluster. */
    FakeController peer() {
        return new FakeController(platform, access);
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    void register(String name, String image) {
        var text = spec(name, image);
        Eventually.await(platform.register(read(text), text, By.actor("somebody")));
    }

    void apply(String name, String image) {
        var text = spec(name, image);
        Eventually.await(platform.apply(read(text), text, null, By.actor("somebody")));
    }

    private static String spec(String name, String image) {
        return """
        apiVersion: v1
        kind: App
        metadata: {name: %s}
        spec:
          image: "%s"
          ports: [{containerPort: 8080}]
        """
                .formatted(name, image);
    }

    private AppSpec read(String text) {
        return switch (specs.read(text)) {
            case Reading.Understood(var spec, _) -> spec;
            case Reading.Faulty(var faults) -> throw new AssertionError(faults);
        };
    }

    /** Adds a running instance whose checks succeed or fail, with this reason. */
    void run(String name, int index, boolean answers, String reason) {
        var app = requireNonNull(platform.snapshot().app(name), name);
        platform.put(
                Fixtures.running(app, index).checked(answers, reason, Fixtures.NOON),
                answers ? Event.Type.InstanceReady : Event.Type.HealthFailed);
    }

    /** Fails an instance as often in a row as it takes to count as crash looping. */
    void crash(String name, int index, String reason) {
        var app = requireNonNull(platform.snapshot().app(name), name);
        var retryAt = Instant.now().plus(Duration.ofMinutes(1));
        platform.put(
                Fixtures.running(app, index).failed(2, retryAt, reason, Fixtures.NOON),
                Event.Type.InstanceFailed);
    }

    void drop(String name) {
        platform.drop(requireNonNull(platform.snapshot().app(name), name));
    }

    /** Moves the clock of this controller only. */
    void letPass(Duration time) {
        passed = passed.plus(time);
    }

    GivenTokens tokens() {
        return tokens;
    }

    FakePlatform platform() {
        return platform;
    }

    @Override
    public void close() {
        Eventually.await(vertx.close());
    }
}
