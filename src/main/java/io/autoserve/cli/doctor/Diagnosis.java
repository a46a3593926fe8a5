package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.Place;
import io.autoserve.cli.doctor.Finding.Verdict;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Decides on facts alone how the platform is, and what is to be done. */
public record Diagnosis(List<Finding> findings) {
    static Diagnosis of(Facts facts) {
        var machine =
                facts.place() == Place.ELSEWHERE
                        ? Stream.<Finding>empty()
                        : new Machine(facts).findings();
        return new Diagnosis(
                Stream.of(machine, new ControlPlane(facts).findings(), new Data(facts).findings())
                        .flatMap(it -> it)
                        .toList());
    }

    public Verdict worst() {
        return findings.stream()
                .map(Finding::verdict)
                .max(Comparator.naturalOrder())
                .orElse(Verdict.OK);
    }
}
