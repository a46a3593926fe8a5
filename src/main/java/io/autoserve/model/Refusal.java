package io.autoserve.model;

import java.util.List;

/**
 * Refuses a request that cannot be fulfilled in the present state. The message says why, and what
 * to do.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final transient List<Fault> faults;

    /**
     * One of several reasons for a refusal.
     *
     * @param pointer place in the request, as a JSON pointer
     */
    public record Fault(String pointer, String message) {}

    public enum Kind {
        NOT_FOUND,
        FORBIDDEN,
        CONFLICT,
        /** The request is invalid in every state. */
        INVALID,
        /** The idempotency key was already used for a different request. */
        KEY_IN_USE,
        UNAVAILABLE
    }

    private Refusal(Kind kind, String message, List<Fault> faults) {
        super(message, null, false, false);
        this.kind = kind;
        this.faults = List.copyOf(faults);
    }

    public static Refusal notFound(String app) {
        return new Refusal(Kind.NOT_FOUND, "app '%s' does not exist".formatted(app), List.of());
    }

    /**
     * @param name name of the task
     */
    public static Refusal noTask(String app, String name) {
        return new Refusal(
                Kind.NOT_FOUND,
                "app '%1$s' has no task '%2$s': 'autoserve task list %1$s' lists its tasks"
                        .formatted(app, name),
                List.of());
    }

    /**
     * @param name name of the schedule
     */
    public static Refusal noSchedule(String app, String name) {
        return new Refusal(
                Kind.NOT_FOUND,
                "app '%1$s' has no schedule '%2$s': 'autoserve schedule list %1$s' lists its schedules"
                        .formatted(app, name),
                List.of());
    }

    public static Refusal noSecret(String name) {
        return new Refusal(Kind.NOT_FOUND, "secret '%s' does not exist".formatted(name), List.of());
    }

    public static Refusal noToken(String token) {
        return new Refusal(Kind.NOT_FOUND, "token '%s' does not exist".formatted(token), List.of());
    }

    public static Refusal noHook(String id) {
        return new Refusal(
                Kind.NOT_FOUND,
                "the app has no hook '%s': 'autoserve hook list' shows its hooks".formatted(id),
                List.of());
    }

    public static Refusal noReceiver(String name) {
        return new Refusal(
                Kind.NOT_FOUND,
                "receiver '%s' does not exist: 'autoserve notify list' shows the receivers"
                        .formatted(name),
                List.of());
    }

    public static Refusal noDomain(String host) {
        return new Refusal(Kind.NOT_FOUND, "domain '%s' does not exist".formatted(host), List.of());
    }

    /**
     * @param pointer place in the request, as a JSON pointer
     */
    public static Refusal invalid(String pointer, String message) {
        return new Refusal(Kind.INVALID, message, List.of(new Fault(pointer, message)));
    }

    public static Refusal keyInUse(String key) {
        return new Refusal(
                Kind.KEY_IN_USE,
                "the idempotency key '%s' was already used for another request: use a new key for each request"
                        .formatted(key),
                List.of());
    }

    public static Refusal noNode(String name) {
        return new Refusal(
                Kind.NOT_FOUND,
                "node '%s' does not exist: 'autoserve node list' shows the nodes".formatted(name),
                List.of());
    }

    public static Refusal forbidden(String message) {
        return new Refusal(Kind.FORBIDDEN, message, List.of());
    }

    /**
     * @param faults at least one, each with its place in the request
     */
    public static Refusal forbidden(List<Fault> faults) {
        return new Refusal(Kind.FORBIDDEN, faults.getFirst().message(), faults);
    }

    public static Refusal conflict(String message) {
        return new Refusal(Kind.CONFLICT, message, List.of());
    }

    /**
     * @param from the earlier revision that the change was based on. Applying the change would undo
     *     all changes since that revision
     */
    public static Refusal overtaken(App app, int from) {
        return conflict(
                "app '%s' is at revision %d, but your change is based on revision %d: check the newer revision, then retry"
                        .formatted(app.name(), app.revision(), from));
    }

    /**
     * @param faults at least one, each with its place in the request
     */
    public static Refusal conflict(List<Fault> faults) {
        return new Refusal(Kind.CONFLICT, faults.getFirst().message(), faults);
    }

    /**
     * Refuses a request that may succeed a second later, for example when the database is reachable
     * again.
     */
    public static Refusal unavailable(String message) {
        return new Refusal(Kind.UNAVAILABLE, message, List.of());
    }

    public Kind kind() {
        return kind;
    }

    public List<Fault> faults() {
        return faults;
    }
}
