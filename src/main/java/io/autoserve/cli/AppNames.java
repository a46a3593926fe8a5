package io.autoserve.cli;

import java.util.Iterator;
import java.util.List;

/** Stands for the names of apps where a shell completes: the script asks a controller for them. */
final class AppNames implements Iterable<String> {
    static final String PLACEHOLDER = "@apps@";

    @Override
    public Iterator<String> iterator() {
        return List.of(PLACEHOLDER).iterator();
    }
}
