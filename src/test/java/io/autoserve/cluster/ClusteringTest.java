package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Term;
import io.autoserve.time.Time;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Deploys the clustering verticle against a fake server in place of PostgreSQL. {@code ElectionIT}
 * tests elections with a real database.
 */
@ExtendWith(VertxExtension.class)
@Timeout(value = 3, timeUnit = TimeUnit.MINUTES)
class ClusteringTest {
    /** A candidate that still runs connects several times in this time. */
    private static final Duration SEVERAL_ATTEMPTS = Duration.ofSeconds(2);

    private final AtomicInteger attempts = new AtomicInteger();
    private final Promise<Void> tried = Promise.promise();

    @Test
    void stands_for_election_on_its_event_loop_though_there_is_no_database(
            Vertx vertx, VertxTestContext test) {
        var repeated = test.laxCheckpoint(5);
        Set<Context> contexts = ConcurrentHashMap.newKeySet();
        LongSupplier onEachStep =
                () -> {
                    test.verify(() -> {
                        assertThat(Context.isOnEventLoopThread()).isTrue();
                        contexts.add(Vertx.currentContext());
                        assertThat(contexts).hasSize(1);
                    });
                    repeated.flag();
                    return System.nanoTime();
                };
        refusing(vertx)
                .compose(port -> vertx.deployVerticle(clustering(vertx, port, onEachStep)))
                .onComplete(test.succeeding(_ -> {}));
    }

    @Test
    void undeployment_ends_its_candidacy(Vertx vertx, VertxTestContext test) {
        refusing(vertx)
                .compose(port -> vertx.deployVerticle(clustering(vertx, port, System::nanoTime)))
                .compose(deployment -> tried.future().compose(_ -> vertx.undeploy(deployment)))
                .compose(_ -> laterAttempts(vertx))
                .onComplete(
                        test.succeeding(later ->
                                test.verify(() -> {
                                    assertThat(later).isLessThanOrEqualTo(1);
                                    test.completeNow();
                                })));
    }

    @Test
    void undeployment_does_not_wait_for_a_database_that_never_answers(
            Vertx vertx, VertxTestContext test) {
        var connected = Promise.<NetSocket>promise();
        vertx.createNetServer()
                .connectHandler(connected::tryComplete)
                .listen(0, "127.0.0.1")
                .compose(server ->
                        vertx.deployVerticle(
                                clustering(vertx, server.actualPort(), System::nanoTime)))
                .compose(deployment -> connected.future().compose(_ -> vertx.undeploy(deployment)))
                .onComplete(test.succeedingThenComplete());
    }

    @Test
    void resigning_before_the_deployment_is_complete_at_once(Vertx vertx) {
        assertThat(clustering(vertx, 1, System::nanoTime).resign().succeeded()).isTrue();
    }

    /** Starts a server that closes each connection, and returns its port. */
    private Future<Integer> refusing(Vertx vertx) {
        return vertx.createNetServer()
                .connectHandler(socket -> {
                    attempts.incrementAndGet();
                    tried.tryComplete();
                    socket.close();
                })
                .listen(0, "127.0.0.1")
                .map(NetServer::actualPort);
    }

    /**
     * Counts how often the candidate connects in {@link #SEVERAL_ATTEMPTS} from now on. An attempt
     * that is already in progress may count too.
     */
    private Future<Integer> laterAttempts(Vertx vertx) {
        var before = attempts.get();
        return vertx.timer(SEVERAL_ATTEMPTS.toMillis(), TimeUnit.MILLISECONDS)
                .map(_ -> attempts.get() - before);
    }

    private static Clustering clustering(Vertx vertx, int port, LongSupplier nanoTime) {
        return new Clustering(
                new Election(
                        new Databases(vertx, "127.0.0.1:" + port, "autoserve", "postgres", "")
                                ::connectForLease,
                        "c1",
                        "http://c1",
                        Object::toString,
                        Time.counted(nanoTime),
                        new SecureRandom()),
                new NeverElected());
    }

    private static final class NeverElected implements Leadership {
        @Override
        public void elected(Term term) {
            throw new AssertionError("elected without a database");
        }

        @Override
        public void deposed(Term term, String reason) {
            throw new AssertionError("deposed without a term");
        }
    }
}
