import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Runs steps at a steady rate. After a delay, runs all overdue steps without a pause. */
final class Pace {
    private Pace() {}

    /**
     * @param rate steps per second
     * @param end the time at which the run ends, as {@link System#nanoTime} counts. It is read
     *     before each step, so it may change during the run
     * @param step receives the number of the step, from 0 on
     */
    static void keep(double rate, LongSupplier end, IntConsumer step) {
        var pause = (long) (1e9 / rate);
        var number = 0;
        for (var next = System.nanoTime(); next - end.getAsLong() < 0; next += pause) {
            LockSupport.parkNanos(next - System.nanoTime());
            step.accept(number++);
        }
    }
}
