package io.autoserve.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Instance;
import io.autoserve.platform.Apps.Edit;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An event as the API returns it. */
record EventAnswer(
        long seq,
        long timeline,
        Instant at,
        String type,
        @Nullable String app,
        @Nullable String instance,
        @Nullable Integer revision,
        String actor,
        long epoch,
        String reason,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Edit> changes) {

    static EventAnswer of(Event event, long timeline) {
        return new EventAnswer(
                event.seq(),
                timeline,
                event.at(),
                event.type(),
                event.app(),
                instance(event),
                revision(event),
                event.actor(),
                event.epoch(),
                event.reason(),
                changes(event));
    }

    private static @Nullable String instance(Event event) {
        return switch (event.change()) {
            case Change.PutInstance(var instance) -> instance.name();
            case Change.DropInstance(_, var index) ->
                    event.app() == null ? null : Instance.name(event.app(), index);
            case Change.PutApp _,
                    Change.DropApp _,
                    Change.PutLeader _,
                    Change.PutToken _,
                    Change.DropToken _,
                    Change.Nothing _,
                    Change.Unknown _ ->
                    null;
        };
    }

    private static @Nullable Integer revision(Event event) {
        return event.change() instanceof Change.PutApp app ? (Integer) app.revision() : null;
    }

    private static List<Edit> changes(Event event) {
        return event.change() instanceof Change.PutApp app
                ? app.changes().stream()
                        .map(it -> new Edit(it.pointer(), it.before(), it.after()))
                        .toList()
                : List.of();
    }
}
