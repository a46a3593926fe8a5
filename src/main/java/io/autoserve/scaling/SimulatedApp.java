package io.autoserve.scaling;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import io.autoserve.scaling.Simulation.Model;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * An app in simulated time. Its instances take a while to start and share the load evenly. Each
 * instance answers requests like a queue with one server. Requests that an instance cannot answer
 * within a second wait for the next second.
 *
 * <p>The request counts of the app are read about once a second and up to 300 ms late, as nginx's
 * counts are. Therefore the samples have different spans, and a window sometimes contains one
 * sample more than it has seconds.
 */
final class SimulatedApp {
    private static final double LONGEST_QUEUE_SECONDS = 10;
    private static final double LATEST_READING = 0.3;

    /**
     * The latency is computed as if the utilization were at most this. Closer to 1, the latency
     * would grow without bounds.
     */
    private static final double BUSIEST = 0.98;

    private final Model model;
    private final RandomGenerator random;
    private final App app;
    private final List<Running> running = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private Instant lastReadAt;
    private double readPart = 1;
    private long ids;
    private double lost;

    /** Requests that wait for the first instance of an app that sleeps. */
    private double held;

    private static final class Running {
        final Instance starting;
        final Instant readyAt;
        double queue;
        double arrivedUnread;
        double answeredUnread;

        Running(Instance starting, Instant readyAt) {
            this.starting = starting;
            this.readyAt = readyAt;
        }
    }

    SimulatedApp(AppSpec spec, Model model, Instant start, RandomGenerator random) {
        this.model = model;
        this.random = random;
        lastReadAt = start;
        app = new App(1, spec.name(), 1, 1, spec, null, App.Intent.RUN, 1, 0, null, start, start);
    }

    void scale(int replicas, Instant now) {
        while (running.size() < replicas) {
            var starting = Instance.starting(++ids, app, running.size(), null, "simulated", now);
            running.add(new Running(starting, now.plus(model.startUp())));
        }
        while (running.size() > replicas) {
            running.removeLast();
        }
    }

    /** Simulates one second. */
    void serve(double requestsPerSecond, Instant now) {
        var ready = running.stream().filter(it -> !it.readyAt.isAfter(now)).toList();
        if (ready.isEmpty() && app.spec().scaling().sleep() == null) {
            lost += requestsPerSecond;
        } else if (ready.isEmpty()) {
            held += requestsPerSecond;
        }
        readPart = 1 - LATEST_READING * random.nextDouble();
        var readAt = now.minusNanos(Math.round((1 - readPart) * 1e9));
        for (var instance : ready) {
            var arriving = (requestsPerSecond + held) / ready.size();
            var busy = Math.min(1, (instance.queue + arriving) / model.capacity());
            var waiting = instance.queue / model.capacity();
            var answered = Math.min(instance.queue + arriving, model.capacity());
            var service = 1 / model.capacity();
            var latency = waiting + service / (1 - Math.min(BUSIEST, busy));
            instance.queue = instance.queue + arriving - answered;
            var most = LONGEST_QUEUE_SECONDS * model.capacity();
            lost += Math.max(0, instance.queue - most);
            instance.queue = Math.min(most, instance.queue);
            samples.add(sample(instance, readAt, arriving, answered, latency, busy));
        }
        if (!ready.isEmpty()) {
            held = 0;
        }
        lastReadAt = readAt;
        var oldest = now.minus(app.spec().scaling().window());
        samples.removeIf(sample -> sample.at().isBefore(oldest));
    }

    private Sample sample(
            Running instance,
            Instant readAt,
            double arriving,
            double answered,
            double latency,
            double busy) {
        var requests = whole(instance.arrivedUnread + readPart * arriving);
        var done = Math.toIntExact(whole(instance.answeredUnread + readPart * answered));
        instance.arrivedUnread = (1 - readPart) * arriving;
        instance.answeredUnread = (1 - readPart) * answered;
        var pairs = new ArrayList<Integer>();
        if (done > 0) { // exponential: the 95th percentile is three times the mean
            pairs.addAll(List.of(Latencies.bucket(0.7 * latency), done - done / 10));
            if (done / 10 > 0) {
                pairs.addAll(List.of(Latencies.bucket(3 * latency), done / 10));
            }
        }
        return new Sample(
                1,
                instance.starting.id(),
                1,
                readAt,
                Duration.between(lastReadAt, readAt),
                requests,
                List.of(0L, (long) done, 0L, 0L, 0L),
                instance.queue + arriving * latency,
                pairs,
                busy * model.busyCpuPercent(),
                30.0,
                1L << 25);
    }

    /** Rounds at random to a whole number, so that the average stays the same. */
    private long whole(double value) {
        return (long) Math.floor(value + random.nextDouble());
    }

    List<Sample> samples(Instant after) {
        return samples.stream().filter(sample -> sample.at().isAfter(after)).toList();
    }

    List<Instance> instances(Instant now) {
        return running.stream()
                .map(it -> it.readyAt.isAfter(now) ? it.starting : ready(it))
                .toList();
    }

    private static Instance ready(Running it) {
        var container =
                new Container(
                        "c",
                        it.starting.name(),
                        it.starting.app(),
                        it.starting.index(),
                        it.starting.id(),
                        1,
                        1,
                        Container.State.RUNNING,
                        "10.0.0.1",
                        "",
                        it.readyAt);
        return it.starting.running(container, it.readyAt).checked(true, "simulated", it.readyAt);
    }

    int replicas() {
        return running.size();
    }

    int ready(Instant now) {
        return (int) running.stream().filter(it -> !it.readyAt.isAfter(now)).count();
    }

    /**
     * Returns the number of requests that found no ready instance, or no room in an instance's
     * queue. A queue holds 10 s of work. Requests to an app that sleeps wait for an instance.
     */
    double lost() {
        return lost;
    }
}
