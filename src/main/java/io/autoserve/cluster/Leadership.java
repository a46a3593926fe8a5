package io.autoserve.cluster;

import io.autoserve.model.Term;

/**
 * Called alternately when this controller begins to lead and when it stops. The calls are made on
 * the election's event loop, so both methods must return at once. A term that ended never resumes.
 */
public interface Leadership {
    void elected(Term term);

    /**
     * Called when this controller stops leading, before the election takes any other step. After
     * this call, no work may begin in this term.
     *
     * @param reason shown to operators
     */
    void deposed(Term term, String reason);

    /** Returns a listener that calls this listener first, then the other listener. */
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
