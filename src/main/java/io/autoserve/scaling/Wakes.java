package io.autoserve.scaling;

import java.util.Collection;
import java.util.Set;

/** Reports when requests arrive for apps that sleep. */
@FunctionalInterface
public interface Wakes {

    /**
     * Returns those of the apps for which requests wait. If there is none, blocks until the first
     * request arrives, for some seconds at most. Throws if nginx does not answer.
     *
     * @param apps names of apps
     */
    Set<String> await(Collection<String> apps);
}
