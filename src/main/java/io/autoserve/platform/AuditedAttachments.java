package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.LogReader;
import io.autoserve.model.PreviousLog;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.autoserve.runtime.ContainerRuntime;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerStreams;
import io.autoserve.store.AuditLog;
import io.autoserve.store.InstanceLogTable;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the API's streams from and to containers, within the limit of the runtime. It writes an
 * event before a command starts in an instance and another after the command has ended. For a
 * forwarded port, it writes the first event right after the connection was opened.
 */
public final class AuditedAttachments implements Attachments {
    private static final Logger LOG = LoggerFactory.getLogger(AuditedAttachments.class);
    private static final Duration QUIET = Duration.ofSeconds(10);

    private final ContainerRuntime runtime;
    private final ContainerStreams streams;
    private final InstanceLogTable instanceLogs;
    private final AuditLog auditLog;
    private final Background background;
    private final Map<Way, Integer> ways = new ConcurrentHashMap<>();

    public AuditedAttachments(
            ContainerRuntime runtime,
            ContainerStreams streams,
            InstanceLogTable instanceLogs,
            AuditLog auditLog,
            Background background) {
        this.runtime = runtime;
        this.streams = streams;
        this.instanceLogs = instanceLogs;
        this.auditLog = auditLog;
        this.background = background;
    }

    @Override
    public Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since) {
        var container = instance.containerId();
        return container == null
                ? Future.succeededFuture(List.of())
                : background.run(() -> runtime.logs(container, tail, since));
    }

    @Override
    public Future<List<PreviousLog>> previousLogs(String app) {
        return background.run(() -> instanceLogs.of(app));
    }

    @Override
    public Subscription follow(Instance instance, @Nullable Instant since, LogReader reader) {
        try {
            return streams.follow(container(instance), since, reader)::run;
        } catch (EngineException full) {
            throw Refusal.unavailable(String.valueOf(full.getMessage()));
        }
    }

    @Override
    public Future<Session> run(
            Instance instance, ExecCommand command, By by, Session.Output output) {
        var what = "%s in %s".formatted(command.text(), instance.name());
        return background.run(() -> {
            auditLog.note(instance.app(), by, Event.Type.ExecStarted, "runs " + what);
            var visit =
                    new AuditedSession(
                            output,
                            how -> left(instance, by, Event.Type.ExecEnded, what + " " + how));
            try {
                return visit.in(streams.run(container(instance), command, visit));
            } catch (EngineException refused) {
                visit.failed(String.valueOf(refused.getMessage()));
                throw refused;
            }
        });
    }

    @Override
    public Future<Session> dial(Instance instance, int port, By by, Session.Output output) {
        var address = instance.address();
        if (address == null) {
            return Future.failedFuture(
                    Refusal.conflict(
                            instance.name() + " has no address yet: retry in a few seconds"));
        }
        var way = new Way(instance, port, by);
        return background.run(() -> {
            var visit =
                    new AuditedSession(output, _ -> background.threads().execute(() -> close(way)));
            var session = visit.in(streams.dial(address, port, visit));
            try {
                open(way);
            } catch (RuntimeException unrecorded) {
                session.close(); // no connection may stay open without its event
                throw unrecorded;
            }
            return session;
        });
    }

    /**
     * Identifies the connections of one actor and address to one port of an instance. Together they
     * get one pair of events, because a browser opens six connections at once, again and again.
     */
    private record Way(Instance instance, int port, By by) {
        String text() {
            return "port %d of %s".formatted(port, instance.name());
        }
    }

    private void open(Way way) {
        if (ways.merge(way, 1, Integer::sum) == 1) {
            auditLog.note(
                    way.instance.app(),
                    way.by,
                    Event.Type.ForwardStarted,
                    "connects to " + way.text());
        }
    }

    /**
     * Counts a connection as closed ten seconds after it was closed. The delay ensures that only
     * one event is written for connections that are opened and closed within a short time.
     */
    private void close(Way way) {
        CompletableFuture.delayedExecutor(
                        QUIET.toMillis(), TimeUnit.MILLISECONDS, background.threads())
                .execute(() -> {
                    if (ways.computeIfPresent(way, (_, count) -> count > 1 ? count - 1 : null)
                            == null) {
                        left(
                                way.instance,
                                way.by,
                                Event.Type.ForwardEnded,
                                "disconnected from " + way.text());
                    }
                });
    }

    private void left(Instance instance, By by, Event.Type type, String reason) {
        background
                .threads()
                .execute(() -> {
                    try {
                        auditLog.note(instance.app(), by, type, reason);
                    } catch (RuntimeException lost) {
                        LOG.warn(
                                "could not record the event '{} {}': {}",
                                by.actor(),
                                reason,
                                lost.toString());
                    }
                });
    }

    @Override
    public int free() {
        return streams.free();
    }

    private static String container(Instance instance) {
        var container = instance.containerId();
        if (container == null) {
            throw Refusal.conflict(
                    instance.name() + " has no container yet: retry in a few seconds");
        }
        return container;
    }
}
