package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Schema.Table;
import java.util.ArrayList;
import java.util.List;

/** A transaction that is about to commit, for checks. */
public final class Commit {
    private final Transaction transaction;
    private final String client;

    /**
     * A row that the transaction changes.
     *
     * @param before null if the transaction inserts the row
     * @param after null if the transaction deletes the row
     */
    public record RowChange(CommittedRow before, CommittedRow after) {}

    Commit(Transaction transaction, String client) {
        this.transaction = transaction;
        this.client = client;
    }

    /** Returns the name of the process that sent the transaction. */
    public String client() {
        return client;
    }

    /** Returns the rows of the table that the transaction changes, by their key. */
    public List<RowChange> changes(String table) {
        var of = Schema.table(table);
        var changes = new ArrayList<RowChange>();
        transaction
                .changes()
                .forEach(
                        table,
                        (key, after) ->
                                changes.add(
                                        new RowChange(
                                                row(of, transaction.committed(of, key)),
                                                row(of, after))));
        return changes;
    }

    /** Returns all rows of the table as the transaction leaves them, by their key. */
    public List<CommittedRow> rows(String table) {
        var of = Schema.table(table);
        return transaction.scan(of, Long.MAX_VALUE).stream().map(row -> row(of, row)).toList();
    }

    private static CommittedRow row(Table table, Object[] values) {
        return values == null ? null : new CommittedRow(table, values);
    }
}
