package io.autoserve.cluster;

import io.autoserve.model.Term;
import io.autoserve.store.FencedWrites;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/** Checks the fence in a transaction as the store does, without the rest of the store. */
final class Fence {
    private Fence() {}

    /** Fails with {@link TermOver} if {@code term} is not the current one. */
    static Future<Void> hold(SqlConnection transaction, Term term) {
        return transaction
                .preparedQuery(FencedWrites.FENCE)
                .execute(Tuple.of(term.epoch(), term.id()))
                .compose(rows ->
                        rows.size() == 1
                                ? Future.succeededFuture()
                                : Future.failedFuture(new TermOver(term)));
    }

    /** Reports that the write came too late, because another term has begun. */
    static final class TermOver extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TermOver(Term term) {
            super("term " + term.epoch() + " is over: another controller leads");
        }
    }
}
