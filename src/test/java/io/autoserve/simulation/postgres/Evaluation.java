package io.autoserve.simulation.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.simulation.postgres.Locks.Mode;
import io.autoserve.simulation.postgres.Schema.Table;
import io.autoserve.simulation.postgres.Sql.Expression;
import io.autoserve.simulation.postgres.Sql.Item;
import io.autoserve.simulation.postgres.Sql.Source;
import io.autoserve.spec.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One run of one statement. The statement reads one snapshot. If it has waited for a lock on a row
 * that another transaction changed meanwhile, it reads the newest version of this row and is
 * evaluated again, as in PostgreSQL.
 */
final class Evaluation {
    private final Backend backend;
    private final Transaction transaction;
    private final List<Object> parameters;
    private final long snapshot;

    /** The rows that this statement has locked, of which it reads the newest version. */
    private final Set<Locks.OfRow> refreshed = new HashSet<>();

    /** The results of a with-clause, by their names. */
    private final Map<String, Named> named = new HashMap<>();

    private record Named(Table table, List<Object[]> rows) {}

    Evaluation(Backend backend, Transaction transaction, List<Object> parameters, long snapshot) {
        this.backend = backend;
        this.transaction = transaction;
        this.parameters = parameters;
        this.snapshot = snapshot;
    }

    /** The rows of the tables that are joined so far. */
    private static final class Scope {
        private final Scope outer;
        private final List<Bound> bound = new ArrayList<>();

        Scope(Scope outer) {
            this.outer = outer;
        }

        Scope copy() {
            var copy = new Scope(outer);
            copy.bound.addAll(bound);
            return copy;
        }

        boolean has(String alias) {
            return bound.stream().anyMatch(it -> it.alias.equals(alias))
                    || (outer != null && outer.has(alias));
        }
    }

    /** One table of a join with its present row; a null row if a left join found none. */
    private static final class Bound {
        private final String alias;
        private final Table table;
        private final Object[] row;

        Bound(String alias, Table table, Object[] row) {
            this.alias = alias;
            this.table = table;
            this.row = row;
        }
    }

    private interface Match {
        /**
         * @return whether to look for further matches
         */
        boolean found(Scope scope) throws Refused, InterruptedException;
    }

    Result run(Sql.Statement statement) throws Refused, InterruptedException {
        return switch (statement) {
            case Sql.With with -> with(with);
            case Sql.Select select -> select(select);
            case Sql.Insert insert -> insert(insert);
            case Sql.Update update -> update(update);
            case Sql.Delete delete -> delete(delete);
            default -> throw new UnsupportedOperationException(statement.toString());
        };
    }

    private Result with(Sql.With with) throws Refused, InterruptedException {
        for (var part : with.parts()) {
            var result = run(part.statement());
            var columns =
                    result.columns().stream()
                            .map(name -> new Schema.Column(name, null, false, null))
                            .toList();
            named.put(part.name(), new Named(Schema.derived(part.name(), columns), result.rows()));
        }
        return run(with.last());
    }

    private Result select(Sql.Select select) throws Refused, InterruptedException {
        var matches = matches(select, null);
        var lock = select.lock();
        while (lock != null && lockedAnew(matches, lock)) {
            matches = matches(select, null);
        }
        return projected(select, matches);
    }

    /**
     * Locks the rows of the matches.
     *
     * @return whether another transaction had changed one of them, so that the statement must be
     *     evaluated again
     */
    private boolean lockedAnew(List<Scope> matches, Sql.RowLock lock)
            throws Refused, InterruptedException {
        var anew = false;
        for (var scope : matches) {
            for (var bound : scope.bound) {
                if (bound.row != null && (lock.of() == null || lock.of().equals(bound.alias))) {
                    anew |= lockedAnew(bound.table, bound.table.key(bound.row), lock.mode());
                }
            }
        }
        return anew;
    }

    private boolean lockedAnew(Table table, Key key, Mode mode)
            throws Refused, InterruptedException {
        var row = new Locks.OfRow(table.name(), key);
        backend.lock(transaction, row, mode);
        return backend.node.store().changedAt(table, key) > snapshot && refreshed.add(row);
    }

    private Result projected(Sql.Select select, List<Scope> matches)
            throws Refused, InterruptedException {
        var columns = columns(select.items(), select.from());
        if (isAggregate(select.items())) {
            var row = new ArrayList<Object>();
            for (var item : select.items()) {
                row.add(aggregate(((Item.Named) item).value(), matches));
            }
            return new Result(columns, List.<Object[]>of(row.toArray()), 1);
        }
        var ordered = ordered(select, matches);
        var rows = new ArrayList<Object[]>();
        var seen = new LinkedHashSet<List<Object>>();
        for (var scope : ordered) {
            var row = values(select.items(), scope);
            if (!select.distinct() || seen.add(Arrays.asList(row))) {
                rows.add(row);
            }
        }
        return new Result(columns, rows, rows.size());
    }

    private List<Scope> ordered(Sql.Select select, List<Scope> matches)
            throws Refused, InterruptedException {
        var ordered = new ArrayList<>(matches);
        if (!select.order().isEmpty()) {
            var keyed = new ArrayList<Keyed>();
            for (var scope : matches) {
                var keys = new ArrayList<Object>();
                for (var order : select.order()) {
                    keys.add(value(order.by(), scope));
                }
                keyed.add(new Keyed(scope, keys));
            }
            keyed.sort(comparator(select.order()));
            ordered.clear();
            keyed.forEach(it -> ordered.add(it.scope));
        }
        if (select.limit() == null) {
            return ordered;
        }
        var limit = ((Number) value(select.limit(), new Scope(null))).intValue();
        return ordered.subList(0, Math.min(limit, ordered.size()));
    }

    private record Keyed(Scope scope, List<Object> keys) {}

    private static Comparator<Keyed> comparator(List<Sql.Order> orders) {
        return (one, other) -> {
            for (var i = 0; i < orders.size(); i++) {
                var difference = compared(one.keys.get(i), other.keys.get(i));
                if (difference != 0) {
                    return orders.get(i).descending() ? -difference : difference;
                }
            }
            return 0;
        };
    }

    /** Compares two values. Null is higher than every other value, as in PostgreSQL. */
    private static int compared(Object one, Object other) {
        if (one == null || other == null) {
            return Boolean.compare(one == null, other == null);
        }
        return Key.compare(one, other);
    }

    /** Returns every combination of rows that the from-clause and the condition allow. */
    private List<Scope> matches(Sql.Select select, Scope outer)
            throws Refused, InterruptedException {
        var matches = new ArrayList<Scope>();
        join(
                select.from(),
                0,
                new Scope(outer),
                select.where(),
                select.conditions(),
                scope -> {
                    matches.add(scope.copy());
                    return true;
                });
        return matches;
    }

    private boolean join(
            List<Source> sources,
            int index,
            Scope scope,
            Expression where,
            List<Expression> conditions,
            Match match)
            throws Refused, InterruptedException {
        if (index == sources.size()) {
            return (where != null && !holds(where, scope)) || match.found(scope);
        }
        var source = sources.get(index);
        var table = table(source);
        var any = false;
        for (var row : candidates(source, table, scope, sources.size() == 1, conditions)) {
            scope.bound.add(new Bound(source.alias(), table, row));
            var joins = source.on() == null || holds(source.on(), scope);
            any |= joins;
            var goOn = !joins || join(sources, index + 1, scope, where, conditions, match);
            scope.bound.removeLast();
            if (!goOn) {
                return false;
            }
        }
        if (!any && source.outer()) {
            scope.bound.add(new Bound(source.alias(), table, null));
            var goOn = join(sources, index + 1, scope, where, conditions, match);
            scope.bound.removeLast();
            return goOn;
        }
        return true;
    }

    private Table table(Source source) {
        if (source.records() != null) {
            return source.records().table();
        }
        var result = named.get(source.table());
        return result == null ? Schema.table(source.table()) : result.table();
    }

    private List<Object[]> records(Sql.Records records, Scope scope)
            throws Refused, InterruptedException {
        var rows = new ArrayList<Object[]>();
        var columns = records.table().columns();
        for (var object :
                Json.read(String.valueOf(value(records.json(), scope)), JsonNode[].class)) {
            var row = new Object[columns.size()];
            for (var i = 0; i < row.length; i++) {
                row[i] = columns.get(i).type().ofJson(object.get(columns.get(i).name()));
            }
            rows.add(row);
        }
        return rows;
    }

    /** Returns the row with the key that the conditions name, or all rows if they name none. */
    private List<Object[]> candidates(
            Source source, Table table, Scope scope, boolean alone, List<Expression> conditions)
            throws Refused, InterruptedException {
        if (source.records() != null) {
            return records(source.records(), scope);
        }
        var result = named.get(source.table());
        if (result != null) {
            return result.rows();
        }
        var key = new ArrayList<Object>();
        for (var column : table.key()) {
            Expression value = null;
            for (var condition : conditions) {
                value = value == null ? equal(condition, source, column, scope, alone) : value;
            }
            var known = value == null ? null : value(value, scope);
            if (known == null) {
                return scan(table);
            }
            key.add(table.columns().get(table.required(column)).type().of(known));
        }
        var row = get(table, new Key(key));
        return row == null ? List.of() : List.<Object[]>of(row);
    }

    /**
     * Returns the expression that equals the column if the condition holds, as far as it depends
     * only on tables that are joined already; otherwise null.
     */
    private static Expression equal(
            Expression condition, Source source, String column, Scope scope, boolean alone) {
        if (!(condition instanceof Expression.Binary(var operator, var left, var right))
                || !operator.equals("=")) {
            return null;
        }
        if (is(left, source, column, alone) && isKnown(right, scope)) {
            return right;
        }
        return is(right, source, column, alone) && isKnown(left, scope) ? left : null;
    }

    private static boolean is(Expression value, Source source, String column, boolean alone) {
        return value instanceof Expression.Column(var of, var name)
                && name.equals(column)
                && (of == null ? alone : of.equals(source.alias()));
    }

    private static boolean isKnown(Expression value, Scope scope) {
        return switch (value) {
            case Expression.Literal _, Expression.Parameter _ -> true;
            case Expression.Column(var of, _) -> of != null && scope.has(of);
            case Expression.Cast(var inner, _) -> isKnown(inner, scope);
            default -> false;
        };
    }

    private Object[] get(Table table, Key key) {
        return refreshed.contains(new Locks.OfRow(table.name(), key))
                ? transaction.newest(table, key)
                : transaction.get(table, key, snapshot);
    }

    private List<Object[]> scan(Table table) {
        var rows = transaction.scan(table, snapshot);
        if (refreshed.stream().noneMatch(row -> row.table().equals(table.name()))) {
            return rows;
        }
        var fresh = new ArrayList<Object[]>();
        for (var row : rows) {
            var newest = get(table, table.key(row));
            if (newest != null) {
                fresh.add(newest);
            }
        }
        return fresh;
    }

    private static boolean isAggregate(List<Item> items) {
        return items.stream()
                .anyMatch(item -> item instanceof Item.Named(var value, _) && isAggregate(value));
    }

    private static boolean isAggregate(Expression value) {
        return switch (value) {
            case Expression.Call(var function, var arguments) ->
                    isAggregate(function) || arguments.stream().anyMatch(Evaluation::isAggregate);
            case Expression.Cast(var inner, _) -> isAggregate(inner);
            default -> false;
        };
    }

    private static boolean isAggregate(String function) {
        return function.equals("count") || function.equals("sum") || function.equals("max");
    }

    private Object aggregate(Expression value, List<Scope> matches)
            throws Refused, InterruptedException {
        return switch (value) {
            case Expression.Call(var function, var arguments) when isAggregate(function) -> {
                if (function.equals("count")) {
                    yield (long) matches.size();
                }
                Object result = null;
                for (var scope : matches) {
                    var next = value(arguments.getFirst(), scope);
                    if (next == null) {
                        continue;
                    }
                    if (result == null) {
                        result = next;
                    } else if (function.equals("sum")) {
                        result = ((Number) result).longValue() + ((Number) next).longValue();
                    } else {
                        result = Key.compare(result, next) < 0 ? next : result;
                    }
                }
                yield result;
            }
            case Expression.Call(var function, var arguments) when function.equals("coalesce") -> {
                Object result = null;
                for (var argument : arguments) {
                    result = result == null ? aggregate(argument, matches) : result;
                }
                yield result;
            }
            case Expression.Cast(var inner, _) -> aggregate(inner, matches);
            default -> value(value, new Scope(null));
        };
    }

    private List<String> columns(List<Item> items, List<Source> from) {
        var names = new ArrayList<String>();
        for (var item : items) {
            switch (item) {
                case Item.Named(_, var name) -> names.add(name);
                case Item.All(var of) ->
                        from.stream()
                                .filter(source -> of == null || of.equals(source.alias()))
                                .flatMap(source -> table(source).columns().stream())
                                .forEach(column -> names.add(column.name()));
            }
        }
        return names;
    }

    private Object[] values(List<Item> items, Scope scope) throws Refused, InterruptedException {
        var values = new ArrayList<Object>();
        for (var item : items) {
            switch (item) {
                case Item.Named(var value, _) -> values.add(value(value, scope));
                case Item.All(var of) -> {
                    for (var bound : scope.bound) {
                        if (of == null || of.equals(bound.alias)) {
                            values.addAll(
                                    bound.row == null
                                            ? Collections.nCopies(
                                                    bound.table.columns().size(), null)
                                            : Arrays.asList(bound.row));
                        }
                    }
                }
            }
        }
        return values.toArray();
    }

    private Result insert(Sql.Insert insert) throws Refused, InterruptedException {
        if (insert.query() != null) {
            var inserted = 0;
            for (var values : select(insert.query()).rows()) {
                inserted += insert(insert, values).changed();
            }
            return new Result(List.of(), List.of(), inserted);
        }
        var values = new ArrayList<Object>();
        for (var value : insert.values()) {
            values.add(value(value, new Scope(null)));
        }
        return insert(insert, values.toArray());
    }

    private Result insert(Sql.Insert insert, Object[] values) throws Refused, InterruptedException {
        var table = Schema.table(insert.table());
        var row = new Object[table.columns().size()];
        for (var i = 0; i < row.length; i++) {
            row[i] = table.columns().get(i).initial();
        }
        for (var i = 0; i < insert.columns().size(); i++) {
            set(table, row, insert.columns().get(i), values[i]);
        }
        if (table.identity() != null) {
            set(
                    table,
                    row,
                    table.identity(),
                    backend.node.store().next(table.name() + "." + table.identity()));
        }
        requireValues(table, row);
        var key = table.key(row);
        backend.lock(transaction, new Locks.OfRow(table.name(), key), Mode.UPDATE);
        var present = transaction.newest(table, key);
        if (present == null) {
            put(table, key, null, row);
            return new Result(
                    columns(insert.returning(), List.of()),
                    returned(insert.returning(), table, table.name(), row),
                    1);
        }
        if (insert.conflict() == null) {
            throw Refused.unique(table.name() + "_pkey");
        }
        if (insert.conflict().sets().isEmpty()) {
            return Result.NOTHING;
        }
        var scope = new Scope(null);
        scope.bound.add(new Bound(table.name(), table, present));
        scope.bound.add(new Bound("excluded", table, row));
        put(table, key, present, changed(table, present, insert.conflict().sets(), scope));
        return new Result(List.of(), List.of(), 1);
    }

    private List<Object[]> returned(List<Item> items, Table table, String alias, Object[] row)
            throws Refused, InterruptedException {
        if (items.isEmpty()) {
            return List.of();
        }
        var scope = new Scope(null);
        scope.bound.add(new Bound(alias, table, row));
        return List.<Object[]>of(values(items, scope));
    }

    private static void set(Table table, Object[] row, String column, Object value) {
        var index = table.required(column);
        row[index] = table.columns().get(index).type().of(value);
    }

    private static void requireValues(Table table, Object[] row) throws Refused {
        for (var i = 0; i < row.length; i++) {
            if (row[i] == null && table.columns().get(i).required()) {
                throw Refused.with(
                        "23502",
                        "null value in column \"%s\" of relation \"%s\" violates not-null constraint"
                                .formatted(table.columns().get(i).name(), table.name()));
            }
        }
    }

    private Object[] changed(Table table, Object[] before, List<Sql.Assignment> sets, Scope scope)
            throws Refused, InterruptedException {
        var row = before.clone();
        for (var set : sets) {
            set(table, row, set.column(), value(set.value(), scope));
        }
        requireValues(table, row);
        return row;
    }

    /** Writes the row, after the checks of unique columns and foreign keys. */
    private void put(Table table, Key key, Object[] before, Object[] row)
            throws Refused, InterruptedException {
        for (var column : table.unique()) {
            var index = table.required(column);
            if (before == null || !Objects.equals(before[index], row[index])) {
                requireUnique(table, key, column, row[index]);
            }
        }
        for (var parent : table.parents()) {
            requireParent(table, parent, before, row);
        }
        transaction.put(table, key, row);
    }

    private void requireUnique(Table table, Key key, String column, Object value)
            throws Refused, InterruptedException {
        backend.lock(transaction, new Locks.Unique(table.name(), column, value), Mode.UPDATE);
        var index = table.required(column);
        for (var other : transaction.scan(table, Long.MAX_VALUE)) {
            if (Objects.equals(other[index], value) && !table.key(other).equals(key)) {
                throw Refused.unique("%s_%s_key".formatted(table.name(), column));
            }
        }
    }

    private void requireParent(Table table, Schema.Parent parent, Object[] before, Object[] row)
            throws Refused, InterruptedException {
        var to = Schema.table(parent.table());
        var values = new ArrayList<Object>();
        var same = before != null;
        for (var i = 0; i < parent.columns().size(); i++) {
            var index = table.required(parent.columns().get(i));
            same = same && Objects.equals(before[index], row[index]);
            var type = to.columns().get(to.required(to.key().get(i))).type();
            values.add(type.of(row[index]));
        }
        if (same || values.contains(null)) {
            return;
        }
        var key = new Key(values);
        backend.lock(transaction, new Locks.OfRow(to.name(), key), Mode.KEY_SHARE);
        if (transaction.newest(to, key) == null) {
            throw Refused.foreignKey(table.name(), to.name());
        }
    }

    private Result update(Sql.Update update) throws Refused, InterruptedException {
        var sources = new ArrayList<Source>();
        sources.add(update.target());
        sources.addAll(update.from());
        var matches =
                lockedTargets(sources, update.where(), update.conditions(), Mode.NO_KEY_UPDATE);
        var table = Schema.table(update.target().table());
        var columns = columns(update.returning(), List.of(update.target()));
        var rows = new ArrayList<Object[]>();
        for (var scope : matches) {
            var before = scope.bound.getFirst().row;
            var row = changed(table, before, update.sets(), scope);
            put(table, table.key(before), before, row);
            rows.addAll(returned(update.returning(), table, update.target().alias(), row));
        }
        return new Result(columns, rows, matches.size());
    }

    private Result delete(Sql.Delete delete) throws Refused, InterruptedException {
        var sources = new ArrayList<Source>();
        sources.add(delete.target());
        sources.addAll(delete.using());
        var matches = lockedTargets(sources, delete.where(), delete.conditions(), Mode.UPDATE);
        var table = Schema.table(delete.target().table());
        for (var scope : matches) {
            remove(table, scope.bound.getFirst().row);
        }
        return new Result(List.of(), List.of(), matches.size());
    }

    /**
     * Returns the combinations of rows that match, after the rows of the first table are locked.
     */
    private List<Scope> lockedTargets(
            List<Source> sources, Expression where, List<Expression> conditions, Mode mode)
            throws Refused, InterruptedException {
        while (true) {
            var matches = new ArrayList<Scope>();
            join(
                    sources,
                    0,
                    new Scope(null),
                    where,
                    conditions,
                    scope -> {
                        matches.add(scope.copy());
                        return true;
                    });
            var anew = false;
            for (var scope : matches) {
                var target = scope.bound.getFirst();
                anew |= lockedAnew(target.table, target.table.key(target.row), mode);
            }
            if (!anew) {
                return matches;
            }
        }
    }

    /** Deletes a row with the rows that belong to it. Refuses if others still refer to it. */
    private void remove(Table table, Object[] row) throws Refused, InterruptedException {
        var key = table.key(row);
        backend.lock(transaction, new Locks.OfRow(table.name(), key), Mode.UPDATE);
        for (var child : Schema.TABLES.values()) {
            for (var parent : child.parents()) {
                if (parent.table().equals(table.name())) {
                    for (var other : children(child, parent, table, key)) {
                        if (!table.cascades().containsKey(child.name())) {
                            throw Refused.foreignKey(child.name(), table.name());
                        }
                        remove(child, other);
                    }
                }
            }
        }
        transaction.put(table, key, null);
    }

    private List<Object[]> children(Table child, Schema.Parent parent, Table table, Key key) {
        var found = new ArrayList<Object[]>();
        for (var row : transaction.scan(child, Long.MAX_VALUE)) {
            var values = new ArrayList<Object>();
            for (var i = 0; i < parent.columns().size(); i++) {
                var type = table.columns().get(table.required(table.key().get(i))).type();
                values.add(type.of(row[child.required(parent.columns().get(i))]));
            }
            if (values.equals(key.values())) {
                found.add(row);
            }
        }
        return found;
    }

    private boolean holds(Expression condition, Scope scope) throws Refused, InterruptedException {
        return Boolean.TRUE.equals(value(condition, scope));
    }

    private Object value(Expression expression, Scope scope) throws Refused, InterruptedException {
        return switch (expression) {
            case Expression.Literal(var value) -> value;
            case Expression.Parameter(var number) -> parameters.get(number - 1);
            case Expression.Column(var of, var name) -> column(of, name, scope);
            case Expression.Call(var function, var arguments) -> call(function, arguments, scope);
            case Expression.Cast(var value, var type) -> cast(value(value, scope), type);
            case Expression.Binary(var operator, var left, var right) ->
                    binary(operator, left, right, scope);
            case Expression.Not(var value) -> {
                var known = (Boolean) value(value, scope);
                yield known == null ? null : Boolean.valueOf(!known);
            }
            case Expression.IsNull(var value) -> value(value, scope) == null;
            case Expression.In(var value, var list) -> in(value(value, scope), list, scope);
            case Expression.Any(var operator, var value, var array) ->
                    any(operator, value(value, scope), (Object[]) value(array, scope));
            case Expression.Exists(var query) -> exists(query, scope);
            case Expression.Scalar(var query) -> scalar(query, scope);
        };
    }

    private static Object column(String of, String name, Scope scope) {
        for (var level = scope; level != null; level = level.outer) {
            for (var bound : level.bound) {
                var index = bound.table.index(name);
                if (index >= 0 && (of == null || of.equals(bound.alias))) {
                    return bound.row == null ? null : bound.row[index];
                }
            }
        }
        throw new UnsupportedOperationException(
                "the model finds no column %s".formatted(of == null ? name : of + "." + name));
    }

    private Object call(String function, List<Expression> arguments, Scope scope)
            throws Refused, InterruptedException {
        if (function.equals("coalesce")) {
            for (var argument : arguments) {
                var value = value(argument, scope);
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
        var values = new ArrayList<Object>();
        for (var argument : arguments) {
            values.add(value(argument, scope));
        }
        return switch (function) {
            case "greatest" -> extreme(values, 1);
            case "least" -> extreme(values, -1);
            case "substr" ->
                    ((String) values.get(0))
                            .substring(
                                    ((Number) values.get(1)).intValue() - 1,
                                    ((Number) values.get(1)).intValue()
                                            - 1
                                            + ((Number) values.get(2)).intValue());
            default -> backend.call(transaction, function, values);
        };
    }

    private static Object extreme(List<Object> values, int sign) {
        return values.stream()
                .filter(Objects::nonNull)
                .max((one, other) -> sign * Key.compare(one, other))
                .orElse(null);
    }

    private static Object cast(Object value, String type) {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case "bit" -> Long.valueOf(((String) value).substring(1), 16); // x followed by digits
            case "bigint" ->
                    value instanceof String text
                            ? Long.valueOf(text)
                            : Long.valueOf(((Number) value).longValue());
            case "integer", "int" ->
                    value instanceof String text
                            ? Integer.valueOf(text)
                            : Integer.valueOf(((Number) value).intValue());
            case "text", "jsonb", "timestamptz", "text[]" -> value;
            default -> throw new UnsupportedOperationException("the model has no type " + type);
        };
    }

    private Object binary(String operator, Expression left, Expression right, Scope scope)
            throws Refused, InterruptedException {
        var one = value(left, scope);
        if (operator.equals("and")) {
            return Boolean.FALSE.equals(one) ? false : and(one, value(right, scope));
        }
        if (operator.equals("or")) {
            return Boolean.TRUE.equals(one) ? true : or(one, value(right, scope));
        }
        return binary(operator, one, value(right, scope));
    }

    private static Object and(Object one, Object other) {
        if (Boolean.FALSE.equals(other)) {
            return false;
        }
        if (one == null || other == null) {
            return null;
        }
        return true;
    }

    private static Object or(Object one, Object other) {
        if (Boolean.TRUE.equals(other)) {
            return true;
        }
        if (one == null || other == null) {
            return null;
        }
        return false;
    }

    private static Object binary(String operator, Object one, Object other) {
        if (operator.equals("distinct")) {
            if (one == null || other == null) {
                return (one == null) != (other == null);
            }
            return Key.compare(one, other) != 0;
        }
        if (one == null || other == null) {
            return null;
        }
        return switch (operator) {
            case "=" -> Key.compare(one, other) == 0;
            case "<>" -> Key.compare(one, other) != 0;
            case "<" -> Key.compare(one, other) < 0;
            case ">" -> Key.compare(one, other) > 0;
            case "<=" -> Key.compare(one, other) <= 0;
            case ">=" -> Key.compare(one, other) >= 0;
            case "+" -> ((Number) one).longValue() + ((Number) other).longValue();
            case "-" -> ((Number) one).longValue() - ((Number) other).longValue();
            case "*" -> ((Number) one).longValue() * ((Number) other).longValue();
            case "||" -> String.valueOf(one) + other;
            default ->
                    throw new UnsupportedOperationException(
                            "the model does not know the operator " + operator);
        };
    }

    private Object in(Object value, List<Expression> list, Scope scope)
            throws Refused, InterruptedException {
        Object result = false;
        for (var element : list) {
            var equal = binary("=", value, value(element, scope));
            result = or(result, equal);
        }
        return result;
    }

    private static Object any(String operator, Object value, Object[] array) {
        if (array == null) {
            return null;
        }
        Object result = false;
        for (var element : array) {
            result = or(result, binary(operator, value, element));
        }
        return result;
    }

    private boolean exists(Sql.Select query, Scope scope) throws Refused, InterruptedException {
        return !join(
                query.from(), 0, new Scope(scope), query.where(), query.conditions(), _ -> false);
    }

    private Object scalar(Sql.Select query, Scope scope) throws Refused, InterruptedException {
        var newest = newestKey(query);
        if (newest != null) {
            return newest.values().getFirst();
        }
        var result = projected(query, matches(query, scope));
        return result.rows().isEmpty() ? null : result.rows().getFirst()[0];
    }

    /**
     * Answers {@code select coalesce(max(seq), 0) from events} without reading all events; null for
     * other queries, and if this transaction may not see the newest event.
     */
    private Key newestKey(Sql.Select query) {
        if (query.from().size() != 1
                || !query.from().getFirst().table().equals("events")
                || query.where() != null
                || !isAggregate(query.items())) {
            return null;
        }
        var events = Schema.table("events");
        var last = backend.node.store().last(events);
        return last == null
                        || backend.node.store().changedAt(events, last) > snapshot
                        || query.items().size() != 1
                ? null
                : last;
    }
}
