package io.autoserve.scaling;

import io.autoserve.cluster.TermLoop;
import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Scaling;
import io.autoserve.model.Decision;
import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.proxy.Counters;
import io.autoserve.store.LoadTable;
import io.autoserve.store.ScalingTable;
import io.autoserve.time.Time;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the Auto Scaler for one term. Every second it reads the load and decides from it. It also
 * stores the load. While apps sleep, it waits for requests that wake them.
 */
final class ScalingLoop {
    private static final Logger LOG = LoggerFactory.getLogger(ScalingLoop.class);

    private static final Duration LOOK = Duration.ofSeconds(1);

    /**
     * The time between two readings of CPU and memory. A reading opens four kernel files for each
     * container, or takes some seconds if it asks Docker.
     */
    private static final Duration LOOK_AT_USE = Duration.ofSeconds(2);

    /** The time between two readings of a number that another system knows. */
    private static final Duration LOOK_AT_METRICS = Duration.ofSeconds(5);

    /** How long the view may take to show that an app was woken. */
    private static final Duration VIEW_CATCHES_UP = Duration.ofMillis(100);

    private final Term term;
    private final Supplier<Optional<Snapshot>> view;
    private final Supplier<Counters> counters;
    private final Wakes wakes;
    private final LoadTable table;
    private final InstantSource clock;
    private final Meter meter = new Meter();
    private final RecentSamples recent = new RecentSamples();
    private final Decider decider;
    private final Runnable scaled;
    private final RecentUsage uses;
    private final MetricReadings readings;
    private final TermLoop reading;
    private final TermLoop using;
    private final TermLoop waking;
    private final TermLoop metrics;
    private final Time time;
    private final Instant began;
    private Instant written;
    private @Nullable RollUp rollUp;

    ScalingLoop(
            Term term,
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
        this.term = term;
        this.view = view;
        this.counters = counters;
        this.wakes = wakes;
        this.table = table;
        this.scaled = scaled;
        this.clock = clock;
        this.time = time;
        uses = new RecentUsage(consumption);
        readings = new MetricReadings(source, clock, time);
        decider = new Decider(term, scalings, recent, scheduled, readings);
        began = clock.instant();
        written = began;
        reading = loop("load", LOOK, this::round, time);
        using = loop("use", LOOK_AT_USE, this::use, time);
        waking = new TermLoop("wake", term, this::wakeApps, time);
        metrics = loop("metrics", LOOK_AT_METRICS, this::readMetrics, time);
    }

    private TermLoop loop(String name, Duration period, Runnable round, Time time) {
        return new TermLoop(name, term, TermLoop.every(period, round, time::nanoTime), time);
    }

    void start() {
        using.start();
        reading.start();
        waking.start();
        metrics.start();
    }

    void end() {
        using.end();
        reading.end();
        waking.end();
        metrics.end();
    }

    /** Returns the latest decisions by app id. May be called from any thread. */
    Map<Long, Decision> decisions() {
        return decider.latest();
    }

    /** Returns an app's samples, see {@link RecentSamples}. May be called from any thread. */
    List<Sample> samples(long app, Instant from) {
        return recent.of(app, from);
    }

    private void use() {
        view.get().ifPresent(seen -> uses.read(seen, clock.instant()));
    }

    private void readMetrics() {
        view.get()
                .ifPresent(seen ->
                        readings.read(seen.apps().stream().filter(Decider::scalesItself).toList()));
    }

    private void round() {
        var seen = view.get();
        if (seen.isPresent()) {
            Counters counted = null;
            try {
                counted = counters.get();
                sample(seen.get(), counted);
            } catch (RuntimeException silent) {
                LOG.warn("no samples this second: {}", silent.toString());
            }
            if (decider.round(seen.get(), counted, clock.instant())) {
                scaled.run();
                waking.wake(); // an app may have fallen asleep
            }
            writeDown(clock.instant());
        }
    }

    /**
     * Wakes apps as soon as requests wait for them, until no app sleeps or the term ends. A round
     * wakes them too, but only once a second.
     *
     * @return how long to rest
     */
    private Duration wakeApps() throws InterruptedException {
        while (!waking.over()) {
            var asleep = view.get().map(Decider::asleep).orElse(List.of());
            if (asleep.isEmpty()) {
                return LOOK;
            }
            var names = wakes.await(asleep.stream().map(App::name).toList());
            var seen = view.get();
            if (!names.isEmpty() && seen.isPresent() && !waking.over()) {
                var changed = decider.wake(seen.get(), names, clock.instant());
                if (changed) {
                    scaled.run();
                }
                time.pause(changed ? VIEW_CATCHES_UP : LOOK);
            }
        }
        return LOOK;
    }

    private void sample(Snapshot seen, Counters counted) {
        var now = clock.instant();
        recent.add(
                meter.read(now, counted, uses.at(now), instances(seen)),
                Decider.windows(seen),
                now);
    }

    private static List<Instance> instances(Snapshot seen) {
        return seen.apps().stream().flatMap(app -> seen.instances(app.id()).stream()).toList();
    }

    private void writeDown(Instant now) {
        var fine = stepEnd(now, LoadTable.FINE);
        if (stepEnd(written, LoadTable.FINE).isBefore(fine)) {
            if (!began.isAfter(
                    fine.minus(LoadTable.FINE))) { // an incomplete step would look like less load
                table.write(term, recent.step(fine, LoadTable.FINE));
            }
            rollUp(now);
            written = now;
        }
    }

    /**
     * Combines fine steps into coarse ones. It reads them from the table, which also contains the
     * fine steps of the previous leader. It reads one minute at a time, so that a new leader, which
     * repeats some minutes, never has many samples in memory. If the table cannot be read or
     * written, the next attempt begins again with these ten minutes.
     */
    private void rollUp(Instant now) {
        var end = stepEnd(now, LoadTable.COARSE);
        if (stepEnd(written, LoadTable.COARSE).isBefore(end)) {
            var before = rollUp;
            rollUp = null;
            var next =
                    before == null || before.until().isBefore(end.minus(LoadTable.LONGEST_SPAN))
                            ? RollUp.before(end)
                            : before;
            while (next.until().isBefore(end)) {
                var begin = next.until();
                var minute = begin.plus(LoadTable.COARSE);
                table.write(term, next.combined(table.fine(begin, minute), minute));
            }
            rollUp = next;
        }
    }

    /** Returns the end of the last step that is not after {@code now}. */
    static Instant stepEnd(Instant now, Duration span) {
        return Instant.ofEpochSecond(now.getEpochSecond() / span.toSeconds() * span.toSeconds());
    }
}
