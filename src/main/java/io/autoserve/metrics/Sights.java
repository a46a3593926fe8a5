package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The values that are read at the time of a scrape. Methods may be called from any thread and must
 * not block.
 */
public interface Sights {
    boolean leads();

    Optional<Snapshot> view();

    Duration feedSilence();

    /** Returns the scaler's last decision about this app. Empty unless this controller leads. */
    Optional<Decision> decision(App app);

    /** Returns the number of controllers heard from in the last seconds. */
    int controllers();

    List<Replica> replicas();

    /** Returns the number of open streams of events, logs and bytes. */
    int streams();

    /** Returns the number of event streams that were closed because their readers did not read. */
    long streamsCut();

    Writes writes();

    /**
     * @param full writes refused because too many already waited
     * @param late writes refused because they had waited too long
     * @param abandoned writes not done because the caller was gone before their turn
     */
    record Writes(int underWay, int waiting, long full, long late, long abandoned) {}

    /**
     * @param lagBytes how far it is behind the primary; null if unknown
     */
    record Replica(String name, boolean streaming, @Nullable Long lagBytes) {}
}
