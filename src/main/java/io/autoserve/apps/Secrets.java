package io.autoserve.apps;

import io.autoserve.model.Hidden;
import java.util.Optional;

/** Reads the secret values that a container gets. */
public interface Secrets {

    /**
     * Returns the newest version of the secret's value, or empty if the secret does not exist.
     * Throws a {@code Refusal} if the value cannot be decrypted.
     */
    Optional<Hidden> read(String name);
}
