package io.autoserve.platform;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides when the leader restarts a part whose published address is closed. A restart interrupts
 * what still reaches the part over another address. The pause after a restart is therefore at least
 * a minute and doubles with each further one, up to an hour, until the part was whole for an hour.
 * After {@value #MOST_IN_VAIN} restarts that did not help, only a person can know what will.
 *
 * <p>A restart counts when the container has another start than at the last look. Every controller
 * looks, so that a new leader continues the count of the earlier one, and a restart that Docker
 * refused does not count.
 */
final class DoorRepairs {
    static final int MOST_IN_VAIN = 3;
    static final Duration FIRST_PAUSE = Duration.ofMinutes(1);
    static final Duration LONGEST_PAUSE = Duration.ofHours(1);

    private static final Repaired NEVER = new Repaired(0, 0, 0);

    private final Map<String, Repaired> parts = new HashMap<>();

    /** The start of each part's container at the last look, from the first closed address on. */
    private final Map<String, String> starts = new HashMap<>();

    /**
     * @param restarts number of restarts, which decides the next pause
     * @param inVain number of restarts after which the part was not whole
     * @param last when the last restart was noticed
     */
    private record Repaired(int restarts, int inVain, long last) {
        boolean permits(long now) {
            return restarts == 0 || (inVain < MOST_IN_VAIN && now - last >= pause().toNanos());
        }

        private Duration pause() {
            var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(restarts - 1, 10));
            return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
        }

        Repaired again(long now) {
            return new Repaired(restarts + 1, inVain + 1, now);
        }

        Repaired helped() {
            return new Repaired(restarts, 0, last);
        }
    }

    /**
     * Counts the restarts since the last call, and returns the parts to restart now.
     *
     * @param started for each part a text that changes whenever its container starts. A part is not
     *     restarted while its text is missing
     * @param now a time in nanoseconds that never goes back
     */
    Set<String> due(FrontDoor front, Map<String, String> started, long now) {
        started.forEach((part, start) -> count(part, start, now));
        for (var part : front.whole()) {
            starts.remove(part);
            var repaired = parts.get(part);
            if (repaired != null && now - repaired.last() >= LONGEST_PAUSE.toNanos()) {
                parts.remove(part);
            } else if (repaired != null) {
                parts.put(part, repaired.helped());
            }
        }
        var due = new TreeSet<String>();
        for (var part : front.broken()) {
            var start = started.get(part);
            if (start != null) {
                starts.put(part, start);
                if (parts.getOrDefault(part, NEVER).permits(now)) {
                    due.add(part);
                }
            }
        }
        return due;
    }

    private void count(String part, String start, long now) {
        var earlier = starts.replace(part, start);
        if (earlier != null && !earlier.equals(start)) {
            parts.put(part, parts.getOrDefault(part, NEVER).again(now));
        }
    }
}
