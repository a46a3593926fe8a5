package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Finding.Severity;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Decides from the facts alone what is wrong with the platform and how to fix it. */
record Diagnosis(List<Finding> findings) {
    static Diagnosis of(Facts facts) {
        var machine =
                facts.place() == PlatformKind.ELSEWHERE
                        ? Stream.<Finding>empty()
                        : new Machine(facts).findings();
        return new Diagnosis(
                Stream.of(machine, new ControlPlane(facts).findings(), new Data(facts).findings())
                        .flatMap(it -> it)
                        .toList());
    }

    Severity worst() {
        return findings.stream()
                .map(Finding::severity)
                .max(Comparator.naturalOrder())
                .orElse(Severity.OK);
    }
}
