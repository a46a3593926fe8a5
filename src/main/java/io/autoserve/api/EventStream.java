package io.autoserve.api;

import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Scope;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Subscription;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Streams events to one client. The client first reads past events at its own pace and then gets
 * new events as they happen. A client that does not read is cut off. The limit on buffered bytes is
 * necessary, because Vert.x would buffer writes to a stalled client until the heap is full. A
 * stream runs on the event loop of its connection.
 */
final class EventStream {
    private static final int PAGE = 500;

    /**
     * Maximum number of events that are queued for the event loop. Further events stay in the tail.
     */
    private static final int UNDER_WAY = 256;

    private final Platform platform;
    private final EventMessages messages;
    private final Context context;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final BooleanSupplier admitted;
    private final Predicate<Event> wanted;
    private final long timeline;
    private final int bound;
    private final Runnable onCut;
    private final Consumer<EventStream> whenOver;
    private final Semaphore room = new Semaphore(UNDER_WAY);

    private long seq;
    private long unread;
    private boolean stalled;
    private boolean over;
    private @Nullable Runnable whenRead;
    private @Nullable Subscription subscription;

    /**
     * @param admitted returns whether the client may still read
     * @param bound maximum number of bytes buffered for a client that reads slowly
     * @param onCut called when the client is cut off
     * @param whenOver called at least once when the stream ends, for whatever reason
     */
    EventStream(
            Platform platform,
            EventMessages messages,
            Context context,
            HttpServerRequest request,
            BooleanSupplier admitted,
            Predicate<Event> wanted,
            int bound,
            Runnable onCut,
            Consumer<EventStream> whenOver) {
        this.platform = platform;
        this.messages = messages;
        this.context = context;
        this.request = request;
        this.response = request.response();
        this.admitted = admitted;
        this.wanted = wanted;
        this.timeline = platform.snapshot().timeline();
        this.bound = bound;
        this.onCut = onCut;
        this.whenOver = whenOver;
    }

    /**
     * The last event that a client received. The stream continues with the event after it.
     *
     * @param timeline timeline of that event; null for the present timeline
     */
    record Position(@Nullable Long timeline, long seq) {
        static Position parse(String text) {
            var dash = text.indexOf('-');
            return new Position(
                    dash < 0 ? null : (Long) Long.parseLong(text.substring(0, dash)),
                    Long.parseLong(text.substring(dash + 1)));
        }
    }

    /**
     * Starts the stream.
     *
     * @param position position after which the stream begins; null to begin with new events
     */
    void begin(@Nullable Position position) {
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store")
                .putHeader("X-Accel-Buffering", "no"); // nginx must not buffer events
        write(": these are the events\n\n");
        seq = platform.snapshot().seq();
        if (position != null && (position.timeline == null || position.timeline == timeline)) {
            seq = position.seq;
        } else if (position != null) {
            write(
                    "id: %1$d-%2$d\nevent: Resync\ndata: {\"timeline\":%1$d,\"seq\":%2$d}\n\n"
                            .formatted(timeline, seq));
        }
        catchUp();
    }

    private void catchUp() {
        if (over) {
            return;
        }
        if (seq >= platform.snapshot().seq()) {
            follow();
            return;
        }
        platform.events()
                .events(new EventQuery(null, Scope.EVERYTHING, null, null, seq, null, PAGE))
                .onSuccess(page -> context.runOnContext(_ -> replay(page)))
                .onFailure(
                        // the client reconnects with its last id
                        _ -> context.runOnContext(_ -> end()));
    }

    private void replay(List<Event> page) {
        replay(page.iterator(), page.size() < PAGE ? this::follow : this::catchUp);
    }

    /**
     * Writes past events as fast as the client reads them. Past events can wait for the client,
     * unlike new ones.
     */
    private void replay(Iterator<Event> page, Runnable then) {
        while (!over && page.hasNext()) {
            if (unread > bound) {
                whenRead = () -> replay(page, then);
                return;
            }
            tell(page.next());
        }
        then.run();
    }

    private void follow() {
        if (!over) {
            subscription = platform.events().follow(seq, this::pass);
        }
    }

    /**
     * Passes a new event to the event loop. The thread that follows events calls this method and
     * waits in it while too many events are queued for the event loop.
     */
    private void pass(Event event) {
        room.acquireUninterruptibly();
        context.runOnContext(_ -> {
            room.release();
            tellNow(event);
        });
    }

    private void tellNow(Event event) {
        tell(event);
        if (unread > bound && !over) {
            cut();
        }
    }

    private void tell(Event event) {
        if (over || event.seq() <= seq || endedAsOutdated()) {
            return;
        }
        seq = event.seq();
        if (wanted.test(event)) {
            write(messages.of(event, timeline));
        }
    }

    /**
     * Ends the stream if a failover has changed the timeline or the client may no longer read.
     * Returns whether it ended the stream. After a change of the timeline, the client reconnects
     * and gets a Resync message. Call this method regularly, because there may be no new event for
     * a long time.
     */
    boolean endedAsOutdated() {
        if (over || (platform.snapshot().timeline() == timeline && admitted.getAsBoolean())) {
            return false;
        }
        end();
        return true;
    }

    /**
     * Keeps the connection alive. Cuts the client off if it has unread data and has read nothing
     * since the last heartbeat.
     */
    void heartbeat() {
        if (over) {
            return; // the response has ended, and its connection will close soon
        }
        if (response.closed()) {
            close();
        } else if (stalled && unread > 0) {
            cut();
        } else if (!endedAsOutdated()) {
            stalled = true;
            write(": heartbeat\n\n");
        }
    }

    private void write(String text) {
        write(Buffer.buffer(text));
    }

    private void write(Buffer message) {
        unread += message.length();
        response.write(message).onComplete(_ -> read(message.length()));
    }

    private void read(int bytes) {
        unread -= bytes;
        stalled = false;
        if (unread <= bound / 2 && whenRead != null) {
            var next = whenRead;
            whenRead = null;
            next.run();
        }
    }

    /** Cuts the client off, although it has not read everything. */
    private void cut() {
        close();
        onCut.run();
        HttpChannel.cut(request);
    }

    /** Ends the response. A client that has unread data is cut off instead. */
    void end() {
        if (over) {
            return;
        }
        if (unread > 0) {
            cut();
        } else {
            close();
            response.end();
        }
    }

    /** Stops following events. Sends no last message, because the connection may be gone. */
    void close() {
        over = true;
        whenRead = null;
        if (subscription != null) {
            subscription.close();
            subscription = null;
        }
        whenOver.accept(this);
    }
}
