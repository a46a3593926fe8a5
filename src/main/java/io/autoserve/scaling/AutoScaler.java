package io.autoserve.scaling;

import io.autoserve.cluster.Leadership;
import io.autoserve.events.Snapshot;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.store.LoadTable;
import io.autoserve.store.ScalingTable;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs one {@link ScalingLoop} during each term that this controller leads. The loop runs on its
 * own threads. This verticle only starts and stops it.
 */
public final class AutoScaler extends VerticleBase implements Leadership {
    private final Supplier<Optional<Snapshot>> view;
    private final Supplier<Counters> counters;
    private final Wakes wakes;
    private final Consumption consumption;
    private final LoadTable table;
    private final ScalingTable scalings;
    private final UnaryOperator<Scaling> scheduled;
    private final MetricSource source;
    private final Runnable scaled;
    private final InstantSource clock;
    private final Time time;
    private volatile @Nullable ScalingLoop loop;

    /**
     * @param counters queries nginx, and blocks until nginx has answered
     * @param wakes reports when requests arrive for apps that sleep
     * @param scheduled returns a policy as its schedule changes it now
     * @param source reads the numbers of other systems
     * @param scaled called when the desired number of instances has changed
     */
    public AutoScaler(
            Supplier<Optional<Snapshot>> view,
            Supplier<Counters> counters,
            Wakes wakes,
            Consumption consumption,
            LoadTable table,
            ScalingTable scalings,
            UnaryOperator<Scaling> scheduled,
            MetricSource source,
            Runnable scaled,
            InstantSource clock,
            Time time) {
        this.view = view;
        this.counters = counters;
        this.wakes = wakes;
        this.consumption = consumption;
        this.table = table;
        this.scalings = scalings;
        this.scheduled = scheduled;
        this.source = source;
        this.scaled = scaled;
        this.clock = clock;
        this.time = time;
    }

    @Override
    public void elected(Term term) {
        var next =
                new ScalingLoop(
                        term,
                        view,
                        counters,
                        wakes,
                        consumption,
                        table,
                        scalings,
                        scheduled,
                        source,
                        scaled,
                        clock,
                        time);
        loop = next;
        next.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        end();
    }

    @Override
    public Future<?> stop() {
        end();
        return Future.succeededFuture();
    }

    private void end() {
        var last = loop;
        loop = null;
        if (last != null) {
            last.end();
        }
    }

    /**
     * Returns the latest decision, which may be newer than the stored decision. Returns empty
     * unless this controller leads. May be called from any thread.
     */
    public Optional<Decision> decision(long app) {
        var now = loop;
        return now == null ? Optional.empty() : Optional.ofNullable(now.decisions().get(app));
    }

    /**
     * Returns the app's samples that ended after {@code from}, at most those of the last 20 seconds
     * or of the window on which the app scales. Empty unless this controller leads. May be called
     * from any thread.
     */
    public List<Sample> samples(long app, Instant from) {
        var now = loop;
        return now == null ? List.of() : now.samples(app, from);
    }
}
