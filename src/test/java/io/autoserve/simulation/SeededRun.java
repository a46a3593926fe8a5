package io.autoserve.simulation;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/** Runs a simulation whose schedule its seed chooses. */
final class SeededRun {
    private static final Duration LENGTH = Duration.ofMinutes(10);

    /** How many runs simulate an hour. */
    static final long AN_HOUR = Duration.ofHours(1).dividedBy(LENGTH);

    /** Whether to look for the shortest schedule that fails. */
    private static final boolean SHRINKS =
            !System.getProperty("simulation.shrinks", "true").equals("false");

    private SeededRun() {}

    /**
     * Runs every {@code step}-th seed from the first one on, up to the end without it.
     *
     * @param arguments the first seed, the end and the step
     */
    public static void main(String[] arguments) {
        var first = Long.parseLong(arguments[0]);
        var end = Long.parseLong(arguments[1]);
        var step = Long.parseLong(arguments[2]);
        beQuiet();
        var coverage = new Coverage();
        try {
            for (var seed = first; seed < end; seed += step) {
                coverage.add(passed(seed).coverage());
            }
        } catch (AssertionError broken) {
            System.out.println(broken.getMessage());
            System.exit(1);
        }
        System.out.println(coverage);
        System.exit(0); // whatever threads the libraries have started
    }

    /** Logs nothing, because the runs that find something are repeated with their log. */
    static void beQuiet() {
        ((Logger) LoggerFactory.getLogger("io.autoserve")).setLevel(Level.OFF);
    }

    /** Runs a seed. If an invariant is broken, names the seed and the shortest schedule for it. */
    static Simulation passed(long seed) {
        var schedule = Disturbance.schedule(seed, LENGTH);
        var simulation = new Simulation(seed, schedule);
        try {
            simulation.run(LENGTH);
            return simulation;
        } catch (AssertionError broken) {
            var shortest = SHRINKS ? Shrinking.shrunk(schedule, it -> fails(seed, it)) : schedule;
            throw new AssertionError(
                    "seed %d: %s%nthe shortest schedule that fails:%n%s"
                            .formatted(seed, broken.getMessage(), lines(shortest)),
                    broken);
        }
    }

    /** Runs a seed once, however it ends. */
    static void repeat(long seed) {
        new Simulation(seed, Disturbance.schedule(seed, LENGTH)).run(LENGTH);
    }

    private static boolean fails(long seed, List<Disturbance> schedule) {
        try {
            new Simulation(seed, schedule).run(LENGTH);
            return false;
        } catch (AssertionError _) {
            return true;
        }
    }

    private static String lines(List<Disturbance> schedule) {
        return schedule.stream()
                .map(Disturbance::toString)
                .collect(Collectors.joining(System.lineSeparator()));
    }
}
