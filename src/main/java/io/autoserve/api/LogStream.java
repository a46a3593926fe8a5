package io.autoserve.api;

import static java.time.temporal.ChronoUnit.NANOS;
import static java.util.Comparator.comparing;

import io.autoserve.api.Platform.LogLine;
import io.autoserve.api.Platform.Subscription;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One reader of what an app's instances write: first the past, by time, then the present as it
 * comes, from those that come too. Its own thread waits for who reads slowly; who does not read at
 * all is cut off. Lives on the event loop of its connection, except where it says otherwise.
 */
final class LogStream {
    /** So much is told again to who comes back: lines of two instances do not come in order. */
    private static final Duration OVERLAP = Duration.ofSeconds(2);

    private static final int LONGEST_PAST = 10_000;

    private final Platform platform;
    private final Context context;
    private final HttpServerRequest request;
    private final Wish wish;
    private final BooleanSupplier stillAdmitted;
    private final Paced reader;

    private final Map<String, Subscription> followed = new HashMap<>(); // by container
    private final Set<String> over = new HashSet<>(); // containers that have ended
    private final AtomicLong last = new AtomicLong(); // nanoseconds of the latest line told
    private boolean closed;
    private boolean present; // the past is told
    private @Nullable Subscription events;
    private @Nullable Thread past;

    /**
     * What a reader wants.
     *
     * @param instance null: all
     * @param tail at most so many lines of each instance's past
     * @param since null: from the beginning
     * @param after where they were, in nanoseconds since 1970: it wins; null: nowhere
     */
    record Wish(
            String app,
            @Nullable String instance,
            int tail,
            @Nullable Instant since,
            @Nullable Long after) {
        boolean means(Instance candidate) {
            return instance == null || instance.equals(candidate.name());
        }

        int lines() {
            return after == null ? tail : LONGEST_PAST;
        }

        @Nullable Instant from() {
            return after == null ? since : Instant.EPOCH.plusNanos(after).minus(OVERLAP);
        }
    }

    /**
     * @param bound bytes that may wait for the reader
     */
    LogStream(
            Platform platform,
            Context context,
            HttpServerRequest request,
            Wish wish,
            BooleanSupplier stillAdmitted,
            int bound) {
        this.stillAdmitted = stillAdmitted;
        this.platform = platform;
        this.context = context;
        this.request = request;
        this.wish = wish;
        this.reader = new Paced(context, bound, this::write);
    }

    /** Refuses before the first byte what cannot be told; later, it is told again and again. */
    void begin(Instant now) {
        var instances = instances();
        if (instances.size() > platform.attachments().free()) {
            throw Refusal.unavailable(
                    "this controller follows too many logs: ask for one instance, or another controller");
        }
        request.response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no"); // nginx must pass each line on at once
        request.response().write(": these are the logs of %s\n\n".formatted(wish.app));
        past = Thread.ofVirtual().name("past-of-" + wish.app).start(() -> tellPast(instances, now));
    }

    private List<Instance> instances() {
        var view = platform.snapshot();
        var app = view.app(wish.app);
        return app == null
                ? List.of()
                : view.instances(app).stream()
                        .filter(it -> it.containerId() != null && wish.means(it))
                        .toList();
    }

    private record Told(Instance instance, LogLine line) {}

    /** On a thread of its own. */
    private void tellPast(List<Instance> instances, Instant now) {
        var known = new HashMap<String, Instant>();
        try {
            var lines = new ArrayList<Told>();
            if (wish.lines() > 0) {
                var read =
                        instances.stream()
                                .map(it ->
                                        platform.logs(it, wish.lines(), wish.from())
                                                .map(them -> told(it, them)))
                                .toList();
                Future.all(read).await().<List<Told>>list().forEach(lines::addAll);
            }
            lines.sort(comparing(it -> it.line.at()));
            for (var it : lines) {
                tell(it.instance.name(), it.line);
                known.put(String.valueOf(it.instance.containerId()), it.line.at().plusNanos(1));
            }
        } catch (InterruptedException closed) {
            return;
        } catch (RuntimeException failed) {
            context.runOnContext(_ -> end()); // they come back with their last id
            return;
        }
        context.runOnContext(_ -> follow(instances, known, wish.lines() == 0 ? now : wish.from()));
    }

    private static List<Told> told(Instance instance, List<LogLine> lines) {
        return lines.stream().map(line -> new Told(instance, line)).toList();
    }

    /**
     * @param known where the past of a container ended
     */
    private void follow(
            List<Instance> instances, Map<String, Instant> known, @Nullable Instant otherwise) {
        if (closed) {
            return;
        }
        present = true;
        for (var instance : instances) {
            var container = String.valueOf(instance.containerId());
            follow(instance, container, known.getOrDefault(container, otherwise));
        }
        events = platform.follow(platform.snapshot().seq(), this::happened);
        look();
    }

    /** From any thread. */
    private void happened(Event event) {
        if (wish.app.equals(event.app())) {
            context.runOnContext(_ -> look());
        }
    }

    /** Compares those that are with those that are followed; it may be called at any time. */
    private void look() {
        if (closed || !present) {
            return;
        }
        if (platform.snapshot().app(wish.app) == null) {
            leave();
            return;
        }
        var there = new HashSet<String>();
        for (var instance : instances()) {
            var container = String.valueOf(instance.containerId());
            there.add(container);
            if (!followed.containsKey(container) && !over.contains(container)) {
                say("Joined", instance.name());
                follow(instance, container, null);
            }
        }
        over.retainAll(there);
    }

    private void follow(Instance instance, String container, @Nullable Instant since) {
        var follower =
                new Attachments.LogReader() {
                    @Override
                    public void line(LogLine line) throws InterruptedException {
                        tell(instance.name(), line);
                    }

                    @Override
                    public void ended() {
                        context.runOnContext(_ -> left(instance, container));
                    }
                };
        try {
            followed.put(container, platform.attachments().follow(instance, since, follower));
        } catch (Refusal full) {
            // at the next look, then
        }
    }

    private void left(Instance instance, String container) {
        if (!closed && followed.remove(container) != null) {
            over.add(container);
            say("Left", instance.name());
        }
    }

    /** From any thread but an event loop: it waits for the reader. */
    private void tell(String instance, LogLine line) throws InterruptedException {
        var id = last.accumulateAndGet(NANOS.between(Instant.EPOCH, line.at()), Math::max);
        reader.write(
                Buffer.buffer("id: %d\nevent: Line\ndata: ".formatted(id))
                        .appendBuffer(Call.encoded(LogAnswer.of(instance, line)))
                        .appendString("\n\n"));
    }

    /** A thread may not have heard yet that it is over. */
    private Future<Void> write(Buffer message) {
        return closed ? Future.succeededFuture() : request.response().write(message);
    }

    private void say(String event, String instance) {
        request.response()
                .write("event: %s\ndata: {\"instance\":\"%s\"}\n\n".formatted(event, instance));
    }

    private void leave() {
        request.response().write("event: Gone\ndata: {\"app\":\"%s\"}\n\n".formatted(wish.app));
        end();
    }

    /** Keeps the connection alive, and cuts one on which nothing was read since the last time. */
    void heartbeat() {
        if (closed) {
            return;
        }
        if (!stillAdmitted.getAsBoolean()) {
            end();
        } else if (reader.stuck()) {
            cut();
        } else {
            request.response().write(": heartbeat\n\n");
            look();
        }
    }

    /** Closes the channel itself: Vert.x would first wait until all that was written is read. */
    private void cut() {
        close();
        var _ = ((HttpServerConnection) request.connection()).channelHandlerContext().close();
    }

    /** Ends the answer. */
    void end() {
        if (!closed) {
            close();
            request.response().end();
        }
    }

    /** Lets go of what it follows; for when the connection is gone. */
    void close() {
        closed = true;
        if (past != null) {
            past.interrupt();
        }
        followed.values().forEach(Subscription::close);
        followed.clear();
        if (events != null) {
            events.close();
            events = null;
        }
    }
}
