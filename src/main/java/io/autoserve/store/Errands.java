package io.autoserve.store;

import io.autoserve.model.Errand;
import io.autoserve.model.Refusal;
import io.autoserve.spec.Json;
import io.vertx.pgclient.PgException;
import java.util.Optional;

/** Which errands are done, and what was answered. They are kept for ten minutes. */
final class Errands {
    private static final String KEPT = "23505";
    private static final String TOO_LATE = "AS001";

    private Errands() {}

    /**
     * Goes on its way together with the commit, which fails where the errand is kept already, or
     * was asked for so long ago that nobody knows.
     */
    static void keep(Transaction transaction, Errand errand, Object answer) {
        transaction.tell(
                "select keep_errand($1, $2, $3, coalesce($4, clock_timestamp()), $5)",
                errand.asker(),
                errand.key(),
                errand.content(),
                Rows.time(errand.asked()),
                Json.write(answer));
    }

    /**
     * What was answered when it was done; empty where it was not.
     *
     * @throws Refusal where the key is that of another errand
     */
    static <T> Optional<T> answer(Transaction transaction, Errand errand, Class<T> type) {
        return transaction
                .first(
                        "select content, answer from errands where asker = $1 and key = $2",
                        errand.asker(),
                        errand.key())
                .map(row -> {
                    if (!row.getString("content").equals(errand.content())) {
                        throw Refusal.keyInUse(errand.key());
                    }
                    return Json.read(row.getString("answer"), type);
                });
    }

    /** What a failure of {@link #keep} means; any other is handed back. */
    static RuntimeException refusal(PgException refused) {
        return refused.getSqlState().equals(TOO_LATE)
                ? Refusal.unavailable(
                        "this was asked too long ago, or the clocks of load balancer and database differ by minutes")
                : refused;
    }

    static boolean kept(PgException refused) {
        return refused.getSqlState().equals(KEPT) && "errands_pkey".equals(refused.getConstraint());
    }
}
