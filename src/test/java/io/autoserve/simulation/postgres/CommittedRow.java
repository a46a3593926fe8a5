package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Schema.Table;

/** A row of the primary, for checks. */
public final class CommittedRow {
    private final Table table;
    private final Object[] values;

    CommittedRow(Table table, Object[] values) {
        this.table = table;
        this.values = values;
    }

    /** Returns the value of a column, which may be null. */
    public Object get(String column) {
        return values[table.required(column)];
    }
}
