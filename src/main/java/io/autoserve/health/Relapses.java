package io.autoserve.health;

/**
 * Counts how often a check failed after it had passed, and decides when it counts as steady again.
 * From the third relapse on, a check must first pass 4 times in a row, then 8, 16, and at most 24
 * times. After 60 passes, the relapses are forgotten.
 *
 * @param count number of relapses
 * @param passes number of passes since the last relapse
 */
record Relapses(int count, int passes) {
    static final Relapses NONE = new Relapses(0, 0);

    private static final int HARMLESS = 2;
    private static final int FEWEST_PASSES = 4;
    private static final int MOST_PASSES = 24;
    private static final int FORGOTTEN = 60;

    Relapses passed() {
        return count == 0 || passes + 1 >= FORGOTTEN ? NONE : new Relapses(count, passes + 1);
    }

    Relapses failed() {
        return new Relapses(count + 1, 0);
    }

    boolean steady() {
        return passes >= passesNeeded();
    }

    /** Returns how many passes after the last relapse make the check steady; 0 if it always is. */
    int passesNeeded() {
        var excess = count - HARMLESS;
        return excess <= 0 ? 0 : Math.min(FEWEST_PASSES << Math.min(excess - 1, 3), MOST_PASSES);
    }
}
