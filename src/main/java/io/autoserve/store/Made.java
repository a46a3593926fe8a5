package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.Event.Change.PutApp;
import io.autoserve.spec.Json;
import java.util.List;

/** The result of a request that created or changed an app. */
record Made(App app, ApplyOutcome outcome) {
    /**
     * Stores the answer without the app's spec, which can be large, and reads the spec from its
     * revision. If the revision is gone, for example together with the app, the answer has only an
     * outline of the spec.
     */
    static final AnswerForm<Made> FORM =
            new AnswerForm<>() {
                @Override
                public String write(Made made) {
                    var app = made.app();
                    return Json.write(
                            new Stored(
                                    PutApp.of(app, false, List.of()),
                                    app.spec().outline(),
                                    made.outcome()));
                }

                @Override
                public Made read(Transaction transaction, String text) {
                    var stored = Json.read(text, Stored.class);
                    var app = stored.app();
                    var spec =
                            Rows.revisionSpec(transaction, app.id(), app.revision())
                                    .orElse(stored.outline());
                    return new Made(app.with(spec), stored.outcome());
                }
            };

    private record Stored(PutApp app, AppSpec outline, ApplyOutcome outcome) {}
}
