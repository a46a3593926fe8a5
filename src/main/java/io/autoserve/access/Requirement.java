package io.autoserve.access;

import io.autoserve.model.Role;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an operation requires of its caller.
 *
 * @param role role that the caller needs; null if the operation is open to everyone
 */
public record Requirement(@Nullable Role role, Reach reach) {

    /** Which apps an operation shows or changes. */
    public enum Reach {
        /** The app that its path names. */
        ONE,
        /** Only apps in the caller's scope. The operation itself checks that. */
        OWN,
        /** Any app, so the operation is only for callers whose scope is all apps. */
        ALL
    }

    /**
     * Checks whether the caller may use the operation.
     *
     * @param app the app that the path names, or null
     * @return a sentence that says what is missing; empty if the caller is permitted
     */
    public Optional<String> objection(Caller caller, @Nullable String app) {
        if (role == null) {
            return Optional.empty();
        }
        if (!caller.role().includes(role)) {
            return Optional.of(
                    "this request needs the role %s, but the token '%s' has the role %s"
                            .formatted(role.word(), caller.name(), caller.role().word()));
        }
        return switch (reach) {
            case ONE ->
                    app != null && caller.sees(app)
                            ? Optional.empty()
                            : Optional.of(beyond(caller));
            case OWN -> Optional.empty();
            case ALL ->
                    caller.apps().everything()
                            ? Optional.empty()
                            : Optional.of(
                                    "this request concerns all apps, but the token '%s' is limited to %s"
                                            .formatted(caller.name(), caller.apps()));
        };
    }

    /**
     * Returns the objection to an app outside the caller's scope. It is the same whether the app
     * exists or not, so that the caller cannot find out which apps exist.
     */
    public static String beyond(Caller caller) {
        return "not permitted for this app: the token '%s' is limited to the apps %s"
                .formatted(caller.name(), caller.apps());
    }
}
