package io.autoserve.simulation.postgres;

import java.util.List;

/** The statements and expressions that the model understands. */
final class Sql {
    private Sql() {}

    /** One statement. A text that is sent at once may contain several. */
    sealed interface Statement {}

    /**
     * Begins a transaction.
     *
     * @param repeatable whether all statements of the transaction read the same snapshot
     */
    record Begin(boolean repeatable) implements Statement {}

    record Commit() implements Statement {}

    record Rollback() implements Statement {}

    /** Changes a setting until the end of the transaction. */
    record SetLocal(String name, String value) implements Statement {}

    record Listen() implements Statement {}

    /** Takes an exclusive lock on a whole table. */
    record LockTable(String table) implements Statement {}

    /**
     * @param conditions the parts of {@code where} and of the conditions of inner joins that must
     *     all hold. They are used to find rows by their key
     * @param limit null for all rows
     * @param lock null if the rows are not locked
     */
    record Select(
            boolean distinct,
            List<Item> items,
            List<Source> from,
            Expression where,
            List<Order> order,
            Expression limit,
            RowLock lock,
            List<Expression> conditions)
            implements Statement {}

    /**
     * Runs statements that name their results, and then a statement that uses them. All of them
     * read the same snapshot.
     */
    record With(List<Part> parts, Statement last) implements Statement {}

    /** A statement of a with-clause. */
    record Part(String name, Statement statement) {}

    /**
     * @param values the values of one row; empty if a query gives the rows
     * @param query gives the rows that are inserted; null if {@code values} does
     * @param conflict null if a row with the same key is an error
     * @param returning empty if nothing is returned
     */
    record Insert(
            String table,
            List<String> columns,
            List<Expression> values,
            Select query,
            Conflict conflict,
            List<Item> returning)
            implements Statement {}

    /**
     * What to do if there is a row with the same key.
     *
     * @param sets empty if the present row stays as it is
     */
    record Conflict(List<Assignment> sets) {}

    /**
     * @param target the table that is updated
     * @param from other tables that the condition uses
     */
    record Update(
            Source target,
            List<Assignment> sets,
            List<Source> from,
            Expression where,
            List<Item> returning,
            List<Expression> conditions)
            implements Statement {}

    /**
     * @param using other tables that the condition uses
     */
    record Delete(Source target, List<Source> using, Expression where, List<Expression> conditions)
            implements Statement {}

    record Assignment(String column, Expression value) {}

    /** A column of the result, or several. */
    sealed interface Item {
        /**
         * @param of alias of the table whose columns are meant; null for all tables
         */
        record All(String of) implements Item {}

        record Named(Expression value, String name) implements Item {}
    }

    /**
     * A table in the from-clause.
     *
     * @param outer whether the row before stays without a match (left join)
     * @param on condition of the join; null if there is none
     * @param records the rows, if they come from the statement instead of from a table; else null
     */
    record Source(String table, String alias, boolean outer, Expression on, Records records) {}

    /** The objects of an array of JSON as rows, as {@code jsonb_to_recordset} returns them. */
    record Records(Expression json, Schema.Table table) {}

    record Order(Expression by, boolean descending) {}

    /**
     * @param of alias of the table whose rows are locked; null for all tables
     */
    record RowLock(Locks.Mode mode, String of) {}

    /** A value that is computed for each row. */
    sealed interface Expression {
        record Literal(Object value) implements Expression {}

        record Parameter(int number) implements Expression {}

        /**
         * @param of alias of the table; null if only one table has such a column
         */
        record Column(String of, String name) implements Expression {}

        record Call(String function, List<Expression> arguments) implements Expression {}

        record Cast(Expression value, String type) implements Expression {}

        record Binary(String operator, Expression left, Expression right) implements Expression {}

        record Not(Expression value) implements Expression {}

        record IsNull(Expression value) implements Expression {}

        record In(Expression value, List<Expression> list) implements Expression {}

        /** Whether the operator holds for any element of an array. */
        record Any(String operator, Expression value, Expression array) implements Expression {}

        record Exists(Select query) implements Expression {}

        /** The first column of the only row; null if there is no row. */
        record Scalar(Select query) implements Expression {}
    }
}
