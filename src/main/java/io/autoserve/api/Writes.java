package io.autoserve.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.access.Need;
import io.autoserve.api.Platform.Applied;
import io.autoserve.api.Problem.Fault;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.spec.Reading;
import io.autoserve.spec.SpecReader;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests that change apps. A request with an error never reaches the platform. */
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
                "startApp", call -> accept(call, call.once(platform)::start),
                "stopApp", call -> accept(call, call.once(platform)::stop),
                "restartApp", call -> accept(call, call.once(platform)::restart),
                "deleteApp", call -> accept(call, call.once(platform)::delete),
                "pauseRollout", call -> accept(call, call.once(platform)::pause),
                "resumeRollout", call -> accept(call, call.once(platform)::resume),
                "undoRollout", this::undo);
    }

    private void register(Call call) {
        var written =
                spec(call, call.bodyText())
                        .map(spec -> within(call, spec))
                        .compose(spec ->
                                call.once(platform)
                                        .register(spec.meaning, spec.text, call.actor()));
        call.when(
                written,
                app -> {
                    locate(call, app);
                    call.json(201, status(app));
                });
    }

    private record AppliedStatus(@JsonUnwrapped AppStatus status, Applied.Outcome outcome) {}

    private void undo(Call call) {
        var to = revision(call, "to");
        accept(call, (name, actor) -> call.once(platform).undo(name, to, actor));
    }

    private static @Nullable Integer revision(Call call, String parameter) {
        var number = call.number(parameter);
        return number == null ? null : (Integer) Math.toIntExact(number);
    }

    private void apply(Call call) {
        if (call.flag("dryRun")) {
            call.when(
                    named(call, call.bodyText()).compose(read -> platform.preview(read.meaning)),
                    preview -> call.json(200, preview));
        } else {
            apply(call, call.bodyText(), revision(call, "from"));
        }
    }

    /** Applies the text as the app's spec. The caller made it from revision {@code from}. */
    void apply(Call call, String text, @Nullable Integer from) {
        var applied =
                named(call, text)
                        .compose(read ->
                                call.once(platform)
                                        .apply(read.meaning, read.text, from, call.actor()));
        call.when(
                applied,
                done -> {
                    if (done.outcome() == Applied.Outcome.Created) {
                        locate(call, done.app());
                    }
                    call.json(
                            done.outcome() == Applied.Outcome.Created ? 201 : 200,
                            new AppliedStatus(status(done.app()), done.outcome()));
                });
    }

    private void scale(Call call) {
        var replicas = call.body().path("replicas").intValue();
        call.when(
                call.once(platform).scale(call.required("name"), replicas, call.actor()),
                app -> call.json(202, new Scaled(status(app), note(app))));
    }

    private record Scaled(@JsonUnwrapped AppStatus status, @Nullable String note) {}

    /**
     * Returns a note that the number will not last, or null under manual scaling. Without it, an
     * operator would wonder why the number changes again soon.
     */
    private static @Nullable String note(App app) {
        var scaling = app.spec().scaling();
        return scaling.mode() == AppSpec.Scaling.Mode.MANUAL
                ? null
                : "the app scales by itself: this holds for %d s, or until the next apply; 'mode: manual' makes it last"
                        .formatted(scaling.hold().toSeconds());
    }

    private void accept(Call call, BiFunction<String, String, Future<App>> write) {
        call.when(
                write.apply(call.required("name"), call.actor()),
                app -> call.json(202, status(app)));
    }

    private AppStatus status(App app) {
        var view = platform.snapshot();
        return AppStatus.of(app, view.instances(app), view.progress(app));
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

    private static Fault fault(io.autoserve.spec.Fault fault) {
        return new Fault(fault.pointer(), fault.line(), null, fault.message());
    }

    /**
     * Requires that the spec's app is in the caller's scope. Registration needs this check because
     * its path does not name the app.
     */
    private static Spec within(Call call, Spec spec) {
        if (!call.caller().sees(spec.meaning.name())) {
            throw new Rejection.Forbidden(Need.beyond(call.caller()));
        }
        return spec;
    }

    /** Reads a spec that must be of the app in the path. */
    private Future<Spec> named(Call call, String text) {
        return spec(call, text).map(spec -> named(spec, call.required("name")));
    }

    private static Spec named(Spec spec, String name) {
        if (!spec.meaning.name().equals(name)) {
            throw new Rejection.BadBody(
                    List.of(
                            Fault.at(
                                    "/metadata/name",
                                    "must be '%s' as in the path, was '%s'"
                                            .formatted(name, spec.meaning.name()))));
        }
        return spec;
    }
}
