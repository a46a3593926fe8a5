package io.autoserve.store;

import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Refusal;
import io.vertx.pgclient.PgException;
import java.util.Optional;

/**
 * Stores the answers of the requests with idempotency keys that are done. A row is kept for ten
 * minutes.
 */
final class IdempotencyTable {
    private static final String KEPT = "23505";
    private static final String TOO_LATE = "AS001";

    private IdempotencyTable() {}

    /**
     * Inserts the key in the same transaction as the work of the request. The commit fails if the
     * key is already there. It also fails if the request was made more than five minutes ago. Keys
     * are deleted after ten minutes, so the key of an earlier attempt could already be gone, and
     * the request would run twice.
     */
    static void keep(Transaction transaction, IdempotentRequest idempotentRequest, String answer) {
        transaction.tell(
                "select keep_idempotent_request($1, $2, $3, coalesce($4, clock_timestamp()), $5)",
                idempotentRequest.asker(),
                idempotentRequest.key(),
                idempotentRequest.content(),
                Rows.time(idempotentRequest.asked()),
                answer);
    }

    /**
     * Returns the stored answer of the request, or empty if it is not done.
     *
     * @throws Refusal if the key belongs to a different request
     */
    static <T> Optional<T> answer(
            Transaction transaction, IdempotentRequest idempotentRequest, AnswerForm<T> form) {
        return transaction
                .first(
                        "select content, answer from idempotent_requests where asker = $1 and key = $2",
                        idempotentRequest.asker(),
                        idempotentRequest.key())
                .map(row -> {
                    if (!row.getString("content").equals(idempotentRequest.content())) {
                        throw Refusal.keyInUse(idempotentRequest.key());
                    }
                    return form.read(transaction, row.getString("answer"));
                });
    }

    /**
     * Converts the error of a request that is too old to a refusal, and returns any other error
     * unchanged.
     */
    static RuntimeException refusal(PgException refused) {
        return refused.getSqlState().equals(TOO_LATE)
                ? Refusal.unavailable(
                        "the request is too old, or the clocks of the load balancer and the database differ by minutes")
                : refused;
    }

    static boolean kept(PgException refused) {
        return refused.getSqlState().equals(KEPT)
                && "idempotent_requests_pkey".equals(refused.getConstraint());
    }
}
