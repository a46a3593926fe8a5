package io.autoserve.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.autoserve.api.Problem.FieldError;

/**
 * Describes why a body is not the JSON that the API reads. The parser's own words are used only if
 * they name none of its Java classes and settings.
 */
final class JsonError {
    private JsonError() {}

    static FieldError of(JsonProcessingException e) {
        var pointer = duplicate(e);
        var place = e.getLocation();
        return new FieldError(
                pointer.toString(),
                place == null ? null : place.getLineNr(),
                null,
                pointer.matches()
                        ? "the body must be JSON: " + words(e)
                        : pointer.last().getMatchingProperty() + " is given twice: keep one");
    }

    private static String words(JsonProcessingException e) {
        return switch (e) {
            case JsonEOFException _ -> "it ends too early";
            case StreamConstraintsException _ -> "it is nested too deeply, or a value is too long";
            case MismatchedInputException _ -> "more text follows after its end: remove it";
            default -> e.getOriginalMessage();
        };
    }

    /**
     * Returns the pointer to the field that the body has twice. Returns the empty pointer for every
     * other error.
     */
    private static JsonPointer duplicate(JsonProcessingException e) {
        return e instanceof MismatchedInputException
                        && e.getProcessor() instanceof JsonParser parser
                ? parser.getParsingContext().pathAsPointer()
                : JsonPointer.empty();
    }
}
