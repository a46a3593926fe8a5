package io.autoserve.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes the schedule of a failed run short: leaves out every part without which the run still fails
 * (delta debugging, Zeller and Hildebrandt 2002).
 */
final class Shrinking {
    private static final int MOST_RUNS = 200;

    private Shrinking() {}

    /**
     * @param fails runs the schedule, and returns whether it fails
     */
    static List<Disturbance> shrunk(
            List<Disturbance> schedule, Predicate<List<Disturbance>> fails) {
        var shortest = schedule;
        var runs = 0;
        var part = Math.max(1, schedule.size() / 2);
        while (part >= 1 && runs < MOST_RUNS) {
            var from = 0;
            while (from < shortest.size() && runs < MOST_RUNS) {
                var shorter = new ArrayList<>(shortest.subList(0, from));
                shorter.addAll(
                        shortest.subList(Math.min(from + part, shortest.size()), shortest.size()));
                runs++;
                if (fails.test(shorter)) {
                    shortest = List.copyOf(shorter);
                } else {
                    from += part;
                }
            }
            part /= 2;
        }
        return shortest;
    }
}
