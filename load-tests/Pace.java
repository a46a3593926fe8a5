import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;

/** Steps at a steady rate: one that is late is followed at once by those that are due meanwhile. */
final class Pace {
    private Pace() {}

    /**
     * @param rate steps per second
     * @param end as {@link System#nanoTime}, asked before each step: it may move
     * @param step is given its number, from 0 on
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
