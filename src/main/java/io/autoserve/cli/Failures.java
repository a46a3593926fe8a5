package io.autoserve.cli;

import java.util.ArrayList;
import java.util.List;

/** Collects what fails of several, so that one failure does not keep the rest from being done. */
final class Failures {
    private final List<Failure> all = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private int attempts;

    /**
     * Does one of several and remembers its failure. It throws at once where no controller answers,
     * since none would answer for the rest.
     *
     * @param subject is written before the failure's text; empty: the text names it
     */
    void attempt(String subject, Runnable one) {
        attempts++;
        try {
            one.run();
        } catch (Failure failure) {
            if (failure.mayPass()) {
                throw failure;
            }
            add(subject, failure);
        }
    }

    void add(String subject, Failure failure) {
        all.add(failure);
        details.add((subject.isEmpty() ? "" : subject + "  ") + failure.text());
    }

    int count() {
        return all.size();
    }

    /**
     * Throws one failure that lists all, if there are any. The failure of a single attempt is
     * thrown as it is. The exit code is the one that all share, or else that of a failure.
     */
    void throwAny(String summary) {
        if (attempts == 1 && !all.isEmpty()) {
            throw all.getFirst();
        }
        if (!all.isEmpty()) {
            throw Failure.of(exit(), summary, details);
        }
    }

    private Exit exit() {
        var exits = all.stream().map(Failure::exit).distinct().toList();
        return exits.size() == 1 ? exits.getFirst() : Exit.FAILED;
    }
}
