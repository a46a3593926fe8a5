package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the figures look up at the moment they are asked for. Any thread; must not block. */
public interface Sights {
    boolean leads();

    Optional<Snapshot> view();

    Duration feedSilence();

    /** The scaler's last one about this app; empty unless this controller leads. */
    Optional<Decision> decision(App app);

    /** Controllers that were heard of in the last seconds. */
    int controllers();

    List<Replica> replicas();

    /** Streams that are open, of events, logs and bytes. */
    int streams();

    /** Streams of events whose readers were cut off because they did not read. */
    long streamsCut();

    Writes writes();

    /**
     * @param full how many were refused because too many waited already
     * @param late because they had waited too long
     * @param abandoned how many were not done because whoever asked was gone before their turn
     */
    record Writes(int underWay, int waiting, long full, long late, long abandoned) {}

    /**
     * @param lagBytes behind the primary, null where unknown
     */
    record Replica(String name, boolean streaming, @Nullable Long lagBytes) {}
}
