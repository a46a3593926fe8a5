package io.autoserve.scaling;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A load over time, recorded or synthetic.
 *
 * @param requestsPerSecond number of requests in each second, from the first second on
 */
public record Trace(String name, List<Double> requestsPerSecond) {

    public Trace {
        if (requestsPerSecond.isEmpty()) {
            throw new IllegalArgumentException("a trace must have at least one second");
        }
        requestsPerSecond = List.copyOf(requestsPerSecond);
    }

    /** Synthetic loads, in multiples of the capacity of one instance. */
    public enum Shape {
        STEP,
        SINE,
        NOISY,
        SPIKE;

        /**
         * @param capacity requests per second that one instance can answer
         */
        public Trace trace(double capacity, Duration duration, RandomGenerator random) {
            var seconds = Math.toIntExact(duration.toSeconds());
            var values = new ArrayList<Double>();
            for (int second = 0; second < seconds; second++) {
                values.add(Math.max(0, capacity * share(second, seconds, random)));
            }
            return new Trace(name(), values);
        }

        private double share(int second, int seconds, RandomGenerator random) {
            return switch (this) {
                case STEP -> second < Math.min(600, seconds / 3) ? 0.1 : 3.0;
                case SINE -> 2.5 + 2 * Math.sin(2 * Math.PI * second / 900.0 - Math.PI / 2);
                case NOISY -> 2 * (1 + 0.2 * random.nextGaussian());
                case SPIKE -> second % 600 >= 300 && second % 600 < 360 ? 5 : 0.5;
            };
        }
    }

    /**
     * Reads lines of {@code seconds,requests per second}. Each value holds until the next. Blank
     * lines and a header in the first line are skipped.
     *
     * @throws IllegalArgumentException for any other line
     */
    public static Trace read(String name, List<String> lines) {
        var values = new ArrayList<Double>();
        for (int i = 0; i < lines.size(); i++) {
            var cells = lines.get(i).strip().split("[,;\t]", -1);
            if (lines.get(i).isBlank() || (i == 0 && !cells[0].matches("[0-9.]+"))) {
                continue;
            }
            try {
                var second = (int) Double.parseDouble(cells[0].strip());
                var value = Double.parseDouble(cells[1].strip());
                while (values.size() < second) {
                    values.add(values.isEmpty() ? value : values.getLast());
                }
                values.add(value);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "line %d of %s must be 'seconds,requests per second', was '%s'"
                                .formatted(i + 1, name, lines.get(i)),
                        e);
            }
        }
        return new Trace(name, values);
    }
}
