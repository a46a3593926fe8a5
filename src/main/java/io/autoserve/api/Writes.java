package io.autoserve.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.access.Requirement;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.platform.Apps.Edit;
import io.autoserve.platform.Apps.PlannedAction;
import io.autoserve.platform.Platform;
import io.autoserve.spec.Reading;
import io.autoserve.spec.SpecReader;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests that change apps. An invalid request never reaches the platform. */
final class Writes {
    private final Platform platform;
    private final SpecReader specs;

    Writes(Platform platform, SpecReader specs) {
        this.platform = platform;
        this.specs = specs;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "registerApp", this::register,
                "applyApp", this::apply,
                "scaleApp", this::scale,
                "startApp", call -> accept(call, platform.apps()::start),
                "stopApp", call -> accept(call, platform.apps()::stop),
                "restartApp", call -> accept(call, platform.apps()::restart),
                "deleteApp", call -> accept(call, platform.apps()::delete),
                "pauseRollout", call -> accept(call, platform.apps()::pause),
                "resumeRollout", call -> accept(call, platform.apps()::resume),
                "undoRollout", this::undo);
    }

    private void register(Call call) {
        var written =
                spec(call, call.bodyText())
                        .map(spec -> within(call, spec))
                        .compose(spec ->
                                platform.apps().register(spec.meaning, spec.text, call.by()));
        call.when(
                written,
                app -> {
                    locate(call, app);
                    call.json(201, status(app));
                });
    }

    private record AppliedStatus(@JsonUnwrapped AppStatus status, AppliedOutcome outcome) {}

    private record PreviewAnswer(
            AppliedOutcome outcome,
            int revision,
            List<Edit> changes,
            List<PlannedAction> actions) {}

    private enum AppliedOutcome {
        Created,
        Changed,
        Unchanged;

        static AppliedOutcome of(ApplyOutcome outcome) {
            return switch (outcome) {
                case CREATED -> Created;
                case CHANGED -> Changed;
                case UNCHANGED -> Unchanged;
            };
        }
    }

    private void undo(Call call) {
        var to = revision(call, "to");
        accept(call, (name, by) -> platform.apps().undo(name, to, by));
    }

    private static @Nullable Integer revision(Call call, String parameter) {
        var number = call.number(parameter);
        return number == null ? null : (Integer) Math.toIntExact(number);
    }

    private void apply(Call call) {
        if (call.flag("dryRun")) {
            call.when(
                    named(call, call.bodyText())
                            .compose(read -> platform.apps().preview(read.meaning, call.by())),
                    preview ->
                            call.json(
                                    200,
                                    new PreviewAnswer(
                                            AppliedOutcome.of(preview.outcome()),
                                            preview.revision(),
                                            preview.changes(),
                                            preview.actions())));
        } else {
            apply(call, call.bodyText(), revision(call, "from"));
        }
    }

    /** Applies the text as the app's spec. The text is based on revision {@code from}. */
    void apply(Call call, String text, @Nullable Integer from) {
        var applied =
                named(call, text)
                        .compose(read ->
                                platform.apps().apply(read.meaning, read.text, from, call.by()));
        call.when(
                applied,
                done -> {
                    if (done.outcome() == ApplyOutcome.CREATED) {
                        locate(call, done.app());
                    }
                    call.json(
                            done.outcome() == ApplyOutcome.CREATED ? 201 : 200,
                            new AppliedStatus(
                                    status(done.app()), AppliedOutcome.of(done.outcome())));
                });
    }

    private void scale(Call call) {
        var replicas = call.body().path("replicas").intValue();
        call.when(
                platform.apps().scale(call.required("name"), replicas, call.by()),
                app -> call.json(202, new Scaled(status(app), note(app))));
    }

    private record Scaled(@JsonUnwrapped AppStatus status, @Nullable String note) {}

    /**
     * Returns a note that the autoscaler may soon change the number of instances again, or null if
     * scaling is manual. Without the note, an operator would wonder about the change.
     */
    private static @Nullable String note(App app) {
        var scaling = app.spec().scaling();
        return scaling.mode() == AppSpec.Scaling.Mode.MANUAL
                ? null
                : "the app scales automatically: this number holds for %d s, or until the next apply; set 'mode: manual' to keep it"
                        .formatted(scaling.hold().toSeconds());
    }

    private void accept(Call call, BiFunction<String, By, Future<App>> write) {
        call.when(
                write.apply(call.required("name"), call.by()), app -> call.json(202, status(app)));
    }

    private AppStatus status(App app) {
        return AppStatus.of(platform.snapshot(), app);
    }

    private static void locate(Call call, App app) {
        call.response().putHeader("Location", "/api/v1/apps/" + app.name());
    }

    private record Spec(AppSpec meaning, String text) {}

    /** Reads the spec off the event loop, because a large spec takes a while. */
    private Future<Spec> spec(Call call, String text) {
        return call.context()
                .vertx()
                .executeBlocking(() -> specs.read(text), false)
                .map(reading ->
                        switch (requireNonNull(reading)) {
                            case Reading.Understood(var spec, _) -> new Spec(spec, text);
                            case Reading.Faulty(var faults) ->
                                    throw new Rejection.BadBody(
                                            faults.stream().map(Writes::fault).toList());
                        });
    }

    private static FieldError fault(io.autoserve.spec.Fault fault) {
        return new FieldError(fault.pointer(), fault.line(), null, fault.message());
    }

    /**
     * Requires that the spec's app is in the caller's scope. Registration needs this check because
     * its path does not name the app.
     */
    private static Spec within(Call call, Spec spec) {
        if (!call.caller().sees(spec.meaning.name())) {
            throw new Rejection.Forbidden(Requirement.beyond(call.caller()));
        }
        return spec;
    }

    /** Reads a spec, and requires that it is for the app in the path. */
    private Future<Spec> named(Call call, String text) {
        return spec(call, text).map(spec -> named(spec, call.required("name")));
    }

    private static Spec named(Spec spec, String name) {
        if (!spec.meaning.name().equals(name)) {
            throw new Rejection.BadBody(
                    List.of(
                            FieldError.at(
                                    "/metadata/name",
                                    "must be '%s' as in the path, was '%s'"
                                            .formatted(name, spec.meaning.name()))));
        }
        return spec;
    }
}
