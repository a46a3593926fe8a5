package io.autoserve.imports;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The variables and files that a Compose file may refer to.
 *
 * @param variables values for variables in the file, as from {@code .env} and the environment
 * @param files returns the text of a file that the Compose file names, or empty if it cannot be
 *     read
 * @param absolute returns the absolute path of a file that the Compose file names
 * @param hostPaths whether specs may keep folders of the machine as volumes
 */
public record ComposeContext(
        Map<String, String> variables,
        Function<String, Optional<String>> files,
        UnaryOperator<String> absolute,
        boolean hostPaths) {
    public ComposeContext {
        variables = Map.copyOf(variables);
    }
}
