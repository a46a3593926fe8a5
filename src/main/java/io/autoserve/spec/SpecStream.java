package io.autoserve.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Divides a text into its YAML documents, which lines with {@code ---} separate. */
public final class SpecStream {
    private static final String SEPARATOR = "---";
    private static final Pattern EMPTY = Pattern.compile("\\s*(#.*)?|---\\s*(#.*)?|\\.\\.\\.|%.*");

    private SpecStream() {}

    /**
     * One document.
     *
     * @param line the line of the whole text at which this one begins, from 1
     */
    public record SpecText(int line, String text) {}

    /**
     * Returns the documents in their order, at least one. Documents without a value are left out.
     * The text of a single document stays as it is, with the comments around it.
     */
    public static List<SpecText> parts(String text) {
        var documents = documents(text).stream().filter(part -> !isEmpty(part.text())).toList();
        return documents.size() < 2 ? List.of(new SpecText(1, text)) : documents;
    }

    /** Text at the beginning of a line is a separator in YAML, also inside quotes. */
    private static List<SpecText> documents(String text) {
        if (text.stripLeading().startsWith("{")) {
            return List.of(new SpecText(1, text)); // JSON
        }
        var documents = new ArrayList<SpecText>();
        var document = new StringBuilder();
        var first = 1;
        var number = 0;
        for (var from = 0; from < text.length(); ) {
            var end = text.indexOf('\n', from);
            var line = text.substring(from, end < 0 ? text.length() : end + 1);
            from += line.length();
            number++;
            if (separates(line)) {
                documents.add(new SpecText(first, document.toString()));
                document.setLength(0);
                first = isEmpty(line) ? number + 1 : number;
            }
            if (!separates(line) || !isEmpty(line)) {
                document.append(line);
            }
        }
        documents.add(new SpecText(first, document.toString()));
        return List.copyOf(documents);
    }

    private static boolean separates(String line) {
        return line.startsWith(SEPARATOR)
                && (line.length() == SEPARATOR.length()
                        || Character.isWhitespace(line.charAt(SEPARATOR.length())));
    }

    private static boolean isEmpty(String text) {
        return text.lines().allMatch(line -> EMPTY.matcher(line).matches());
    }
}
