package io.autoserve.model;

/** A request that cannot be met as things stand; the message says why and what to do. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public enum Kind {
        NOT_FOUND,
        CONFLICT,
        UNAVAILABLE
    }

    private Refusal(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public static Refusal notFound(String app) {
        return new Refusal(Kind.NOT_FOUND, "no app is called '%s'".formatted(app));
    }

    public static Refusal conflict(String message) {
        return new Refusal(Kind.CONFLICT, message);
    }

    /** Not now, perhaps in a second: the database is away, say. */
    public static Refusal unavailable(String message) {
        return new Refusal(Kind.UNAVAILABLE, message);
    }

    public Kind kind() {
        return kind;
    }
}
