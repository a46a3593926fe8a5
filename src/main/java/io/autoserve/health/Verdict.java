package io.autoserve.health;

/**
 * What the checks of an instance add up to.
 *
 * @param started the startup check, if there is one, has succeeded once
 * @param ready requests may be sent to it
 * @param alive false: it should be replaced
 * @param reason for operators
 */
public record Verdict(
        long instanceId, boolean started, boolean ready, boolean alive, String reason) {

    /** Whether someone must act; another wording alone is no news. */
    boolean differsFrom(Verdict other) {
        return started != other.started || ready != other.ready || alive != other.alive;
    }
}
