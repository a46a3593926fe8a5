package io.autoserve.simulation.postgres;

import io.vertx.sqlclient.PropertyKind;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.desc.ColumnDescriptor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** The rows of one result, as the driver of PostgreSQL returns them. */
final class Answers implements RowSet<Row> {
    private final List<String> columns;
    private final List<Row> rows;
    private final int changed;

    Answers(Result result) {
        this.columns = result.columns();
        this.changed = result.changed();
        var converted = new ArrayList<Row>();
        result.rows().forEach(values -> converted.add(new OneRow(columns, values)));
        this.rows = converted;
    }

    private Answers(List<String> columns, int changed) {
        this.columns = columns;
        this.rows = List.of();
        this.changed = changed;
    }

    @Override
    public RowIterator<Row> iterator() {
        return new Each(rows.iterator());
    }

    private record Each(Iterator<Row> rest) implements RowIterator<Row> {
        @Override
        public boolean hasNext() {
            return rest.hasNext();
        }

        @Override
        public Row next() {
            return rest.next();
        }
    }

    /** Returns the result of the last statement, if the message had several statements. */
    @Override
    public RowSet<Row> next() {
        return this;
    }

    @Override
    public int rowCount() {
        return changed;
    }

    @Override
    public List<String> columnsNames() {
        return columns;
    }

    @Override
    public List<ColumnDescriptor> columnDescriptors() {
        throw new UnsupportedOperationException("the model does not describe columns");
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public <V> V property(PropertyKind<V> kind) {
        throw new UnsupportedOperationException("the model has no properties of results");
    }

    @Override
    public RowSet<Row> value() {
        return this;
    }

    /** Returns an answer without rows. */
    static Answers none() {
        return new Answers(List.of(), 0);
    }

    private static final class OneRow implements Row {
        private final List<String> columns;
        private final Object[] values;

        OneRow(List<String> columns, Object[] values) {
            this.columns = columns;
            this.values = values;
        }

        @Override
        public String getColumnName(int position) {
            return columns.get(position);
        }

        @Override
        public int getColumnIndex(String column) {
            return columns.indexOf(column);
        }

        @Override
        public Object getValue(int position) {
            return values[position];
        }

        @Override
        public Tuple addValue(Object value) {
            throw new UnsupportedOperationException("a row of a result does not change");
        }

        @Override
        public int size() {
            return values.length;
        }

        @Override
        public void clear() {
            throw new UnsupportedOperationException("a row of a result does not change");
        }

        @Override
        public List<Class<?>> types() {
            var types = new ArrayList<Class<?>>();
            Arrays.asList(values)
                    .forEach(value -> types.add(value == null ? Object.class : value.getClass()));
            return types;
        }
    }
}
