package io.autoserve.cli.wait;

import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.AppView;
import io.autoserve.cli.client.RevisionEvent;

/**
 * Why an app is no longer at the revision that a command waits for, according to its events.
 *
 * @param word one or two words for the change, such as {@code rolled back}
 * @param reason a sentence that names the revision
 */
record ConcurrentChange(String word, String reason) {

    static ConcurrentChange of(Api api, AppView asked) {
        return RevisionEvent.of(api, asked.name(), asked.revision() + 1)
                .map(event -> of(event, asked))
                .orElseGet(() ->
                        new ConcurrentChange(
                                "replaced",
                                "revision %d is no longer the current one"
                                        .formatted(asked.revision())));
    }

    private static ConcurrentChange of(RevisionEvent event, AppView asked) {
        return event.rolledBack()
                ? new ConcurrentChange(
                        "rolled back",
                        "revision %d was rolled back%s: %s"
                                .formatted(
                                        asked.revision(),
                                        asked.replaces()
                                                .map(" to revision %d, which serves"::formatted)
                                                .orElse(""),
                                        event.reason()))
                : new ConcurrentChange(
                        "replaced",
                        "revision %d was replaced by revision %d of %s"
                                .formatted(asked.revision(), asked.revision() + 1, event.actor()));
    }
}
