package io.autoserve.imports;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a file of variables, such as {@code .env}: a line {@code NAME=VALUE} for each. */
public final class EnvFile {
    private static final String EXPORT = "export ";

    /** Text in double quotes, in which a backslash escapes a quote. */
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]++|\\\\.)*+)\"");

    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    private EnvFile() {}

    /** Returns the variables in the order of the file. Lines without a name are skipped. */
    public static SequencedMap<String, String> read(String text) {
        var variables = new LinkedHashMap<String, String>();
        text.lines()
                .map(String::strip)
                .forEach(line -> {
                    var written = line.startsWith(EXPORT) ? line.substring(EXPORT.length()) : line;
                    var equals = written.indexOf('=');
                    if (equals > 0 && !written.startsWith("#")) {
                        variables.put(
                                written.substring(0, equals).strip(),
                                value(written.substring(equals + 1).strip()));
                    }
                });
        return Collections.unmodifiableSequencedMap(variables);
    }

    private static String value(String written) {
        if (written.startsWith("'") && written.indexOf('\'', 1) > 0) {
            return written.substring(1, written.indexOf('\'', 1));
        }
        var quoted = QUOTED.matcher(written);
        if (quoted.lookingAt()) {
            return ESCAPE.matcher(quoted.group(1))
                    .replaceAll(it -> Matcher.quoteReplacement(escaped(it.group(1))));
        }
        var comment = written.indexOf(" #");
        return (comment < 0 ? written : written.substring(0, comment)).strip();
    }

    private static String escaped(String character) {
        return switch (character) {
            case "n" -> "\n";
            case "r" -> "\r";
            case "t" -> "\t";
            case "\"", "\\", "$" -> character;
            default -> "\\" + character;
        };
    }
}
