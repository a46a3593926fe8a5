package io.autoserve.scaling;

import io.autoserve.cluster.Leadership;
import io.autoserve.events.Snapshot;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.store.LoadTable;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs one {@link Watch} for each term that this controller leads, and none between. */
public final class AutoScaler implements Leadership {
    private final Supplier<Optional<Snapshot>> view;
    private final Supplier<Counters> counters;
    private final Consumption consumption;
    private final LoadTable table;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private volatile @Nullable Watch watch;

    /**
     * @param counters asks nginx, and blocks until it has answered
     */
    public AutoScaler(
            Supplier<Optional<Snapshot>> view,
            Supplier<Counters> counters,
            Consumption consumption,
            LoadTable table,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.view = view;
        this.counters = counters;
        this.consumption = consumption;
        this.table = table;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    @Override
    public void elected(Term term) {
        var next = new Watch(term, view, counters, consumption, table, clock, nanoTime);
        watch = next;
        next.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        var last = watch;
        watch = null;
        if (last != null) {
            last.end();
        }
    }
}
