package io.autoserve.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.spec.Yaml;
import picocli.CommandLine.Option;

/** The option {@code -o}: a table for people, or the API's answer as JSON or YAML for programs. */
public final class OutputOption {
    enum Format {
        table,
        json,
        yaml
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description =
                    "${COMPLETION-CANDIDATES}. json and yaml print the API's answer unchanged.")
    private Format format = Format.table;

    public boolean forPeople() {
        return format == Format.table;
    }

    public void print(Terminal terminal, JsonNode answer, Runnable table) {
        switch (format) {
            case table -> table.run();
            case json -> terminal.verbatim(answer.toPrettyString());
            case yaml -> terminal.verbatim(Yaml.write(answer).stripTrailing());
        }
    }
}
