package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.Domain;
import io.autoserve.model.Instance;
import io.autoserve.model.Receiver;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.Role;
import io.autoserve.model.Task;
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
    private static final Pattern TABLE_OR_CHECK =
            Pattern.compile("(?:create|alter) table (\\w+)|check \\((\\w+) in \\(([^)]*)\\)\\)");
    private static final Pattern WORD = Pattern.compile("'(\\w+)'");

    @Test
    void a_column_accepts_exactly_the_names_of_its_constants() throws IOException {
        var columns = new HashMap<String, Set<String>>();
        var table = "";
        var found = TABLE_OR_CHECK.matcher(migrations());
        while (found.find()) {
            if (found.group(1) != null) {
                table = found.group(1);
                continue;
            }
            columns.put(
                    table + "." + found.group(2),
                    WORD.matcher(found.group(3))
                            .results()
                            .map(word -> word.group(1))
                            .collect(Collectors.toSet()));
        }

        assertThat(columns)
                .isEqualTo(
                        Map.of(
                                "apps.intent", names(App.Intent.values()),
                                "instances.state", names(Instance.State.values()),
                                "instances.health", names(Instance.Health.values()),
                                "tokens.role", names(Role.values()),
                                "tasks.state", names(Task.TaskState.values()),
                                "releases.state", names(ReleaseStatus.ReleaseState.values()),
                                "receivers.kind", names(Receiver.Form.values()),
                                "domains.source", names(Domain.Source.values()),
                                "audit.outcome", names(AuditOutcome.values())));
    }

    /** Returns all migrations in their order, so that a later check replaces an earlier one. */
    private static String migrations() throws IOException {
        var text = new StringBuilder();
        try (var files = Files.list(Path.of("migrations"))) {
            for (var file : files.sorted().toList()) {
                text.append(Files.readString(file)).append('\n');
            }
        }
        return text.toString();
    }

    private static Set<String> names(Enum<?>[] constants) {
        return Stream.of(constants).map(Enum::name).collect(Collectors.toSet());
    }
}
