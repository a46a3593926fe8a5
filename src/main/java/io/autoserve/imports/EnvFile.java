package io.autoserve.imports;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Reads a file of variables, such as {@code .env}: a line {@code NAME=VALUE} for each. */
public final class EnvFile {
    private static final String EXPORT = "export ";

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
        var quote = written.isEmpty() ? ' ' : written.charAt(0);
        var end = quote == '"' || quote == '\'' ? written.indexOf(quote, 1) : -1;
        if (end > 0) {
            var inside = written.substring(1, end);
            return quote == '"' ? inside.replace("\\n", "\n") : inside;
        }
        var comment = written.indexOf(" #");
        return (comment < 0 ? written : written.substring(0, comment)).strip();
    }
}
