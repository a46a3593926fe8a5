package io.autoserve.api;

import static java.time.temporal.ChronoUnit.NANOS;
import static java.util.Comparator.comparing;

import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.LogReader;
import io.autoserve.model.Refusal;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Subscription;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Streams the log lines of an app's instances to one client. It sends past lines first, sorted by
 * time. Then it sends new lines as they come, including those of instances that start later. The
 * stream's threads wait while the client reads slowly. A client that does not read at all is cut
 * off. A stream runs on the event loop of its connection, except where a method states otherwise.
 */
final class LogStream {
    /**
     * When a client reconnects, it gets the lines of this time span before its last line again.
     * Lines of two instances do not arrive in order, so the client may have missed a line that is
     * slightly older than the last line that it got.
     */
    private static final Duration OVERLAP = Duration.ofSeconds(2);

    private static final int LONGEST_PAST = 10_000;

    private final Platform platform;
    private final Context context;
    private final HttpServerRequest request;
    private final Wish wish;
    private final BooleanSupplier stillAdmitted;
    private final OpenStreams.Place place;
    private final Consumer<LogStream> whenOver;
    private final PacedWriter reader;

    private final Map<String, Subscription> followed = new HashMap<>(); // by container id
    private final Set<String> over = new HashSet<>(); // ids of containers whose logs have ended
    private final AtomicLong last = new AtomicLong(); // nanoseconds of the latest line sent
    private boolean closed;
    private boolean present; // whether the past lines were sent
    private @Nullable Subscription events;
    private @Nullable Thread past;

    /**
     * The lines that a client requested.
     *
     * @param instance name of the instance; null for all instances
     * @param tail maximum number of past lines of each instance
     * @param since time of the oldest line to send; null to begin with the first line
     * @param after time of the latest line that a reconnecting client received, in nanoseconds
     *     since 1970; null for a new client. Overrides {@code tail} and {@code since}
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
     * @param bound maximum number of bytes buffered for a client that reads slowly
     * @param place the stream's place. The stream takes a connection to a container from it for
     *     each instance that it follows
     * @param whenOver called at least once when the stream ends, for whatever reason
     */
    LogStream(
            Platform platform,
            Context context,
            HttpServerRequest request,
            Wish wish,
            BooleanSupplier stillAdmitted,
            int bound,
            OpenStreams.Place place,
            Consumer<LogStream> whenOver) {
        this.stillAdmitted = stillAdmitted;
        this.platform = platform;
        this.context = context;
        this.request = request;
        this.wish = wish;
        this.place = place;
        this.whenOver = whenOver;
        this.reader = new PacedWriter(context, bound, this::write);
    }

    /**
     * Starts the stream. Throws before it sends the first byte if this controller, or the share of
     * the caller's token, has too few connections to containers for all instances. Later, each
     * {@link #look} tries again to open the streams that are missing.
     */
    void begin(Instant now) {
        var instances = instances();
        if (instances.size() > platform.attachments().free() - place.kept()) {
            throw Refusal.unavailable(
                    "this controller follows too many logs: follow one instance, or use another controller");
        }
        place.connect(instances.size());
        request.response()
                .setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no"); // nginx must not buffer lines
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

    /** Sends past lines. Runs on a thread of its own. */
    private void tellPast(List<Instance> instances, Instant now) {
        var known = new HashMap<String, Instant>();
        try {
            var lines = new ArrayList<Told>();
            if (wish.lines() > 0) {
                var read =
                        instances.stream()
                                .map(it ->
                                        platform.attachments()
                                                .logs(it, wish.lines(), wish.from())
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
            context.runOnContext(_ -> end()); // the client reconnects with its last id
            return;
        }
        context.runOnContext(_ -> follow(instances, known, wish.lines() == 0 ? now : wish.from()));
    }

    private static List<Told> told(Instance instance, List<LogLine> lines) {
        return lines.stream().map(line -> new Told(instance, line)).toList();
    }

    /**
     * Follows the instances from where their past lines ended.
     *
     * @param known the time right after the last past line that was sent, by container id
     * @param otherwise the time from which to follow a container that had no past lines
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
        events = platform.events().follow(platform.snapshot().seq(), this::happened);
        look();
    }

    /** Receives an event. May be called from any thread. */
    private void happened(Event event) {
        if (wish.app.equals(event.app())) {
            context.runOnContext(_ -> look());
        }
    }

    /** Follows the containers that are not followed yet. May be called at any time. */
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
            if (!followed.containsKey(container)
                    && !over.contains(container)
                    && place.tryConnect()) {
                say("Joined", instance.name());
                follow(instance, container, null);
            }
        }
        over.retainAll(there);
    }

    /**
     * Follows the container with a connection that was taken from the place, or gives the
     * connection back. In that case, the next call of {@link #look} tries again.
     */
    private void follow(Instance instance, String container, @Nullable Instant since) {
        var follower =
                new LogReader() {
                    @Override
                    public void line(LogLine line) throws InterruptedException {
                        tell(instance.name(), line);
                    }

                    @Override
                    public void ended() {
                        context.runOnContext(_ -> left(instance, container));
                    }
                };
        if (platform.attachments().free() <= place.kept()) {
            place.disconnect();
            return;
        }
        try {
            followed.put(container, platform.attachments().follow(instance, since, follower));
        } catch (Refusal full) {
            place.disconnect();
        }
    }

    private void left(Instance instance, String container) {
        if (!closed && followed.remove(container) != null) {
            place.disconnect();
            over.add(container);
            say("Left", instance.name());
        }
    }

    /**
     * Sends a line, and waits while the client has too much unread data. May be called from any
     * thread except an event loop.
     */
    private void tell(String instance, LogLine line) throws InterruptedException {
        var id = last.accumulateAndGet(NANOS.between(Instant.EPOCH, line.at()), Math::max);
        reader.write(
                Buffer.buffer("id: %d\nevent: Line\ndata: ".formatted(id))
                        .appendBuffer(Call.encoded(LogAnswer.of(instance, line)))
                        .appendString("\n\n"));
    }

    /**
     * Writes the message, or drops it if the stream is closed. A thread that sends lines may notice
     * only later that the stream is closed.
     */
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

    /**
     * Keeps the connection alive. Cuts the client off if it has unread lines and has read nothing
     * since the last heartbeat.
     */
    void heartbeat() {
        if (closed || endedAsRevoked()) {
            return;
        }
        if (request.response().closed()) {
            close();
        } else if (reader.stuck()) {
            cut();
        } else {
            request.response().write(": heartbeat\n\n");
            look();
        }
    }

    /**
     * Ends the stream if the caller is no longer admitted. A client that has unread lines is cut
     * off, since it must not read them. Returns whether it ended the stream.
     */
    boolean endedAsRevoked() {
        if (closed || stillAdmitted.getAsBoolean()) {
            return false;
        }
        if (reader.unread()) {
            cut();
        } else {
            end();
        }
        return true;
    }

    /** Cuts the client off, although it has not read everything. */
    private void cut() {
        close();
        HttpChannel.cut(request);
    }

    /** Ends the response. */
    void end() {
        if (!closed) {
            close();
            request.response().end();
        }
    }

    /** Stops following the logs. Sends no last message, because the connection may be gone. */
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
        whenOver.accept(this);
    }
}
