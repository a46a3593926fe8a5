package io.autoserve.store;

import io.autoserve.model.Term;

/** The term has ended: another controller leads, and nothing of what was tried was written. */
public final class Deposed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Deposed(Term term) {
        super("term %d is over".formatted(term.epoch()), null, false, false);
    }
}
