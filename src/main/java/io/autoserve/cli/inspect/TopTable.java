package io.autoserve.cli.inspect;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.States;
import io.autoserve.cli.terminal.Table;
import io.autoserve.cli.terminal.Terminal;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prints apps or instances with their load. By default, the busiest come first. Errors and high
 * values are red.
 */
final class TopTable {
    private static final double MUCH = 80; // percent of the limit

    private final Terminal terminal;
    private final String subject;
    private final Column sort;

    /** The columns to sort by. The key for a column is its first letter. */
    enum Column {
        requests,
        p95,
        errors,
        cpu,
        memory,
        name;

        static Optional<Column> of(char key) {
            return Arrays.stream(values()).filter(it -> it.name().charAt(0) == key).findFirst();
        }

        /** Returns the value to sort by. Unknown values come last. */
        private double known(Row row) {
            var value =
                    switch (this) {
                        case requests -> row.requests;
                        case p95 -> row.p95;
                        case errors -> row.errors;
                        case cpu -> row.cpu;
                        case memory -> row.memory;
                        case name -> 0;
                    };
            return Double.isNaN(value) ? -1 : value;
        }

        private Comparator<Row> order() {
            return comparingDouble(this::known).reversed().thenComparing(comparing(Row::name));
        }
    }

    /**
     * @param note shown beside the state, such as how many instances are ready
     * @param errors percentage of the requests that were answered with 5xx
     * @param cpu CPU in percent of the limit. As in the other columns, NaN means unknown
     */
    record Row(
            String name,
            String state,
            String note,
            double requests,
            double p95,
            double errors,
            double cpu,
            double memory) {

        static Row of(String name, String state, String note, JsonNode load) {
            var requests = number(load.path("requestsPerSecond"));
            var failed = number(load.path("classesPerSecond").path(4));
            return new Row(
                    name,
                    state,
                    note,
                    requests,
                    number(load.path("p95Ms")),
                    requests > 0 ? 100 * failed / requests : requests,
                    number(load.path("cpuPercent")),
                    number(load.path("memoryPercent")));
        }

        private static double number(JsonNode value) {
            return value.isNumber() ? value.asDouble() : Double.NaN;
        }
    }

    TopTable(Terminal terminal, String subject, Column sort) {
        this.terminal = terminal;
        this.subject = subject;
        this.sort = sort;
    }

    void print(List<Row> rows) {
        if (rows.isEmpty()) {
            terminal.line("Nothing is running. Run 'autoserve apply FILE' to register an app.");
            return;
        }
        var table =
                new Table("")
                        .header(
                                terminal,
                                title(Column.name, subject),
                                "STATE",
                                subject.equals("APP") ? "READY" : "",
                                title(Column.requests, "REQ/S"),
                                title(Column.p95, "P95 MS"),
                                title(Column.errors, "ERRORS"),
                                title(Column.cpu, "CPU"),
                                title(Column.memory, "MEMORY"));
        rows.stream().sorted(sort.order()).forEach(row -> add(table, row));
        table.print(terminal);
    }

    private String title(Column column, String title) {
        return column == sort ? title + (column == Column.name ? "↑" : "↓") : title;
    }

    private void add(Table table, Row row) {
        table.row(
                row.name,
                States.dot(terminal, row.state),
                row.note,
                number(row.requests),
                number(row.p95),
                percent(row.errors, row.errors > 0),
                percent(row.cpu, row.cpu >= MUCH),
                percent(row.memory, row.memory >= MUCH));
    }

    private String percent(double value, boolean bad) {
        var text = Double.isNaN(value) ? "-" : number(value) + " %";
        return bad ? terminal.paint(Paint.BAD, text) : text;
    }

    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
    }
}
