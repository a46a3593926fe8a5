package io.autoserve.cli.client;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One error of a spec or a request. It is printed on one line, with file, line and column as
 * compilers print them, so that editors can jump to the place of the error.
 */
public record ErrorLine(String pointer, String parameter, int line, int column, String message) {
    ErrorLine(JsonNode error) {
        this(
                error.path("pointer").asText(""),
                error.path("parameter").asText(""),
                error.path("line").asInt(0),
                error.path("column").asInt(0),
                error.path("message").asText(""));
    }

    public static ErrorLine of(io.autoserve.spec.Fault fault) {
        return new ErrorLine(
                fault.pointer(),
                "",
                requireNonNullElse(fault.line(), 0),
                requireNonNullElse(fault.column(), 0),
                fault.message());
    }

    public String in(String source) {
        return in(new Origin(source, 1));
    }

    /** Returns the error with the line of the file that the text was read from. */
    public String in(Origin origin) {
        var source = origin.source();
        var place = new StringBuilder(source);
        if (line > 0 && origin.line() > 0 && !source.isEmpty()) {
            place.append(':').append(origin.line() + line - 1);
            if (column > 0) {
                place.append(':').append(column);
            }
        }
        for (var part : new String[] {pointer, parameter}) {
            place.append(place.isEmpty() || part.isEmpty() ? "" : " ").append(part);
        }
        return place.isEmpty() ? message : place + "  " + message;
    }
}
