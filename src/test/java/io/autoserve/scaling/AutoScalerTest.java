package io.autoserve.scaling;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.Settings;
import io.autoserve.events.Snapshot;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.store.FencedWrites;
import io.autoserve.store.LoadTable;
import io.autoserve.store.ScalingTable;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.time.Time;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Runs the autoscaler without apps, so that its loop only reads the load once a second. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class AutoScalerTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Term TERM = new Term(1, new UUID(0, 1));

    /** A loop that still runs has several rounds in this time. */
    private static final Duration SEVERAL_ROUNDS = Duration.ofSeconds(3);

    private final AtomicInteger rounds = new AtomicInteger();
    private volatile Runnable onRound = () -> {};

    @Test
    void the_load_is_read_outside_of_the_event_loop_and_again_after_a_failure(
            Vertx vertx, VertxTestContext test) {
        var repeated = test.laxCheckpoint(2);
        onRound =
                () -> {
                    test.verify(() -> assertThat(Context.isOnEventLoopThread()).isFalse());
                    repeated.flag();
                };
        var scaler = scaler();
        vertx.deployVerticle(scaler).onComplete(test.succeeding(_ -> scaler.elected(TERM)));
    }

    @Test
    void nothing_is_read_or_known_without_a_term(Vertx vertx, VertxTestContext test) {
        var scaler = scaler();
        vertx.deployVerticle(scaler)
                .compose(_ -> laterRounds(vertx))
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isZero();
                                    assertThat(scaler.decision(1)).isEmpty();
                                    assertThat(scaler.samples(1, NOON)).isEmpty();
                                    test.completeNow();
                                })));
    }

    @Test
    void the_end_of_its_term_ends_its_loop(Vertx vertx, VertxTestContext test) {
        var scaler = scaler();
        leading(vertx, scaler)
                .compose(_ -> {
                    scaler.deposed(TERM, "another controller leads");
                    return laterRounds(vertx);
                })
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    test.completeNow();
                                })));
    }

    @Test
    void undeployment_ends_the_loop_of_its_term(Vertx vertx, VertxTestContext test) {
        leading(vertx, scaler())
                .compose(vertx::undeploy)
                .compose(_ -> laterRounds(vertx))
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    test.completeNow();
                                })));
    }

    /**
     * Deploys the autoscaler and begins a term. The result is the id of the deployment, which is
     * available after the first round of the term has begun.
     */
    private Future<String> leading(Vertx vertx, AutoScaler scaler) {
        var began = Promise.<Void>promise();
        onRound = began::tryComplete;
        return vertx.deployVerticle(scaler)
                .onSuccess(_ -> scaler.elected(TERM))
                .compose(deployment -> began.future().map(deployment));
    }

    /**
     * Returns how many rounds begin in the next {@link #SEVERAL_ROUNDS}. One may begin even after
     * the loop was ended, because it may have been about to begin.
     */
    private Future<Integer> laterRounds(Vertx vertx) {
        var before = rounds.get();
        return vertx.timer(SEVERAL_ROUNDS.toMillis(), TimeUnit.MILLISECONDS)
                .map(_ -> rounds.get() - before);
    }

    private AutoScaler scaler() {
        var database = new AbsentDatabase().database();
        var fencedWrites =
                new FencedWrites(
                        database, "controller", CLOCK, Settings.MAX_INSTANCES, InstanceLimits.NONE);
        return new AutoScaler(
                () -> Optional.of(nothing()),
                this::counters,
                _ -> Set.of(),
                _ -> Map.of(),
                new LoadTable(database, fencedWrites),
                new ScalingTable(database, fencedWrites),
                policy -> policy,
                _ -> 0,
                () -> {},
                CLOCK,
                Time.system());
    }

    private Counters counters() {
        rounds.incrementAndGet();
        onRound.run();
        throw new IllegalStateException("nginx is away");
    }

    private static Snapshot nothing() {
        return Snapshot.of(
                new ClusterState(
                        1,
                        0,
                        new Leader("c1", "http://c1", TERM, NOON),
                        List.of(),
                        Map.of(),
                        List.of(),
                        List.of(),
                        Map.of(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        List.of()));
    }
}
