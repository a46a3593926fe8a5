package io.autoserve.api;

import io.autoserve.api.Problem.FieldError;
import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An error of the request itself, found by the API and not by the platform. */
@SuppressWarnings("serial") // never leaves the process
abstract sealed class Rejection extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    private Rejection(String message) {
        super(message, null, false, false); // no stack trace: this is an answer, not a bug
    }

    /** The path, the query or a header is invalid. */
    static final class BadRequest extends Rejection {
        final List<FieldError> faults;

        BadRequest(List<FieldError> faults) {
            super(FieldError.summary(faults));
            this.faults = faults;
        }
    }

    static Rejection malformedPath() {
        return new BadRequest(
                List.of(
                        FieldError.in(
                                "path", "the path or query has an invalid percent-encoding")));
    }

    /**
     * Returns the rejection for a status code of the router. The router uses 400 only for an
     * invalid path or query.
     */
    static Rejection byRouter(int status) {
        return status > 400 ? new Unexplained(status) : malformedPath();
    }

    static Rejection malformedBody() {
        return new BadRequest(
                List.of(
                        FieldError.in(
                                "body",
                                "the body cannot be read: its length or its chunks are not valid HTTP")));
    }

    static Rejection unknownExpectation(@Nullable String expected) {
        return new BadRequest(
                List.of(
                        FieldError.in(
                                "Expect",
                                "the Expect header must be '100-continue', was '%s': leave it out"
                                        .formatted(expected))));
    }

    static final class BadBody extends Rejection {
        final List<FieldError> faults;

        BadBody(List<FieldError> faults) {
            super(FieldError.summary(faults));
            this.faults = faults;
        }
    }

    /** The caller gave no credentials, or invalid ones. */
    static final class Unauthenticated extends Rejection {
        Unauthenticated(String message) {
            super(message);
        }
    }

    static final class Forbidden extends Rejection {
        Forbidden(String message) {
            super(message);
        }
    }

    static final class TooManyFailures extends Rejection {
        final long seconds;

        TooManyFailures(long seconds) {
            super("too many invalid tokens from your address: retry in %d s".formatted(seconds));
            this.seconds = seconds;
        }
    }

    /** The caller's token has made too many writes. The request changed nothing. */
    static final class TooManyWrites extends Rejection {
        final long seconds;

        TooManyWrites(long seconds) {
            super(
                    "your token makes too many changes at once: nothing was changed, retry in %d s"
                            .formatted(seconds));
            this.seconds = seconds;
        }
    }

    /**
     * This controller has more writes than it can carry out in time. The request changed nothing.
     */
    static final class Busy extends Rejection {
        Busy(String message) {
            super(message);
        }
    }

    /** The caller or this controller has too many streams open. */
    static final class TooManyStreams extends Rejection {
        static final int SECONDS = 5;

        TooManyStreams(String message) {
            super(message + ": close some of them, or retry later");
        }
    }

    static final class NotFound extends Rejection {
        NotFound(String message) {
            super(message);
        }
    }

    static final class TooLarge extends Rejection {
        TooLarge(String message) {
            super(message);
        }
    }

    static final class UnsupportedType extends Rejection {
        UnsupportedType(String message) {
            super(message);
        }
    }

    /** The router refused the request, and its status code is all that is known. */
    static final class Unexplained extends Rejection {
        final int status;

        Unexplained(int status) {
            super("the request was refused with HTTP status %d".formatted(status));
            this.status = status;
        }
    }

    static final class WrongMethod extends Rejection {
        final String allowed;

        WrongMethod(String message, String allowed) {
            super(message);
            this.allowed = allowed;
        }
    }
}
