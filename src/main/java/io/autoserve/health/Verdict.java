package io.autoserve.health;

/**
 * The combined result of all checks of an instance.
 *
 * @param settled whether the other results count. False while the instance may still be starting,
 *     because it is then no error that it is not ready
 * @param ready whether requests may be sent to the instance
 * @param alive whether the instance may stay; false if it should be replaced
 * @param reason the reason for the verdict, shown to operators
 * @param steady false if the readiness check failed several times after it had passed, and has not
 *     passed often enough since
 */
public record Verdict(
        long instanceId,
        boolean settled,
        boolean ready,
        boolean alive,
        String reason,
        boolean steady) {

    /** Creates the verdict on an instance whose readiness is steady. */
    public Verdict(long instanceId, boolean settled, boolean ready, boolean alive, String reason) {
        this(instanceId, settled, ready, alive, reason, true);
    }

    /** Returns whether the change may require action. A different reason alone does not. */
    boolean differsFrom(Verdict other) {
        return settled != other.settled
                || ready != other.ready
                || alive != other.alive
                || steady != other.steady;
    }
}
