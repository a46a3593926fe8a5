import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Runs steps at a steady rate. After a delay, runs all overdue steps without a pause. */
final class Pace {
    private Pace() {}

    interface Step {
        /**
         * @param number the number of the step, from 0 on
         * @param due the time at which the step was due, as {@link System#nanoTime} counts. A latency
         *     that is counted from this time includes the delays of the load generator
         */
        void run(int number, long due);
    }

    /**
     * @param rate steps per second
     * @param end the time at which the run ends, as {@link System#nanoTime} counts. It is read
     *     before each step, so it may change during the run
     */
    static void keep(double rate, LongSupplier end, Step step) {
        var pause = (long) (1e9 / rate);
        var number = 0;
        for (var next = System.nanoTime(); next - end.getAsLong() < 0; next += pause) {
            LockSupport.parkNanos(next - System.nanoTime());
            step.run(number++, next);
        }
    }
}
