package io.autoserve.sources;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Reads the number in an answer of Prometheus, see "Instant queries" in the documentation of its
 * HTTP API. The answer comes from a server that a user named, so no message quotes it.
 */
final class PrometheusNumber {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PrometheusNumber() {}

    /**
     * @throws IllegalArgumentException if the answer has no number or several
     */
    static double in(String answer) {
        var data = parsed(answer).path("data");
        var result = data.path("result");
        return switch (data.path("resultType").asText()) {
            case "scalar" -> number(result);
            case "vector" -> {
                if (result.size() != 1) {
                    throw new IllegalArgumentException(
                            result.isEmpty()
                                    ? "the query has no result: add 'or vector(0)' if that means 0"
                                    : "the query has %d results: use sum() or max() to get one"
                                            .formatted(result.size()));
                }
                yield number(result.path(0).path("value"));
            }
            default -> throw new IllegalArgumentException("the answer is not one of Prometheus");
        };
    }

    private static JsonNode parsed(String answer) {
        try {
            return JSON.readTree(answer);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("the answer is not one of Prometheus");
        }
    }

    /** Reads a pair of a time and a number, which is written as a text. */
    private static double number(JsonNode pair) {
        try {
            return Double.parseDouble(pair.path(1).asText());
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException("the result of the query is not a number");
        }
    }
}
