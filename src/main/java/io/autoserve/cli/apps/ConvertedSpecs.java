package io.autoserve.cli.apps;

import io.autoserve.cli.client.ErrorLine;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.exit.Exit;
import io.autoserve.cli.terminal.HumanUnits;
import io.autoserve.cli.terminal.Terminal;
import io.autoserve.imports.Conversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.stream.Collectors;

/**
 * Prints or writes the specs that a file was converted to, and prints what was not carried over.
 *
 * @param source the name of the converted file
 */
record ConvertedSpecs(Conversion conversion, String source, Terminal terminal) {

    void print() {
        terminal.verbatim(
                conversion.drafts().stream()
                        .map(draft -> draft.text().stripTrailing())
                        .collect(Collectors.joining("\n---\n")));
        report();
    }

    void write(Path folder, boolean force) {
        var files = new NewFiles(terminal, force);
        conversion
                .drafts()
                .forEach(draft -> files.write(folder, draft.name() + ".yaml", draft.text()));
        report();
    }

    /** Returns the text of the only spec, and prints what was not carried over. */
    String only() {
        report();
        return conversion.drafts().getFirst().text();
    }

    /** Throws a failure that lists the errors of the specs, if there are any. */
    private void report() {
        for (var remark : conversion.remarks()) {
            terminal.aside(
                    new ErrorLine(remark.field(), "", remark.line(), 0, remark.message())
                            .in(source));
        }
        var errors = new ArrayList<String>();
        conversion
                .drafts()
                .forEach(draft ->
                        draft.faults()
                                .forEach(fault ->
                                        errors.add(
                                                ErrorLine.of(fault).in(draft.name() + ".yaml"))));
        if (!errors.isEmpty()) {
            throw CommandFailure.of(
                    Exit.REFUSED,
                    "%s must be corrected before the specs can be applied"
                            .formatted(HumanUnits.count(errors.size(), "error")),
                    errors);
        }
    }
}
