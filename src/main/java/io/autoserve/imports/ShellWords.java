package io.autoserve.imports;

import java.util.ArrayList;
import java.util.List;

/** Splits a command into words as a shell does, but replaces nothing in it. */
final class ShellWords {
    private ShellWords() {}

    static List<String> of(String command) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        var begun = false;
        var quote = ' ';
        for (var at = 0; at < command.length(); at++) {
            var c = command.charAt(at);
            if (c == '\\' && escapes(command, at, quote)) {
                at++;
                word.append(command.charAt(at));
                begun = true;
            } else if (quote != ' ' && c == quote) {
                quote = ' ';
            } else if (quote != ' ') {
                word.append(c);
            } else if (c == '"' || c == '\'') {
                quote = c;
                begun = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            } else if (begun) {
                words.add(word.toString());
                word.setLength(0);
                begun = false;
            }
        }
        if (begun) {
            words.add(word.toString());
        }
        return List.copyOf(words);
    }

    /** Returns whether the backslash there takes the meaning from the next character. */
    private static boolean escapes(String command, int at, char quote) {
        var last = at + 1 == command.length();
        return !last
                && (quote == ' '
                        || (quote == '"' && "\"\\$`".indexOf(command.charAt(at + 1)) >= 0));
    }
}
