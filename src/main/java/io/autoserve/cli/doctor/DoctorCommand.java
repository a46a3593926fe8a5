package io.autoserve.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.cli.command.ClientCommand;
import io.autoserve.cli.command.ConnectionOptions;
import io.autoserve.cli.command.OutputOption;
import io.autoserve.cli.doctor.Finding.Severity;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.Paint;
import io.autoserve.cli.terminal.Table;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExitCodeGenerator;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

@Command(
        name = "doctor",
        header = "Find what is wrong with the platform and how to fix it",
        description = {
            "Checks Docker, ports, load, memory, disks, images, the API, nginx, clocks and databases. It also"
                    + " works if some of them are not running, and changes nothing. For a platform"
                    + " on another machine it checks only the API. The exit code is 1 if a check"
                    + " fails, and 8 if a check warns and none fails."
        },
        footer = {
            "%nExamples",
            "  autoserve doctor",
            "  autoserve doctor -o json | jq .worst",
            "  autoserve doctor --security",
            "  autoserve doctor --url https://autoserve.example.com:8000"
        })
public final class DoctorCommand extends ClientCommand implements IExitCodeGenerator {
    @Option(
            names = "--security",
            description =
                    "Check instead what is open on this machine: ports, tokens, keys, certificates,"
                            + " images, Docker's socket and libraries. Run it with an admin token.")
    private boolean security;

    @Mixin private OutputOption output;

    private Exit outcome = Exit.OK;

    @Override
    public void run() {
        var api = api();
        var examination = new Examination(api, environment(), clock());
        var here = ConnectionOptions.loopback(api.url());
        if (security && !here) {
            throw new ParameterException(
                    commandLine(),
                    "--security checks the machine that it runs on: run it on the platform's"
                            + " machine, without --url");
        }
        var diagnosis =
                security
                        ? examination.security()
                        : here ? examination.here() : examination.elsewhere();
        output.print(terminal(), json(diagnosis), () -> lines(diagnosis));
        outcome =
                switch (diagnosis.worst()) {
                    case OK -> Exit.OK;
                    case WARN -> Exit.WARNED;
                    case FAIL -> Exit.FAILED;
                };
    }

    private static JsonNode json(Diagnosis diagnosis) {
        var json = JsonNodeFactory.instance.objectNode().put("worst", word(diagnosis.worst()));
        var findings = json.putArray("findings");
        for (var finding : diagnosis.findings()) {
            findings.addObject()
                    .put("check", finding.check())
                    .put("verdict", word(finding.severity()))
                    .put("fact", finding.fact())
                    .put("wayOut", finding.wayOut());
        }
        return json;
    }

    private void lines(Diagnosis diagnosis) {
        var table = new Table("");
        for (var finding : diagnosis.findings()) {
            var wayOut = finding.wayOut().isEmpty() ? "" : " → " + finding.wayOut();
            table.row(
                    terminal().paint(paint(finding.severity()), word(finding.severity())),
                    finding.check(),
                    finding.fact() + wayOut);
        }
        table.print(terminal());
    }

    private static String word(Severity severity) {
        return severity.name().toLowerCase(Locale.ROOT);
    }

    private static Paint paint(Severity severity) {
        return switch (severity) {
            case OK -> Paint.GOOD;
            case WARN -> Paint.BUSY;
            case FAIL -> Paint.BAD;
        };
    }

    @Override
    public int getExitCode() {
        return outcome.code();
    }
}
