package io.autoserve.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns that line up, two spaces apart, each as wide as its widest cell. */
final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final String indent;

    Table(String indent) {
        this.indent = indent;
    }

    Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    Table header(Terminal terminal, String... names) {
        return row(
                Arrays.stream(names)
                        .map(name -> terminal.paint(Paint.FAINT, name))
                        .toArray(String[]::new));
    }

    void print(Terminal terminal) {
        var widths = widths();
        for (var row : rows) {
            var line = new StringBuilder(indent);
            for (int column = 0; column < row.size(); column++) {
                var cell = row.get(column);
                line.append(cell);
                if (column < row.size() - 1) {
                    line.repeat(" ", widths[column] - Cells.width(cell)).append(GAP);
                }
            }
            terminal.line(line.toString().stripTrailing());
        }
    }

    private int[] widths() {
        var widths = new int[rows.stream().mapToInt(List::size).max().orElse(0)];
        for (var row : rows) {
            for (int column = 0; column < row.size(); column++) {
                widths[column] = Math.max(widths[column], Cells.width(row.get(column)));
            }
        }
        return widths;
    }
}
