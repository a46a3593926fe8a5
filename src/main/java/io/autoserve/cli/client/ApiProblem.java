package io.autoserve.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import java.util.ArrayList;

/** Converts an error answer of the API (RFC 9457) into a failure with a message for people. */
final class ApiProblem {
    private ApiProblem() {}

    /**
     * @param origin where the body of the request was read
     * @param token whether the request had a token; without authentication, none is needed
     */
    static CommandFailure failure(Origin origin, int status, JsonNode problem, boolean token) {
        var errors = new ArrayList<String>();
        for (var error : problem.path("errors")) {
            errors.add(new ErrorLine(error).in(origin));
        }
        if (origin.source().isEmpty() && repeated(problem)) {
            errors.clear();
        }
        return CommandFailure.of(
                exit(status), message(status, problem) + wayOut(status, token), errors);
    }

    /**
     * Returns whether the problem has only one error and its detail already contains that error.
     */
    private static boolean repeated(JsonNode problem) {
        var errors = problem.path("errors");
        var detail = problem.path("detail").asText("");
        return errors.size() == 1 && detail.contains(errors.get(0).path("message").asText());
    }

    private static String message(int status, JsonNode problem) {
        var title = problem.path("title").asText("");
        var detail = problem.path("detail").asText("");
        if (title.isEmpty() && detail.isEmpty()) {
            return "the controller answered with status " + status;
        }
        return detail.isEmpty() || title.isEmpty() ? title + detail : title + ": " + detail;
    }

    private static String wayOut(int status, boolean token) {
        return switch (status) {
            case 401 ->
                    token
                            ? ": ask an admin for another token ('autoserve token create')"
                            : ": run 'autoserve login URL', or set AUTOSERVE_TOKEN";
            case 403 -> token ? ": ask an admin for another token ('autoserve token create')" : "";
            default -> "";
        };
    }

    private static Exit exit(int status) {
        return switch (status) {
            case 401, 403, 429 -> Exit.DENIED;
            case 404 -> Exit.NOT_FOUND;
            case 503, 502, 504 -> Exit.UNREACHABLE;
            default -> status < 500 ? Exit.REFUSED : Exit.FAILED;
        };
    }
}
