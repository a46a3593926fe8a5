package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;

/** A refusal in the API's words (RFC 9457), as people read it. */
final class Problem {
    private Problem() {}

    /**
     * @param source the file that was sent; empty: none
     */
    static Failure failure(String source, int status, JsonNode problem) {
        var faults = new ArrayList<String>();
        for (var error : problem.path("errors")) {
            faults.add(new Fault(error).in(source));
        }
        faults.remove(
                problem.path("detail").asText("")); // a single one without a place is told below
        return Failure.of(exit(status), message(status, problem) + wayOut(status), faults);
    }

    private static String message(int status, JsonNode problem) {
        var title = problem.path("title").asText("");
        var detail = problem.path("detail").asText("");
        if (title.isEmpty() && detail.isEmpty()) {
            return "the controller answered with status " + status;
        }
        return detail.isEmpty() || title.isEmpty() ? title + detail : title + ": " + detail;
    }

    private static String wayOut(int status) {
        return switch (status) {
            case 401 -> ": run 'autoserve login URL', or set AUTOSERVE_TOKEN";
            case 403 -> ": 'autoserve token create', by an admin, makes another";
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
