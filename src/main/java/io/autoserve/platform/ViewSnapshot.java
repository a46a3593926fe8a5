package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.model.Token;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Presents the view in the form that the API needs. */
record ViewSnapshot(
        io.autoserve.events.Snapshot seen, List<Progress> progress, RouteConflicts conflicts)
        implements Snapshot {
    @Override
    public long timeline() {
        return seen.timeline();
    }

    @Override
    public long seq() {
        return seen.seq();
    }

    @Override
    public @Nullable Leader leader() {
        return seen.leader();
    }

    @Override
    public Collection<App> apps() {
        return seen.apps();
    }

    @Override
    public @Nullable App app(String name) {
        for (var unreadableApp : seen.unreadableApps()) {
            if (unreadableApp.name().equals(name)) {
                throw Refusal.unavailable(unreadableApp.reason());
            }
        }
        return seen.app(name);
    }

    @Override
    public List<Instance> instances(App app) {
        return seen.instances(app.id());
    }

    @Override
    public List<Progress> progress(App app) {
        return progress.isEmpty()
                ? progress
                : progress.stream().filter(it -> it.app().equals(app.name())).toList();
    }

    @Override
    public List<String> conflicts(App app) {
        return conflicts.in(seen).getOrDefault(app.name(), List.of());
    }

    @Override
    public Map<String, Token> tokens() {
        return seen.tokens();
    }
}
