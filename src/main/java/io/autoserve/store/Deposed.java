package io.autoserve.store;

import io.autoserve.model.Term;

/**
 * Thrown when a leader's term has ended because another term has begun. The transaction wrote
 * nothing.
 */
public final class Deposed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Deposed(Term term) {
        super("term %d is over".formatted(term.epoch()), null, false, false);
    }
}
