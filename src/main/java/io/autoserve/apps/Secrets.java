package io.autoserve.apps;

import io.autoserve.model.Hidden;
import java.util.Optional;

/** Reads the secret values that a container gets. */
public interface Secrets {

    /**
     * Returns the newest version, or empty if the secret does not exist. Refuses if it cannot be
     * opened.
     */
    Optional<Hidden> read(String name);
}
