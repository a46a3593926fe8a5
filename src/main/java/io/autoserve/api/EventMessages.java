package io.autoserve.api;

import io.autoserve.model.Event;
import io.vertx.core.buffer.Buffer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events in the format of the streams. The newest 256 are encoded only once, however many clients
 * read them.
 */
final class EventMessages {
    private static final int KEPT = 256;

    private record StreamPosition(long timeline, long seq) {}

    private final Map<StreamPosition, Buffer> newest =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<StreamPosition, Buffer> eldest) {
                    return size() > KEPT;
                }
            };

    synchronized Buffer of(Event event, long timeline) {
        return newest.computeIfAbsent(
                new StreamPosition(timeline, event.seq()), _ -> written(event, timeline));
    }

    private static Buffer written(Event event, long timeline) {
        return Buffer.buffer(
                        "id: %d-%d\nevent: %s\ndata: "
                                .formatted(timeline, event.seq(), event.type()))
                .appendBuffer(Call.encoded(EventAnswer.of(event, timeline)))
                .appendString("\n\n");
    }
}
