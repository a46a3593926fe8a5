package io.autoserve.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.autoserve.model.Refusal;
import io.vertx.ext.web.handler.HttpException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The body of an unsuccessful answer (RFC 9457). This is the only place that turns errors into
 * answers.
 */
record Problem(
        String type,
        String title,
        int status,
        String detail,
        String instance,
        List<FieldError> errors) {

    private static final Logger log = LoggerFactory.getLogger(Problem.class);

    /**
     * One error of a request. If the error is in the body, it has a pointer and perhaps a line.
     * Otherwise it has the location and the name of a parameter.
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record FieldError(
            @Nullable String pointer,
            @Nullable Integer line,
            @Nullable String parameter,
            String message) {

        static FieldError in(String parameter, String message) {
            return new FieldError(null, null, parameter, message);
        }

        static FieldError at(String pointer, String message) {
            return new FieldError(pointer, null, null, message);
        }

        static String summary(List<FieldError> faults) {
            return faults.size() == 1 ? faults.getFirst().message : faults.size() + " errors";
        }
    }

    static Problem of(Throwable failure, String request) {
        return switch (failure) {
            case Rejection rejection -> of(rejection, request);
            case Refusal refusal -> of(refusal, request);
            case HttpException e when e.getStatusCode() < 500 ->
                    of(Rejection.malformedPath(), request);
            default -> {
                log.error("request {} failed", request, failure);
                yield problem(
                        request,
                        500,
                        "internal",
                        "Internal Server Error",
                        "the request failed: search the controller's log for " + request);
            }
        };
    }

    private static Problem of(Rejection rejection, String request) {
        var detail = String.valueOf(rejection.getMessage());
        return switch (rejection) {
            case Rejection.BadRequest bad ->
                    problem(request, 400, "bad-request", "Bad Request", detail, bad.faults);
            case Rejection.Unauthenticated _ ->
                    problem(request, 401, "unauthenticated", "Unauthorized", detail);
            case Rejection.Forbidden _ -> forbidden(request, detail);
            case Rejection.TooManyFailures _ ->
                    problem(request, 429, "too-many-failures", "Too Many Requests", detail);
            case Rejection.TooManyStreams _ ->
                    problem(request, 429, "too-many-streams", "Too Many Requests", detail);
            case Rejection.TooManyWrites _ ->
                    problem(request, 429, "too-many-writes", "Too Many Requests", detail);
            case Rejection.Busy _ -> problem(request, 503, "busy", "Service Unavailable", detail);
            case Rejection.NotFound _ -> notFound(request, detail);
            case Rejection.WrongMethod _ ->
                    problem(request, 405, "wrong-method", "Method Not Allowed", detail);
            case Rejection.TooLarge _ ->
                    problem(request, 413, "too-large", "Content Too Large", detail);
            case Rejection.UnsupportedType _ ->
                    problem(request, 415, "unsupported-type", "Unsupported Media Type", detail);
            case Rejection.Unexplained unexplained ->
                    problem(request, unexplained.status, "refused", "Request Refused", detail);
            case Rejection.BadBody bad ->
                    problem(request, 422, "bad-body", "Unprocessable Content", detail, bad.faults);
        };
    }

    private static Problem of(Refusal refusal, String request) {
        var detail = String.valueOf(refusal.getMessage());
        return switch (refusal.kind()) {
            case NOT_FOUND -> notFound(request, detail);
            case FORBIDDEN ->
                    problem(request, 403, "forbidden", "Forbidden", detail, faults(refusal));
            case CONFLICT -> problem(request, 409, "conflict", "Conflict", detail, faults(refusal));
            case INVALID ->
                    problem(
                            request,
                            422,
                            "bad-body",
                            "Unprocessable Content",
                            detail,
                            faults(refusal));
            case KEY_IN_USE -> problem(request, 422, "key-in-use", "Unprocessable Content", detail);
            case UNAVAILABLE -> problem(request, 503, "unavailable", "Service Unavailable", detail);
        };
    }

    private static List<FieldError> faults(Refusal refusal) {
        return refusal.faults().stream()
                .map(fault -> FieldError.at(fault.pointer(), fault.message()))
                .toList();
    }

    private static Problem forbidden(String request, String detail) {
        return problem(request, 403, "forbidden", "Forbidden", detail);
    }

    private static Problem notFound(String request, String detail) {
        return problem(request, 404, "not-found", "Not Found", detail);
    }

    private static Problem problem(
            String request, int status, String type, String title, String detail) {
        return problem(request, status, type, title, detail, List.of());
    }

    private static Problem problem(
            String request,
            int status,
            String type,
            String title,
            String detail,
            List<FieldError> faults) {
        return new Problem(
                "urn:autoserve:problem:" + type,
                title,
                status,
                detail,
                "urn:autoserve:request:" + request,
                faults);
    }
}
