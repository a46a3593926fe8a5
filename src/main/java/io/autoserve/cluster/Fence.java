package io.autoserve.cluster;

import io.autoserve.model.Term;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/**
 * Lets a leader's transaction commit only while its term lasts. The row stays locked until the
 * transaction ends, since after a mere look a new term could begin between the look and the commit;
 * the id is compared too, since epochs repeat when an asynchronous failover of the database loses
 * the last ones.
 */
public final class Fence {
    /** One row while the term with epoch {@code $1} and id {@code $2} lasts, otherwise none. */
    public static final String SQL = "select 1 from leader where epoch = $1 and id = $2 for share";

    private Fence() {}

    /** Fails with {@link TermOver} where {@code term} is not the present one. */
    public static Future<Void> hold(SqlConnection transaction, Term term) {
        return transaction
                .preparedQuery(SQL)
                .execute(Tuple.of(term.epoch(), term.id()))
                .compose(rows ->
                        rows.size() == 1
                                ? Future.succeededFuture()
                                : Future.failedFuture(new TermOver(term)));
    }

    /** The write came too late: another term has begun. */
    public static final class TermOver extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TermOver(Term term) {
            super("term " + term.epoch() + " is over: another controller leads");
        }
    }
}
