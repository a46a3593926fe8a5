package io.autoserve.imports;

import java.util.Map;
import java.util.function.Consumer;

/**
 * Replaces variables as Docker Compose does: {@code $NAME}, {@code ${NAME}}, and with a default, an
 * error or an alternative such as {@code ${NAME:-8080}}. {@code $$} stands for a dollar sign.
 */
record Interpolation(Map<String, String> variables) {
    private static final int DEEPEST = 20;
    private static final int LONGEST = 1 << 20;

    Interpolation {
        variables = Map.copyOf(variables);
    }

    /**
     * Returns the text with the values of its variables. Reports each variable without one.
     *
     * @throws UnreadableFile if the values make the text far too long, as when each variable
     *     contains the one before it twice
     */
    String replace(String text, Consumer<String> problems) {
        return replace(text, problems, 0);
    }

    private String replace(String text, Consumer<String> problems, int depth) {
        var result = new StringBuilder();
        var at = 0;
        while (at < text.length()) {
            if (result.length() > LONGEST) {
                throw new UnreadableFile(
                        "with its variables, a text has more than %d characters"
                                .formatted(LONGEST));
            }
            var dollar = text.indexOf('$', at);
            if (dollar < 0 || dollar + 1 == text.length()) {
                return result.append(text, at, text.length()).toString();
            }
            result.append(text, at, dollar);
            var next = text.charAt(dollar + 1);
            var end = next == '{' ? closing(text, dollar + 2) : endOfName(text, dollar + 1);
            if (next == '$') {
                result.append('$');
                at = dollar + 2;
            } else if (next == '{' && end < 0) {
                problems.accept("'${' has no '}': the text is kept as it is");
                return result.append(text, dollar, text.length()).toString();
            } else if (next == '{') {
                result.append(braced(text.substring(dollar + 2, end), problems, depth));
                at = end + 1;
            } else if (end > dollar + 1) {
                result.append(plain(text.substring(dollar + 1, end), problems));
                at = end;
            } else {
                result.append('$');
                at = dollar + 1;
            }
        }
        return result.toString();
    }

    /** Returns the index of the brace that ends a variable, or -1. */
    private static int closing(String text, int from) {
        var open = 1;
        for (var at = from; at < text.length(); at++) {
            if (text.startsWith("${", at)) {
                open++;
            } else if (text.charAt(at) == '}') {
                open--;
                if (open == 0) {
                    return at;
                }
            }
        }
        return -1;
    }

    private static int endOfName(String text, int from) {
        var end = from;
        while (end < text.length() && belongsToName(text.charAt(end), end == from)) {
            end++;
        }
        return end;
    }

    private static boolean belongsToName(char c, boolean first) {
        return c == '_'
                || (c >= 'A' && c <= 'Z')
                || (c >= 'a' && c <= 'z')
                || (!first && c >= '0' && c <= '9');
    }

    private String plain(String name, Consumer<String> problems) {
        var value = variables.get(name);
        if (value == null) {
            problems.accept("the variable %s is not set: its text is empty".formatted(name));
            return "";
        }
        return value;
    }

    private String braced(String written, Consumer<String> problems, int depth) {
        var end = endOfName(written, 0);
        var name = written.substring(0, end);
        var rest = written.substring(end);
        if (name.isEmpty() || depth > DEEPEST) {
            problems.accept("'${%s}' is not a variable: the text is kept".formatted(written));
            return "${" + written + "}";
        }
        if (rest.isEmpty()) {
            return plain(name, problems);
        }
        var colon = rest.startsWith(":");
        var operator = rest.length() > (colon ? 1 : 0) ? rest.charAt(colon ? 1 : 0) : ' ';
        var word = rest.substring(Math.min(rest.length(), colon ? 2 : 1));
        var value = variables.get(name);
        var given = value != null && !(colon && value.isEmpty());
        return switch (operator) {
            case '-' -> given ? plain(name, problems) : replace(word, problems, depth + 1);
            case '+' -> given ? replace(word, problems, depth + 1) : "";
            case '?' -> {
                if (!given) {
                    problems.accept(
                            "the variable %s must be set: its text is empty".formatted(name));
                }
                yield given ? plain(name, problems) : "";
            }
            default -> {
                problems.accept("'${%s}' is not a variable: the text is kept".formatted(written));
                yield "${" + written + "}";
            }
        };
    }
}
