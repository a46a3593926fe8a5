package io.autoserve.model;

/**
 * Thrown when a leader's term has ended because another term has begun. The transaction wrote
 * nothing.
 */
public final class Deposed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Deposed(Term term) {
        super("term %d is over".formatted(term.epoch()), null, false, false);
    }
}
