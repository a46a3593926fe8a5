package io.autoserve.apps;

import io.autoserve.model.Hidden;
import java.util.Optional;

/** Where the values are read that a container is to be made with. */
public interface Secrets {

    /** The newest version; empty where there is no such secret, refused where it does not open. */
    Optional<Hidden> read(String name);
}
