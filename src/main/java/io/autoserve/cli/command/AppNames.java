package io.autoserve.cli.command;

import java.util.Iterator;
import java.util.List;

/**
 * Marks the arguments that a shell completes with names of apps. When {@code autoserve completion}
 * prints the script, it replaces the placeholder by a call that asks a controller for the names.
 */
public final class AppNames implements Iterable<String> {
    public static final String PLACEHOLDER = "@apps@";

    @Override
    public Iterator<String> iterator() {
        return List.of(PLACEHOLDER).iterator();
    }
}
