package io.autoserve.api;

import io.autoserve.api.LogStream.Wish;
import io.autoserve.model.Refusal;
import io.autoserve.model.StreamKind;
import io.autoserve.platform.Platform;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The log streams that are open on this server. */
final class LogStreams {
    private final Platform platform;
    private final InstantSource clock;
    private final int bound;
    private final OpenStreams streams;
    private final Set<LogStream> open = ConcurrentHashMap.newKeySet();

    /**
     * @param bound maximum number of bytes buffered for a client that reads slowly
     */
    LogStreams(Platform platform, InstantSource clock, int bound, OpenStreams streams) {
        this.platform = platform;
        this.clock = clock;
        this.bound = bound;
        this.streams = streams;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("streamLogs", this::stream);
    }

    private void stream(Call call) {
        var app = Reads.view(platform).app(call.required("name"));
        if (app == null) {
            throw Refusal.notFound(call.required("name"));
        }
        var after = call.text("Last-Event-ID");
        var wish =
                new Wish(
                        app.name(),
                        call.text("instance"),
                        call.count("tail"),
                        call.time("since"),
                        after == null ? null : (Long) Long.parseLong(after));
        streams.admit(call, StreamKind.LOGS, place -> begin(call, wish, place));
    }

    private void begin(Call call, Wish wish, OpenStreams.Place place) {
        var stream =
                new LogStream(
                        platform,
                        call.context().vertx().getOrCreateContext(),
                        call.context().request(),
                        wish,
                        call.admitted().stillAdmitted(),
                        bound,
                        place,
                        over -> {
                            open.remove(over);
                            place.run();
                        });
        call.response()
                .closeHandler(_ -> stream.close())
                .exceptionHandler(_ -> {}); // the client disconnected
        stream.begin(clock.instant());
        open.add(stream);
    }

    void heartbeat() {
        List.copyOf(open).forEach(LogStream::heartbeat);
    }

    void end() {
        List.copyOf(open).forEach(LogStream::end);
    }

    void endRevoked() {
        List.copyOf(open).forEach(LogStream::endedAsRevoked);
    }
}
