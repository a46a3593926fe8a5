package io.autoserve.cli.terminal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Prints rows in aligned columns. The columns are two spaces apart, and each is as wide as its
 * widest cell. If a row is wider than the terminal, a table with a header cuts the row. A table
 * without a header wraps the text of the last column.
 */
public final class Table {
    private static final String GAP = "  ";

    private static final int NARROWEST = 20; // a last column with less room is cut, not wrapped

    private final List<List<String>> rows = new ArrayList<>();
    private final String indent;
    private boolean headed;

    public Table(String indent) {
        this.indent = indent;
    }

    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public Table header(Terminal terminal, String... names) {
        headed = true;
        return row(
                Arrays.stream(names)
                        .map(name -> terminal.paint(Paint.FAINT, name))
                        .toArray(String[]::new));
    }

    public void print(Terminal terminal) {
        lines(terminal.columns()).forEach(terminal::line);
    }

    List<String> lines(int columns) {
        var widths = widths();
        return rows.stream().flatMap(row -> lines(row, widths, columns)).toList();
    }

    private Stream<String> lines(List<String> row, int[] widths, int columns) {
        var start = new StringBuilder(indent);
        for (int column = 0; column < row.size() - 1; column++) {
            var cell = row.get(column);
            start.append(cell).repeat(" ", widths[column] - Cells.width(cell)).append(GAP);
        }
        var room = columns - Cells.width(start.toString());
        return headed || room < NARROWEST
                ? Stream.of(Cells.cut((start + row.getLast()).stripTrailing(), columns))
                : folded(start.toString(), Cells.folded(row.getLast(), room));
    }

    private static Stream<String> folded(String start, List<String> parts) {
        var below = " ".repeat(Cells.width(start));
        return IntStream.range(0, parts.size())
                .mapToObj(at -> ((at == 0 ? start : below) + parts.get(at)).stripTrailing());
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
