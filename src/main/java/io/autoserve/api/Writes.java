package io.autoserve.api;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
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

/** What is asked to change. Nothing of a faulty request reaches the platform. */
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
                "startApp", call -> accept(call, platform::start),
                "stopApp", call -> accept(call, platform::stop),
                "restartApp", call -> accept(call, platform::restart),
                "deleteApp", call -> accept(call, platform::delete),
                "pauseRollout", call -> accept(call, platform::pause),
                "resumeRollout", call -> accept(call, platform::resume),
                "undoRollout", this::undo);
    }

    private void register(Call call) {
        var written =
                spec(call).compose(spec -> platform.register(spec.meaning, spec.text, actor(call)));
        call.when(
                written,
                app -> {
                    locate(call, app);
                    call.json(201, status(app));
                });
    }

    private record AppliedStatus(@JsonUnwrapped AppStatus status, Applied.Outcome outcome) {}

    private void undo(Call call) {
        var to = call.number("to");
        accept(
                call,
                (name, actor) ->
                        platform.undo(name, to == null ? null : Math.toIntExact(to), actor));
    }

    private void apply(Call call) {
        var spec = spec(call).map(read -> named(read, call.required("name")));
        if (call.flag("dryRun")) {
            call.when(
                    spec.compose(read -> platform.preview(read.meaning)),
                    preview -> call.json(200, preview));
            return;
        }
        var applied = spec.compose(read -> platform.apply(read.meaning, read.text, actor(call)));
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
        accept(call, (name, actor) -> platform.scale(name, replicas, actor));
    }

    private void accept(Call call, BiFunction<String, String, Future<App>> write) {
        call.when(
                write.apply(call.required("name"), actor(call)),
                app -> call.json(202, status(app)));
    }

    private AppStatus status(App app) {
        return AppStatus.of(app, platform.snapshot().instances(app));
    }

    private static void locate(Call call, App app) {
        call.response().putHeader("Location", "/api/v1/apps/" + app.name());
    }

    private static String actor(Call call) {
        return call.text("X-Autoserve-Actor", "api");
    }

    private record Spec(AppSpec meaning, String text) {}

    /** Off the event loop: a large spec takes a while to read. */
    private Future<Spec> spec(Call call) {
        var text = call.bodyText();
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
