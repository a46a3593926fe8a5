package io.autoserve.spec;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.ObjectCodec;
import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.CollectionEndEvent;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserException;

/**
 * Parses YAML and replaces each alias with the value of its anchor. The values keep the place at
 * which they are written. A few lines of aliases could stand for gigabytes, so it replaces only up
 * to a limit.
 */
final class AliasParser extends YAMLParser {
    private final int limit;

    /** All events of the text so far, with aliases in it. */
    private final List<Event> read = new ArrayList<>();

    /** The indices of the collections that have not ended. */
    private final Deque<Integer> open = new ArrayDeque<>();

    private final Map<String, Range> anchors = new HashMap<>();

    /** A later anchor may have the same name, so each alias keeps the one before it. */
    private final IdentityHashMap<Event, Range> targets = new IdentityHashMap<>();

    private final Deque<Replay> replays = new ArrayDeque<>();
    private long replaced;

    /** The events of a value, from one index to another that does not belong to it. */
    private record Range(int from, int to) {}

    private static final class Replay {
        private final int to;
        private int next;

        Replay(Range range) {
            next = range.from();
            to = range.to();
        }
    }

    /**
     * @param limit how many values and characters aliases may stand for
     */
    AliasParser(
            IOContext context,
            int features,
            int yamlFeatures,
            ObjectCodec codec,
            Reader text,
            int limit) {
        super(context, features, yamlFeatures, new LoaderOptions(), codec, text);
        this.limit = limit;
    }

    @Override
    protected @Nullable Event getEvent() throws IOException {
        var event = next();
        while (event instanceof AliasEvent) {
            replays.push(new Replay(requireNonNull(targets.get(event))));
            event = next();
        }
        return event;
    }

    private @Nullable Event next() throws IOException {
        while (!replays.isEmpty() && replays.element().next == replays.element().to) {
            replays.pop();
        }
        if (replays.isEmpty()) {
            return fromText();
        }
        var event = read.get(replays.element().next++);
        replaced += 1 + (event instanceof ScalarEvent scalar ? scalar.getValue().length() : 0);
        if (replaced > limit) {
            throw new ParserException(
                    null,
                    null,
                    String.format(
                            Locale.ROOT,
                            "the aliases stand for more than %,d characters: use fewer of them",
                            limit),
                    event.getStartMark());
        }
        return event;
    }

    private @Nullable Event fromText() throws IOException {
        var event = super.getEvent();
        if (event == null) {
            return null;
        }
        var index = read.size();
        read.add(event);
        switch (event) {
            case AliasEvent alias -> targets.put(alias, target(alias));
            case ScalarEvent scalar -> name(scalar, index, index + 1);
            case CollectionStartEvent _ -> open.push(index);
            case CollectionEndEvent _ -> {
                var start = open.pop();
                if (read.get(start) instanceof NodeEvent collection) {
                    name(collection, start, index + 1);
                }
            }
            default -> {} // the bounds of documents
        }
        return event;
    }

    private void name(NodeEvent value, int from, int to) {
        if (value.getAnchor() != null) {
            anchors.put(value.getAnchor(), new Range(from, to));
        }
    }

    private Range target(AliasEvent alias) {
        var target = anchors.get(alias.getAnchor());
        if (target == null) {
            throw new ParserException(
                    null,
                    null,
                    "there is no complete value with the anchor &%s before the alias *%s"
                            .formatted(alias.getAnchor(), alias.getAnchor()),
                    alias.getStartMark());
        }
        return target;
    }
}
