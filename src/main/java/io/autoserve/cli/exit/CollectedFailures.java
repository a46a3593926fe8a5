package io.autoserve.cli.exit;

import java.util.ArrayList;
import java.util.List;

/** Collects the failures of several attempts, so that one failure does not stop the rest. */
public final class CollectedFailures {
    private final List<CommandFailure> all = new ArrayList<>();
    private final List<String> details = new ArrayList<>();
    private int attempts;

    /**
     * Runs one attempt and remembers its failure. Throws at once if no controller answers, because
     * the remaining attempts would fail too.
     *
     * @param subject what the attempt is about, which is printed before the failure's text; empty
     *     if the text names it already
     */
    public void attempt(String subject, Runnable one) {
        attempts++;
        try {
            one.run();
        } catch (CommandFailure failure) {
            if (failure.mayPass()) {
                throw failure;
            }
            add(subject, failure);
        }
    }

    public void add(String subject, CommandFailure failure) {
        all.add(failure);
        details.addAll(failure.details());
        details.add((subject.isEmpty() ? "" : subject + "  ") + failure.text());
    }

    public int count() {
        return all.size();
    }

    /**
     * Throws one failure that lists all collected failures, or does nothing if there are none. If
     * there was only one attempt, throws its failure unchanged. The exit code is that of the
     * collected failures if all have the same one, and otherwise {@link Exit#FAILED}.
     */
    public void throwAny(String summary) {
        if (attempts == 1 && !all.isEmpty()) {
            throw all.getFirst();
        }
        if (!all.isEmpty()) {
            throw CommandFailure.of(exit(), summary, details);
        }
    }

    private Exit exit() {
        var exits = all.stream().map(CommandFailure::exit).distinct().toList();
        return exits.size() == 1 ? exits.getFirst() : Exit.FAILED;
    }
}
