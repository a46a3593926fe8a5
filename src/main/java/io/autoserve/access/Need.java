package io.autoserve.access;

import io.autoserve.model.Role;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an operation asks of its caller.
 *
 * @param role null: nothing, it is open to all
 */
public record Need(@Nullable Role role, Reach reach) {

    /** Of which apps an operation tells, or which it changes. */
    public enum Reach {
        /** Of the one that its path names. */
        ONE,
        /** Of those only that its caller is for: it sees to that itself. */
        OWN,
        /** Of any; so it is for those alone who are for all. */
        ALL
    }

    /**
     * @return why not, in a sentence that says what is needed; empty: go on
     */
    public Optional<String> objection(Caller caller, @Nullable String app) {
        if (role == null) {
            return Optional.empty();
        }
        if (!caller.role().includes(role)) {
            return Optional.of(
                    "this needs the role %s, and the token '%s' has the role %s"
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
                                    "this concerns all apps, and the token '%s' is for %s"
                                            .formatted(caller.name(), caller.apps()));
        };
    }

    /** The same for apps that are there and apps that are not: nobody finds out which. */
    public static String beyond(Caller caller) {
        return "the token '%s' is for the apps %s only".formatted(caller.name(), caller.apps());
    }
}
