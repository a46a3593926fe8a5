package io.autoserve;

import io.autoserve.api.Attachments;
import io.autoserve.api.Platform.LogLine;
import io.autoserve.api.Platform.Subscription;
import io.autoserve.model.Event;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.Logbook;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the API's streams from and to containers, within the limit of the runtime. It writes an
 * event before someone enters an instance and another after they leave. A forwarded port gets its
 * first event right after the connection is open.
 */
final class LiveAttachments implements Attachments {
    private static final Logger LOG = LoggerFactory.getLogger(LiveAttachments.class);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final io.autoserve.runtime.Attachments engine;
    private final Logbook logbook;
    private final Executor threads;
    private final Map<Way, Integer> ways = new ConcurrentHashMap<>();

    /**
     * @param threads an executor of virtual threads
     */
    LiveAttachments(io.autoserve.runtime.Attachments engine, Logbook logbook, Executor threads) {
        this.engine = engine;
        this.logbook = logbook;
        this.threads = threads;
    }

    @Override
    public Subscription follow(Instance instance, @Nullable Instant since, LogReader reader) {
        try {
            return engine.follow(container(instance), since, told(reader))::run;
        } catch (EngineException full) {
            throw unavailable(full);
        }
    }

    private static io.autoserve.runtime.Attachments.LogReader told(LogReader reader) {
        return new io.autoserve.runtime.Attachments.LogReader() {
            @Override
            public void line(ContainerRuntime.LogLine line) throws InterruptedException {
                reader.line(new LogLine(line.at(), line.error(), line.text()));
            }

            @Override
            public void ended() {
                reader.ended();
            }
        };
    }

    @Override
    public Future<Session> run(
            Instance instance, ExecCommand command, String actor, Session.Output output) {
        var what = "%s in %s".formatted(command.text(), instance.name());
        return elsewhere(() -> {
            logbook.note(instance.app(), actor, Event.Type.ExecStarted, "runs " + what);
            var visit =
                    new Visit(
                            output,
                            how -> left(instance, actor, Event.Type.ExecEnded, what + " " + how));
            try {
                return visit.in(engine.run(container(instance), command, visit));
            } catch (EngineException refused) {
                visit.failed(String.valueOf(refused.getMessage()));
                throw unavailable(refused);
            }
        });
    }

    @Override
    public Future<Session> dial(Instance instance, int port, String actor, Session.Output output) {
        var address = instance.address();
        if (address == null) {
            return Future.failedFuture(
                    Refusal.conflict(instance.name() + " has no address just now: try again"));
        }
        var way = new Way(instance, port, actor);
        return elsewhere(() -> {
            var visit = new Visit(output, _ -> threads.execute(() -> close(way)));
            try {
                var session = visit.in(engine.dial(address, port, visit));
                open(way);
                return session;
            } catch (EngineException refused) {
                throw unavailable(refused);
            }
        });
    }

    /**
     * The connections of one actor to one port. They count as one visit, because a browser opens
     * six at once, again and again.
     */
    private record Way(Instance instance, int port, String actor) {
        String text() {
            return "port %d of %s".formatted(port, instance.name());
        }
    }

    private void open(Way way) {
        if (ways.merge(way, 1, Integer::sum) == 1) {
            logbook.note(
                    way.instance.app(),
                    way.actor,
                    Event.Type.ForwardStarted,
                    "connects to " + way.text());
        }
    }

    /**
     * Notes a closed connection. One event is written for all connections that are opened and
     * closed within a short time: a connection counts as closed only ten seconds after it was
     * closed.
     */
    private void close(Way way) {
        CompletableFuture.delayedExecutor(QUIET.toMillis(), TimeUnit.MILLISECONDS, threads)
                .execute(() -> {
                    if (ways.computeIfPresent(way, (_, count) -> count > 1 ? count - 1 : null)
                            == null) {
                        left(
                                way.instance,
                                way.actor,
                                Event.Type.ForwardEnded,
                                "left " + way.text());
                    }
                });
    }

    private void left(Instance instance, String actor, Event.Type type, String reason) {
        threads.execute(() -> {
            try {
                logbook.note(instance.app(), actor, type, reason);
            } catch (RuntimeException lost) {
                LOG.warn("could not note that {} {}: {}", actor, reason, lost.toString());
            }
        });
    }

    @Override
    public int free() {
        return engine.free();
    }

    private static String container(Instance instance) {
        var container = instance.containerId();
        if (container == null) {
            throw Refusal.conflict(instance.name() + " has no container just now: try again");
        }
        return container;
    }

    private static Refusal unavailable(EngineException refused) {
        return Refusal.unavailable(String.valueOf(refused.getMessage()));
    }

    private <T> Future<T> elsewhere(Callable<T> work) {
        var promise = Promise.<T>promise();
        threads.execute(() -> {
            try {
                promise.complete(work.call());
            } catch (Exception failure) {
                promise.fail(failure);
            }
        });
        return promise.future();
    }
}
