package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.Domain;
import io.autoserve.model.Instance;
import io.autoserve.model.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Checks that the tables accept the names of all constants that are stored in them. Only the
 * database sees these names, because the answers of the API have enums of their own.
 */
class ColumnWordsTest {
    private static final Pattern CHECK = Pattern.compile("check \\((\\w+) in \\(([^)]*)\\)\\)");
    private static final Pattern WORD = Pattern.compile("'(\\w+)'");

    @Test
    void a_column_accepts_exactly_the_names_of_its_constants() throws IOException {
        var columns = new HashMap<String, Set<String>>();
        var check = CHECK.matcher(Files.readString(Path.of("migrations/V101__autoserve.sql")));
        while (check.find()) {
            columns.put(
                    check.group(1),
                    WORD.matcher(check.group(2))
                            .results()
                            .map(word -> word.group(1))
                            .collect(Collectors.toSet()));
        }

        assertThat(columns)
                .isEqualTo(
                        Map.of(
                                "intent", names(App.Intent.values()),
                                "state", names(Instance.State.values()),
                                "health", names(Instance.Health.values()),
                                "role", names(Role.values()),
                                "source", names(Domain.Source.values()),
                                "outcome", names(AuditOutcome.values())));
    }

    private static Set<String> names(Enum<?>[] constants) {
        return Stream.of(constants).map(Enum::name).collect(Collectors.toSet());
    }
}
