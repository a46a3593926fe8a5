package io.autoserve.cluster;

import io.autoserve.model.Term;

/**
 * Told when this controller begins and ceases to lead, in turns, on the election's event loop: both
 * must return at once. A term that ended never comes back.
 */
public interface Leadership {
    void elected(Term term);

    /**
     * Called before anything else is done about it: from here on nothing may be begun in this term.
     *
     * @param reason for operators
     */
    void deposed(Term term, String reason);

    /** Tells this one first, then the other. */
    default Leadership and(Leadership other) {
        return new Leadership() {
            @Override
            public void elected(Term term) {
                Leadership.this.elected(term);
                other.elected(term);
            }

            @Override
            public void deposed(Term term, String reason) {
                Leadership.this.deposed(term, reason);
                other.deposed(term, reason);
            }
        };
    }
}
