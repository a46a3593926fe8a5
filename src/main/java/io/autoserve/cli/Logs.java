package io.autoserve.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "logs",
        header = "What an app's instances wrote",
        footer = {
            "%nExamples",
            "  autoserve logs web -n 20",
            "  autoserve logs web --instance web-2 --since 10m"
        })
final class Logs extends ClientCommand {
    @Parameters(paramLabel = "NAME", description = "The app.")
    private String name;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            description = "At most so many of each instance (default ${DEFAULT-VALUE}).")
    private int tail = 100;

    @Option(names = "--instance", paramLabel = "NAME", description = "Only this one, like web-2.")
    private @Nullable String instance;

    @Mixin private Since since;
    @Mixin private Output output;

    @Override
    public void run() {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("tail", String.valueOf(tail));
        if (instance != null) {
            parameters.put("instance", instance);
        }
        since.moment(now()).ifPresent(moment -> parameters.put("since", moment.toString()));
        var answer = api().get("/api/v1/apps/" + name + "/logs" + Api.query(parameters));
        output.print(terminal(), answer, () -> lines(answer.path("lines")));
    }

    private void lines(JsonNode lines) {
        for (var line : lines) {
            var text = line.path("text").asText("");
            terminal()
                    .line(
                            terminal().paint(Paint.NAME, line.path("instance").asText(""))
                                    + "  "
                                    + (line.path("stream").asText("").equals("stderr")
                                            ? terminal().paint(Paint.BUSY, text)
                                            : text));
        }
    }
}
