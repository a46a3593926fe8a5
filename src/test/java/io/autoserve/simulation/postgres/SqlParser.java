package io.autoserve.simulation.postgres;

import io.autoserve.simulation.postgres.Sql.Expression;
import io.autoserve.simulation.postgres.Sql.Item;
import io.autoserve.simulation.postgres.Sql.Source;
import io.autoserve.simulation.postgres.Sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** Reads the text of statements. */
final class SqlParser {
    private static final Map<String, List<Statement>> KNOWN = new ConcurrentHashMap<>();

    private static final Pattern TOKEN =
            Pattern.compile(
                    "\\s*(?:(--[^\\n]*)|('(?:[^']|'')*')|([A-Za-z_][A-Za-z0-9_]*)|(\\$[0-9]+)|([0-9]+)"
                            + "|(::|<>|<=|>=|\\|\\||[(),.;*=<>+\\-/%\\[\\]]))");

    /** Words that are never the alias of a table. */
    private static final Set<String> RESERVED =
            Set.of(
                    "where",
                    "join",
                    "left",
                    "inner",
                    "cross",
                    "on",
                    "order",
                    "limit",
                    "for",
                    "set",
                    "from",
                    "returning",
                    "using",
                    "and",
                    "or",
                    "values",
                    "group");

    private static final Set<String> COMPARISONS = Set.of("=", "<>", "<", ">", "<=", ">=");

    private final String text;
    private final List<String> tokens;
    private int next;

    private SqlParser(String text) {
        this.text = text;
        this.tokens = tokens(text);
    }

    /** Returns the statements in this text. The result is kept, because texts are few. */
    static List<Statement> parse(String text) {
        return KNOWN.computeIfAbsent(text, it -> new SqlParser(it).statements());
    }

    private static List<String> tokens(String text) {
        var tokens = new ArrayList<String>();
        var matcher = TOKEN.matcher(text);
        var end = 0;
        while (matcher.lookingAt()) {
            if (matcher.group(1) == null) {
                var token = matcher.group().strip();
                tokens.add(matcher.group(2) == null ? token.toLowerCase(Locale.ROOT) : token);
            }
            end = matcher.end();
            matcher.region(end, text.length());
        }
        if (!text.substring(end).isBlank()) {
            throw new UnsupportedOperationException(
                    "the model cannot read this SQL from '%s' on: %s"
                            .formatted(text.substring(end), text));
        }
        return tokens;
    }

    private List<Statement> statements() {
        var statements = new ArrayList<Statement>();
        while (next < tokens.size()) {
            statements.add(statement());
            if (!accept(";") && next < tokens.size()) {
                throw unknown();
            }
        }
        return List.copyOf(statements);
    }

    private Statement statement() {
        if (accept("begin")) {
            var repeatable = accept("isolation");
            if (repeatable) {
                expect("level", "repeatable", "read", "read", "only");
            }
            return new Sql.Begin(repeatable);
        }
        if (accept("commit")) {
            return new Sql.Commit();
        }
        if (accept("rollback")) {
            return new Sql.Rollback();
        }
        if (accept("set")) {
            expect("local");
            var name = take();
            expect("to");
            return new Sql.SetLocal(name, take());
        }
        if (accept("listen")) {
            take();
            return new Sql.Listen();
        }
        if (accept("lock")) {
            expect("table");
            var table = take();
            expect("in", "exclusive", "mode");
            return new Sql.LockTable(table);
        }
        if (accept("with")) {
            return with();
        }
        if (accept("select")) {
            return select();
        }
        if (accept("insert")) {
            return insert();
        }
        if (accept("update")) {
            return update();
        }
        if (accept("delete")) {
            return delete();
        }
        throw unknown();
    }

    private Statement with() {
        var parts = new ArrayList<Sql.Part>();
        do {
            var name = take();
            expect("as", "(");
            parts.add(new Sql.Part(name, statement()));
            expect(")");
        } while (accept(","));
        return new Sql.With(List.copyOf(parts), statement());
    }

    private Sql.Select select() {
        var distinct = accept("distinct");
        var items = atEndOfItems() ? List.<Item>of() : items();
        var from = accept("from") ? sources() : List.<Source>of();
        var where = accept("where") ? expression() : null;
        var order = new ArrayList<Sql.Order>();
        if (accept("order")) {
            expect("by");
            do {
                var by = expression();
                var descending = accept("desc");
                if (!descending) {
                    accept("asc");
                }
                order.add(new Sql.Order(by, descending));
            } while (accept(","));
        }
        var limit = accept("limit") ? expression() : null;
        Sql.RowLock lock = null;
        if (accept("for")) {
            lock = new Sql.RowLock(lockMode(), accept("of") ? take() : null);
        }
        return new Sql.Select(
                distinct,
                items,
                from,
                where,
                List.copyOf(order),
                limit,
                lock,
                conditions(where, from));
    }

    private Locks.Mode lockMode() {
        if (accept("key")) {
            expect("share");
            return Locks.Mode.KEY_SHARE;
        }
        if (accept("share")) {
            return Locks.Mode.SHARE;
        }
        expect("update");
        return Locks.Mode.UPDATE;
    }

    private boolean atEndOfItems() {
        return next >= tokens.size() || at("from") || at(")") || at(";") || at("where");
    }

    private List<Item> items() {
        var items = new ArrayList<Item>();
        do {
            if (accept("*")) {
                items.add(new Item.All(null));
            } else if (at("*", 2) && at(".", 1)) {
                var of = take();
                expect(".", "*");
                items.add(new Item.All(of));
            } else {
                var value = expression();
                items.add(new Item.Named(value, accept("as") ? take() : name(value)));
            }
        } while (accept(","));
        return List.copyOf(items);
    }

    private static String name(Expression value) {
        return switch (value) {
            case Expression.Column column -> column.name();
            case Expression.Call call -> call.function();
            case Expression.Cast cast -> name(cast.value());
            default -> "?column?";
        };
    }

    private List<Source> sources() {
        var sources = new ArrayList<Source>();
        sources.add(source(false, ""));
        var first = sources.getFirst().alias();
        while (true) {
            if (accept(",") || accept("join")) {
                sources.add(source(false, first));
            } else if (accept("left")) {
                expect("join");
                sources.add(source(true, first));
            } else {
                return List.copyOf(sources);
            }
        }
    }

    /**
     * @param first alias of the first table, to which {@code using} refers
     */
    private Source source(boolean outer, String first) {
        var table = take();
        if (table.equals("jsonb_to_recordset")) {
            return records(outer, first);
        }
        accept("as");
        var alias = next < tokens.size() && isAlias(peek()) ? take() : table;
        return new Source(table, alias, outer, joined(first, alias), null);
    }

    private Source records(boolean outer, String first) {
        expect("(");
        var json = expression();
        expect(")", "as");
        var alias = take();
        expect("(");
        var columns = new ArrayList<String>();
        do {
            columns.add(take() + " " + take());
        } while (accept(","));
        expect(")");
        var table = Schema.derived(alias, columns.stream().map(Schema::column).toList());
        return new Source(alias, alias, outer, joined(first, alias), new Sql.Records(json, table));
    }

    private Expression joined(String first, String alias) {
        if (accept("on")) {
            return expression();
        }
        if (!accept("using")) {
            return null;
        }
        expect("(");
        var column = take();
        expect(")");
        return new Expression.Binary(
                "=", new Expression.Column(first, column), new Expression.Column(alias, column));
    }

    private static boolean isAlias(String token) {
        return Character.isLetter(token.charAt(0)) && !RESERVED.contains(token);
    }

    private Statement insert() {
        expect("into");
        var table = take();
        expect("(");
        var columns = new ArrayList<String>();
        do {
            columns.add(take());
        } while (accept(","));
        expect(")");
        var query = accept("select") ? select() : null;
        var values = List.<Expression>of();
        if (query == null) {
            expect("values", "(");
            values = list();
        }
        Sql.Conflict conflict = null;
        if (accept("on")) {
            expect("conflict");
            if (accept("(")) {
                while (!accept(")")) {
                    take();
                }
            }
            expect("do");
            if (accept("nothing")) {
                conflict = new Sql.Conflict(List.of());
            } else {
                expect("update", "set");
                conflict = new Sql.Conflict(assignments());
            }
        }
        return new Sql.Insert(table, List.copyOf(columns), values, query, conflict, returning());
    }

    private Statement update() {
        var target = target();
        expect("set");
        var sets = assignments();
        var from = accept("from") ? sources() : List.<Source>of();
        var where = accept("where") ? expression() : null;
        return new Sql.Update(target, sets, from, where, returning(), conditions(where, from));
    }

    private Statement delete() {
        expect("from");
        var target = target();
        var using = accept("using") ? sources() : List.<Source>of();
        var where = accept("where") ? expression() : null;
        return new Sql.Delete(target, using, where, conditions(where, using));
    }

    private Source target() {
        var table = take();
        var alias = next < tokens.size() && isAlias(peek()) ? take() : table;
        return new Source(table, alias, false, null, null);
    }

    private List<Sql.Assignment> assignments() {
        var sets = new ArrayList<Sql.Assignment>();
        do {
            var column = take();
            expect("=");
            sets.add(new Sql.Assignment(column, expression()));
        } while (accept(","));
        return List.copyOf(sets);
    }

    private List<Item> returning() {
        return accept("returning") ? items() : List.of();
    }

    /** Returns the parts of the conditions that must all hold. */
    private static List<Expression> conditions(Expression where, List<Source> from) {
        var parts = new ArrayList<Expression>();
        split(where, parts);
        from.forEach(source -> split(source.on(), parts));
        return List.copyOf(parts);
    }

    private static void split(Expression condition, List<Expression> parts) {
        if (condition instanceof Expression.Binary(var operator, var left, var right)
                && operator.equals("and")) {
            split(left, parts);
            split(right, parts);
        } else if (condition != null) {
            parts.add(condition);
        }
    }

    private Expression expression() {
        var left = conjunction();
        while (accept("or")) {
            left = new Expression.Binary("or", left, conjunction());
        }
        return left;
    }

    private Expression conjunction() {
        var left = negation();
        while (accept("and")) {
            left = new Expression.Binary("and", left, negation());
        }
        return left;
    }

    private Expression negation() {
        return accept("not") ? new Expression.Not(negation()) : comparison();
    }

    private Expression comparison() {
        var left = sum();
        if (next < tokens.size() && COMPARISONS.contains(peek())) {
            return compared(left, take());
        }
        if (accept("like")) {
            return compared(left, "like");
        }
        if (accept("is")) {
            var negated = accept("not");
            Expression test;
            if (accept("distinct")) {
                expect("from");
                test = new Expression.Binary("distinct", left, sum());
            } else {
                expect("null");
                test = new Expression.IsNull(left);
            }
            return negated ? new Expression.Not(test) : test;
        }
        var negated = at("not") && at("in", 1);
        if (negated) {
            take();
        }
        if (accept("in")) {
            expect("(");
            var in = new Expression.In(left, list());
            return negated ? new Expression.Not(in) : in;
        }
        return left;
    }

    private Expression compared(Expression left, String operator) {
        if (accept("any")) {
            expect("(");
            var array = expression();
            expect(")");
            return new Expression.Any(operator, left, array);
        }
        if (operator.equals("<>") && accept("all")) {
            expect("(");
            var array = expression();
            expect(")");
            return new Expression.Not(new Expression.Any("=", left, array));
        }
        return new Expression.Binary(operator, left, sum());
    }

    private Expression sum() {
        var left = factor();
        while (at("+") || at("-") || at("||")) {
            var operator = take();
            left = new Expression.Binary(operator, left, factor());
        }
        return left;
    }

    private Expression factor() {
        var left = cast();
        while (at("*") || at("/") || at("%")) {
            var operator = take();
            left = new Expression.Binary(operator, left, cast());
        }
        return left;
    }

    private Expression cast() {
        var value = primary();
        while (accept("::")) {
            var type = take();
            if (accept("(")) {
                take();
                expect(")");
            }
            if (accept("[")) {
                expect("]");
                type += "[]";
            }
            value = new Expression.Cast(value, type);
        }
        return value;
    }

    private Expression primary() {
        if (accept("(")) {
            if (accept("select")) {
                var query = select();
                expect(")");
                return new Expression.Scalar(query);
            }
            var inner = expression();
            expect(")");
            return inner;
        }
        if (accept("exists")) {
            expect("(", "select");
            var query = select();
            expect(")");
            return new Expression.Exists(query);
        }
        var token = take();
        return switch (token.charAt(0)) {
            case '\'' ->
                    new Expression.Literal(
                            token.substring(1, token.length() - 1).replace("''", "'"));
            case '$' -> new Expression.Parameter(Integer.parseInt(token.substring(1)));
            default -> named(token);
        };
    }

    private Expression named(String token) {
        if (Character.isDigit(token.charAt(0))) {
            return new Expression.Literal(Long.valueOf(token));
        }
        if (!Character.isLetter(token.charAt(0))) {
            throw unknown();
        }
        switch (token) {
            case "true", "false" -> {
                return new Expression.Literal(Boolean.valueOf(token));
            }
            case "null" -> {
                return new Expression.Literal(null);
            }
            default -> {}
        }
        if (accept("(")) {
            if (accept("*")) {
                expect(")");
                return new Expression.Call(token, List.of());
            }
            return new Expression.Call(token, accept(")") ? List.of() : list());
        }
        return accept(".")
                ? new Expression.Column(token, take())
                : new Expression.Column(null, token);
    }

    /** Reads a list of expressions and the parenthesis that closes it. */
    private List<Expression> list() {
        var list = new ArrayList<Expression>();
        do {
            list.add(expression());
        } while (accept(","));
        expect(")");
        return List.copyOf(list);
    }

    private boolean at(String token) {
        return at(token, 0);
    }

    private boolean at(String token, int ahead) {
        return next + ahead < tokens.size() && tokens.get(next + ahead).equals(token);
    }

    private String peek() {
        return tokens.get(next);
    }

    private boolean accept(String token) {
        var is = at(token);
        if (is) {
            next++;
        }
        return is;
    }

    private void expect(String... expected) {
        for (var token : expected) {
            if (!accept(token)) {
                throw unknown();
            }
        }
    }

    private String take() {
        if (next >= tokens.size()) {
            throw unknown();
        }
        return tokens.get(next++);
    }

    private UnsupportedOperationException unknown() {
        return new UnsupportedOperationException(
                "the model does not know the SQL at '%s': %s"
                        .formatted(
                                String.join(
                                        " ",
                                        tokens.subList(
                                                Math.min(next, tokens.size()),
                                                Math.min(next + 5, tokens.size()))),
                                text));
    }
}
