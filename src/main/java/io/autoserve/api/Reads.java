package io.autoserve.api;

import static java.util.Comparator.comparing;

import io.autoserve.model.App;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.PreviousLog;
import io.autoserve.model.Refusal;
import io.autoserve.platform.Platform;
import io.autoserve.platform.Snapshot;
import io.autoserve.spec.SpecWriter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers reads about apps and events. Refuses them while the view has not caught up with the
 * database, because the answers could be wrong.
 */
final class Reads {
    private final Platform platform;

    // The most frequent answer, an app's status, is encoded once per view. Each event loop has a
    // cache of its own.
    private final Map<String, Buffer> rendered = new HashMap<>();
    private String renderedTag = "";

    Reads(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listApps", this::apps,
                "readApp", this::app,
                "readSpec", this::spec,
                "listInstances", this::instances,
                "readHealth", this::health,
                "readRollout", this::rollout,
                "readLogs", this::logs,
                "listAppEvents", this::appEvents,
                "listEvents", this::events);
    }

    static Snapshot view(Platform platform) {
        if (!platform.cluster().ready()) {
            throw Refusal.unavailable(
                    "this controller's view is not loaded yet: retry in a few seconds");
        }
        return platform.snapshot();
    }

    /**
     * An app and the view in which it was found. All parts of an answer use this view, so they
     * describe the same state.
     */
    private record Found(Snapshot view, App app) {
        AppStatus status() {
            return AppStatus.of(view, app);
        }

        List<Instance> instances() {
            return view.instances(app);
        }
    }

    private Found found(Call call) {
        var view = view(platform);
        return new Found(view, app(view, call));
    }

    /** Returns the app that the path names. */
    static App app(Platform platform, Call call) {
        return app(view(platform), call);
    }

    private static App app(Snapshot view, Call call) {
        var name = call.required("name");
        var app = view.app(name);
        if (app == null) {
            throw Refusal.notFound(name);
        }
        return app;
    }

    private record AppList(List<?> apps, long seq) {}

    private void apps(Call call) {
        var view = view(platform);
        var whole = call.flag("instances");
        var apps =
                view.apps().stream()
                        .filter(app -> call.caller().sees(app.name()))
                        .map(app -> AppStatus.of(view, app))
                        .map(status -> whole ? status : status.summary())
                        .toList();
        call.json(200, new AppList(apps, view.seq()));
    }

    private void app(Call call) {
        var found = found(call);
        if (!found.view.progress(found.app).isEmpty()) {
            // no ETag, since progress changes without an event and so without a new seq
            call.json(200, found.status());
            return;
        }
        var tag = '"' + found.view.timeline() + "-" + found.view.seq() + '"';
        call.response().putHeader("ETag", tag);
        if (tag.equals(call.text("If-None-Match"))) {
            call.response().setStatusCode(304).end();
        } else {
            call.send("application/json", rendered(found, tag));
        }
    }

    private void spec(Call call) {
        var app = found(call).app;
        if (call.flag("raw")) {
            call.when(
                    platform.apps().specText(app),
                    text -> call.send("application/yaml", Buffer.buffer(text)));
        } else {
            call.json(200, SpecWriter.document(app.spec()));
        }
    }

    private Buffer rendered(Found found, String tag) {
        if (!tag.equals(renderedTag)) {
            rendered.clear();
            renderedTag = tag;
        }
        return rendered.computeIfAbsent(found.app.name(), _ -> Call.encoded(found.status()));
    }

    private record InstanceList(List<InstanceStatus> instances) {}

    private void instances(Call call) {
        call.json(200, new InstanceList(found(call).status().instances()));
    }

    private record RolloutAnswer(String name, int revision, @Nullable RolloutStatus rollout) {}

    private void rollout(Call call) {
        var found = found(call);
        call.json(
                200,
                new RolloutAnswer(
                        found.app.name(),
                        found.app.revision(),
                        RolloutStatus.of(found.app, found.instances())));
    }

    private record AppHealth(
            String name,
            AppStatus.AppState state,
            String reason,
            boolean healthy,
            List<InstanceHealth> instances) {}

    private record InstanceHealth(
            String name,
            InstanceStatus.InstanceState state,
            InstanceStatus.InstanceReadiness health,
            String reason,
            @Nullable Instant readySince) {}

    private void health(Call call) {
        var status = found(call).status();
        var summary = status.summary();
        call.json(
                200,
                new AppHealth(
                        summary.name(),
                        summary.state(),
                        summary.reason(),
                        summary.replicas().ready() >= summary.replicas().desired(),
                        status.instances().stream()
                                .map(i ->
                                        new InstanceHealth(
                                                i.name(),
                                                i.state(),
                                                i.health(),
                                                i.reason(),
                                                i.readySince()))
                                .toList()));
    }

    private record Logs(List<LogAnswer> lines) {}

    private void logs(Call call) {
        var found = found(call);
        if (call.flag("previous")) {
            previousLogs(call, found.app);
            return;
        }
        var wanted = call.text("instance");
        var instances =
                found.instances().stream()
                        .filter(i -> wanted == null || wanted.equals(i.name()))
                        .toList();
        if (wanted != null && instances.isEmpty()) {
            throw new Rejection.NotFound(
                    "%s has no instance %s".formatted(found.app.name(), wanted));
        }
        var written =
                instances.stream()
                        .filter(i -> i.containerId() != null)
                        .map(i ->
                                platform.attachments()
                                        .logs(i, call.count("tail"), call.time("since"))
                                        .map(lines -> lines(i, lines)))
                        .toList();
        call.when(
                Future.all(written).map(all -> all.<List<LogAnswer>>list()),
                all ->
                        call.json(
                                200,
                                new Logs(
                                        all.stream()
                                                .flatMap(List::stream)
                                                .sorted(comparing(LogAnswer::at))
                                                .toList())));
    }

    private void previousLogs(Call call, App app) {
        var wanted = call.text("instance");
        var since = call.time("since");
        var tail = call.count("tail");
        call.when(
                platform.attachments().previousLogs(app.name()),
                all ->
                        call.json(
                                200,
                                new Logs(
                                        all.stream()
                                                .filter(log ->
                                                        wanted == null
                                                                || wanted.equals(log.instance()))
                                                .flatMap(log -> newest(log, since, tail))
                                                .sorted(comparing(LogAnswer::at))
                                                .toList())));
    }

    private static Stream<LogAnswer> newest(PreviousLog log, @Nullable Instant since, int tail) {
        var lines =
                log.lines().stream()
                        .filter(line -> since == null || !line.at().isBefore(since))
                        .toList();
        return lines.subList(Math.max(0, lines.size() - tail), lines.size()).stream()
                .map(line -> LogAnswer.of(log.instance(), line));
    }

    private static List<LogAnswer> lines(Instance instance, List<LogLine> lines) {
        return lines.stream().map(line -> LogAnswer.of(instance.name(), line)).toList();
    }

    private record EventList(List<EventAnswer> events) {}

    /** Answers with the events of an app. A deleted app still has events. */
    private void appEvents(Call call) {
        var name = call.required("name");
        var known = view(platform).app(name) != null;
        events(
                call,
                name,
                events -> {
                    if (events.isEmpty() && !known) {
                        throw Refusal.notFound(name);
                    }
                });
    }

    private void events(Call call) {
        events(call, call.text("app"), _ -> {});
    }

    private void events(Call call, @Nullable String app, Consumer<List<Event>> check) {
        var timeline = view(platform).timeline();
        var type = call.text("type");
        var query =
                new EventQuery(
                        app,
                        call.caller().apps(),
                        type == null ? null : Event.Type.valueOf(type),
                        call.text("actor"),
                        call.number("after"),
                        call.time("since"),
                        call.count("limit"));
        call.when(
                platform.events().events(query),
                events -> {
                    check.accept(events);
                    call.json(
                            200,
                            new EventList(
                                    events.stream()
                                            .map(event -> EventAnswer.of(event, timeline))
                                            .toList()));
                });
    }
}
