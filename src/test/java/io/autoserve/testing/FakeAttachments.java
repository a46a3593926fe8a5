package io.autoserve.testing;

import io.autoserve.model.By;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.LogReader;
import io.autoserve.model.PreviousLog;
import io.autoserve.model.Refusal;
import io.autoserve.model.Session;
import io.autoserve.platform.Attachments;
import io.autoserve.platform.Subscription;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Simulates instances that write what a test gives them and echo what they receive. */
public final class FakeAttachments implements Attachments {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Map<String, LogReader> readers = new ConcurrentHashMap<>(); // by container
    private final List<String> visits = new CopyOnWriteArrayList<>();
    private volatile int free = 100;

    /** Permits only this many streams in total from now on. */
    public void allow(int free) {
        this.free = free;
    }

    /**
     * Passes a line to the reader that follows the container. Blocks while the reader is slow, as
     * the platform's thread for the container does.
     */
    public void write(String container, Instant at, String text) throws InterruptedException {
        var reader = readers.get(container);
        if (reader == null) {
            throw new AssertionError("nobody follows " + container);
        }
        reader.line(new LogLine(at, false, text));
    }

    public void end(String container) {
        var reader = readers.remove(container);
        if (reader != null) {
            reader.ended();
        }
    }

    /** Returns the containers whose logs are followed. */
    public List<String> followed() {
        return readers.keySet().stream().sorted().toList();
    }

    /** Returns a line for each opening and closing of a session: "ann runs sh in shop-0". */
    public List<String> visits() {
        return List.copyOf(visits);
    }

    @Override
    public Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since) {
        return Future.succeededFuture(
                List.of(
                        new LogLine(
                                START.plusSeconds(instance.index()),
                                false,
                                "hello from " + instance.name())));
    }

    /** Returns the log of a failed instance {@code app-0} with two lines. */
    @Override
    public Future<List<PreviousLog>> previousLogs(String app) {
        return Future.succeededFuture(
                List.of(
                        new PreviousLog(
                                app + "-0",
                                START.plusSeconds(2),
                                List.of(
                                        new LogLine(START, false, "no database"),
                                        new LogLine(START.plusSeconds(1), true, "giving up")))));
    }

    @Override
    public Subscription follow(Instance instance, @Nullable Instant since, LogReader reader) {
        if (free <= readers.size()) {
            throw Refusal.unavailable("enough");
        }
        var container = String.valueOf(instance.containerId());
        readers.put(container, reader);
        return () -> readers.remove(container, reader);
    }

    /**
     * Runs a command. {@code exit N} ends at once with code N, and any other command echoes its
     * input, like {@code cat}.
     */
    @Override
    public Future<Session> run(
            Instance instance, ExecCommand command, By by, Session.Output output) {
        visits.add("%s runs %s in %s".formatted(by.actor(), command.text(), instance.name()));
        var echo = new Echo(output, instance.name());
        if (command.command().getFirst().equals("exit")) {
            echo.end(Integer.parseInt(command.command().get(1)));
        }
        return Future.succeededFuture(echo);
    }

    @Override
    public Future<Session> dial(Instance instance, int port, By by, Session.Output output) {
        if (port == 1) {
            return Future.failedFuture(Refusal.unavailable("nothing listens on port 1"));
        }
        visits.add("%s connects to %d of %s".formatted(by.actor(), port, instance.name()));
        return Future.succeededFuture(new Echo(output, instance.name()));
    }

    @Override
    public int free() {
        return free - readers.size();
    }

    private final class Echo implements Session {
        private final Output output;
        private final String instance;

        Echo(Output output, String instance) {
            this.output = output;
            this.instance = instance;
        }

        private void end(int exitCode) {
            try {
                output.ended(exitCode);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void write(byte[] bytes) {
            try {
                output.bytes(false, bytes);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void endInput() {
            end(0);
        }

        @Override
        public void resize(int columns, int rows) {
            write("%dx%d".formatted(columns, rows).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
            visits.add("left " + instance);
        }
    }
}
