package io.autoserve.simulation.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The tables of the migrations, as far as the model knows them. {@code SchemaIT} compares them with
 * a real database.
 */
final class Schema {
    static final Map<String, Table> TABLES = new LinkedHashMap<>();

    private Schema() {}

    /** A table, or the result of a statement that is used like one. */
    static final class Table {
        private final String name;
        private final List<Column> columns;
        private final List<String> key;
        private final List<String> unique;
        private final String identity;
        private final SortedMap<String, String> cascades;
        private final List<Parent> parents;
        private final Map<String, Integer> places = new HashMap<>();
        private final int[] keyPlaces;

        /**
         * @param unique names of columns that are unique besides the key
         * @param identity the column that the database numbers; null if there is none
         * @param cascades tables whose rows are deleted with the row of this table, each with the
         *     column that refers to this table's first key column
         * @param parents tables that must have a row for each row of this table
         */
        Table(
                String name,
                List<Column> columns,
                List<String> key,
                List<String> unique,
                String identity,
                SortedMap<String, String> cascades,
                List<Parent> parents) {
            this.name = name;
            this.columns = columns;
            this.key = key;
            this.unique = unique;
            this.identity = identity;
            this.cascades = cascades;
            this.parents = parents;
            for (var i = 0; i < columns.size(); i++) {
                places.putIfAbsent(columns.get(i).name(), i);
            }
            keyPlaces = key.stream().mapToInt(this::required).toArray();
        }

        String name() {
            return name;
        }

        List<Column> columns() {
            return columns;
        }

        List<String> key() {
            return key;
        }

        List<String> unique() {
            return unique;
        }

        String identity() {
            return identity;
        }

        SortedMap<String, String> cascades() {
            return cascades;
        }

        List<Parent> parents() {
            return parents;
        }

        int index(String column) {
            var place = places.get(column);
            return place == null ? -1 : place;
        }

        int required(String column) {
            var index = index(column);
            if (index < 0) {
                throw new UnsupportedOperationException(
                        "the model's table %s has no column %s".formatted(name, column));
            }
            return index;
        }

        Key key(Object[] row) {
            var values = new Object[keyPlaces.length];
            for (var i = 0; i < values.length; i++) {
                values[i] = row[keyPlaces[i]];
            }
            return new Key(List.of(values));
        }
    }

    /**
     * @param initial value of a row that sets no other
     */
    record Column(String name, Type type, boolean required, Object initial) {}

    /** A foreign key: the values of {@code columns} must be the key of a row of {@code table}. */
    record Parent(String table, List<String> columns) {}

    enum Type {
        INTEGER,
        BIGINT,
        DOUBLE,
        TEXT,
        JSONB,
        BOOLEAN,
        TIMESTAMPTZ,
        UUID,
        TEXTS;

        /** Converts a value to the type of a column. */
        Object of(Object value) {
            if (value == null) {
                return null;
            }
            return switch (this) {
                case INTEGER -> Math.toIntExact(((Number) value).longValue());
                case BIGINT -> ((Number) value).longValue();
                case DOUBLE -> ((Number) value).doubleValue();
                case TEXT, JSONB -> (String) value;
                case BOOLEAN -> (Boolean) value;
                case TIMESTAMPTZ -> (OffsetDateTime) value;
                case UUID -> (UUID) value;
                case TEXTS -> (String[]) value;
            };
        }

        /** Converts a field of a JSON object. Null if there is no such field. */
        Object ofJson(JsonNode field) {
            if (field == null || field.isNull()) {
                return null;
            }
            return switch (this) {
                case INTEGER -> field.intValue();
                case BIGINT -> field.longValue();
                case DOUBLE -> field.doubleValue();
                case TEXT -> field.asText();
                case JSONB -> field.toString();
                case BOOLEAN -> field.booleanValue();
                case TIMESTAMPTZ -> OffsetDateTime.parse(field.textValue());
                case UUID, TEXTS ->
                        throw new UnsupportedOperationException(
                                "the model does not read %s from JSON".formatted(this));
            };
        }
    }

    static Table table(String name) {
        var table = TABLES.get(name);
        if (table == null) {
            throw new UnsupportedOperationException("the model has no table " + name);
        }
        return table;
    }

    /**
     * @param columns one line for each column, as in the migrations: name, type, "not null" and a
     *     default
     */
    private static void add(
            String name,
            String key,
            String unique,
            String identity,
            Map<String, String> cascades,
            List<Parent> parents,
            String columns) {
        var parsed = columns.lines().filter(line -> !line.isBlank()).map(Schema::column).toList();
        TABLES.put(
                name,
                new Table(
                        name,
                        parsed,
                        words(key),
                        words(unique),
                        identity,
                        new TreeMap<>(cascades),
                        List.copyOf(parents)));
    }

    /** Returns the columns of a result that a statement uses like a table. It has no key. */
    static Table derived(String name, List<Column> columns) {
        return new Table(name, columns, List.of(), List.of(), null, new TreeMap<>(), List.of());
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
    }

    static Column column(String line) {
        var words = line.strip().split(" +", -1);
        var type =
                switch (words[1]) {
                    case "integer" -> Type.INTEGER;
                    case "bigint" -> Type.BIGINT;
                    case "double" -> Type.DOUBLE;
                    case "text" -> Type.TEXT;
                    case "jsonb" -> Type.JSONB;
                    case "boolean" -> Type.BOOLEAN;
                    case "timestamptz" -> Type.TIMESTAMPTZ;
                    case "uuid" -> Type.UUID;
                    case "text[]" -> Type.TEXTS;
                    default -> throw new IllegalArgumentException(line);
                };
        Object initial =
                switch (words[words.length - 1]) {
                    case "default=0" -> type.of(0L);
                    case "default=true" -> true;
                    default -> null;
                };
        return new Column(words[0], type, line.contains("not null"), initial);
    }

    static {
        add(
                "leader",
                "singleton",
                "",
                null,
                Map.of(),
                List.of(),
                """
                singleton boolean not null default=true
                epoch bigint not null
                id uuid not null
                name text not null
                address text not null
                since timestamptz not null
                """);
        add(
                "nodes",
                "name",
                "",
                null,
                Map.of(),
                List.of(),
                """
                name text not null
                drained boolean not null
                since timestamptz not null
                actor text not null
                """);
        add(
                "apps",
                "id",
                "name",
                "id",
                Map.of(
                        "revisions", "app_id",
                        "template_images", "app_id",
                        "scalers", "app_id",
                        "proposals", "app_id",
                        "decisions", "app_id",
                        "schedules", "app_id",
                        "releases", "app_id",
                        "instance_logs", "app_id"),
                List.of(),
                """
                id bigint not null
                name text not null
                revision integer not null
                template integer not null
                intent text not null
                replicas integer not null
                restart integer not null default=0
                reach integer not null
                rollout_from integer
                rollout_step integer
                rollout_paused boolean
                rollout_started_at timestamptz
                rollout_stepped_at timestamptz
                rollout_reason text
                created_at timestamptz not null
                updated_at timestamptz not null
                """);
        add(
                "revisions",
                "app_id number",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                number integer not null
                template integer not null
                spec jsonb not null
                raw text not null
                actor text not null
                created_at timestamptz not null
                cpu_millis integer not null
                memory_bytes bigint not null
                served boolean not null default=true
                """);
        add(
                "template_images",
                "app_id template",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                template integer not null
                image text not null
                image_id text not null
                """);
        add(
                "private_images",
                "image_id",
                "",
                null,
                Map.of(),
                List.of(),
                """
                image_id text not null
                """);
        add(
                "instances",
                "app_id index",
                "id",
                null,
                Map.of(),
                List.of(
                        new Parent("apps", List.of("app_id")),
                        new Parent("revisions", List.of("app_id", "revision"))),
                """
                app_id bigint not null
                index integer not null
                id bigint not null
                state text not null
                revision integer not null
                template integer not null
                restart integer not null
                container_id text
                address text
                port integer not null
                health text not null
                state_since timestamptz not null
                started_at timestamptz
                ready_since timestamptz
                restarts integer not null
                failures integer not null
                retry_at timestamptz
                drain_until timestamptz
                reason text not null
                """);
        add(
                "tasks",
                "id",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                id bigint not null
                app_id bigint not null
                revision integer not null
                template integer not null
                spec jsonb
                cpu_millis integer not null
                memory_bytes bigint not null
                command text[] not null
                time_limit_seconds integer not null
                retries integer not null
                actor text not null
                release integer
                schedule text
                due_at timestamptz
                created_at timestamptz not null
                state text not null
                attempt integer not null
                number bigint not null
                container_id text
                state_since timestamptz not null
                started_at timestamptz
                retry_at timestamptz
                cancelled_by text
                exit_code integer
                reason text not null
                output text
                """);
        add(
                "schedules",
                "app_id name",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                name text not null
                cron text not null
                time_zone text not null
                handled_until timestamptz not null
                suspended_by text
                """);
        add(
                "releases",
                "app_id template",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                template integer not null
                state text not null
                task_id bigint
                reason text not null
                """);
        add(
                "instance_logs",
                "app_id index",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                index integer not null
                ended_at timestamptz not null
                output text not null
                """);
        add(
                "events",
                "seq",
                "",
                "seq",
                Map.of(),
                List.of(),
                """
                seq bigint not null
                at timestamptz not null
                epoch bigint not null
                actor text not null
                app text
                type text not null
                reason text not null
                payload jsonb not null
                """);
        add(
                "scalers",
                "app_id",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                held_until timestamptz
                scaled_out_at timestamptz
                scaled_in_at timestamptz
                panic_until timestamptz
                watched_since timestamptz
                decided_at timestamptz
                decision jsonb
                """);
        add(
                "proposals",
                "app_id at",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                at timestamptz not null
                replicas integer not null
                """);
        add(
                "decisions",
                "app_id at",
                "",
                null,
                Map.of(),
                List.of(new Parent("apps", List.of("app_id"))),
                """
                app_id bigint not null
                at timestamptz not null
                decision jsonb not null
                """);
        add(
                "samples",
                "app_id instance_id span_seconds at",
                "",
                null,
                Map.of(),
                List.of(),
                """
                app_id bigint not null
                instance_id bigint not null
                revision integer not null
                at timestamptz not null
                span_seconds integer not null
                """);
        add(
                "tokens",
                "id",
                "",
                null,
                Map.of(),
                List.of(),
                """
                id text not null
                name text not null
                role text not null
                apps text[] not null
                domains text[] not null
                hash text not null
                created_by text not null
                created_at timestamptz not null
                expires_at timestamptz
                revoked_at timestamptz
                max_instances integer
                max_memory_bytes bigint
                max_cpu_millis integer
                """);
        add(
                "idempotent_requests",
                "asker key",
                "",
                null,
                Map.of(),
                List.of(),
                """
                asker text not null
                key text not null
                content text not null
                asked timestamptz not null
                answer text not null
                """);
    }
}
