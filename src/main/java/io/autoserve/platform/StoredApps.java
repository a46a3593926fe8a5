package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.plan.DueTimes;
import io.autoserve.store.DesiredState;
import io.autoserve.store.DesiredState.Granted;
import io.autoserve.store.SecretTable;
import io.autoserve.store.StateReader;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes the desired state of apps, and reads their revisions from the tables. */
public record StoredApps(
        DesiredState desiredState,
        SecretTable secrets,
        StateReader stateReader,
        Supplier<Snapshot> snapshot,
        ReadYourWrites view,
        MovedTags tags,
        DueTimes dueTimes,
        InstantSource clock,
        Background background)
        implements Apps {

    @Override
    public Future<App> register(AppSpec spec, String text, By by) {
        return granted(
                        () -> {
                            requireTimes(spec);
                            return desiredState.register(spec, text, by);
                        })
                .map(Granted::app);
    }

    @Override
    public Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, By by) {
        return granted(
                        () -> {
                            requireTimes(spec);
                            return desiredState.apply(spec, text, from, outdated(spec, by), by);
                        })
                .map(granted -> new Applied(granted.app(), granted.outcome()));
    }

    @Override
    public Future<Applied> deploy(AppSpec spec, String text, int from, String cause, By by) {
        return granted(() -> desiredState.apply(spec, text, from, outdated(spec, by), cause, by))
                .map(granted -> new Applied(granted.app(), granted.outcome()));
    }

    @Override
    public Future<App> scale(String app, int replicas, By by) {
        return granted(() -> desiredState.scale(app, replicas, by)).map(Granted::app);
    }

    @Override
    public Future<App> start(String app, By by) {
        return granted(() -> desiredState.start(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> stop(String app, By by) {
        return granted(() -> desiredState.stop(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> restart(String app, By by) {
        return granted(() -> desiredState.restart(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> delete(String app, By by) {
        return granted(() -> desiredState.delete(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> pause(String app, By by) {
        return granted(() -> desiredState.pause(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> resume(String app, By by) {
        return granted(() -> desiredState.resume(app, by)).map(Granted::app);
    }

    @Override
    public Future<App> undo(String app, @Nullable Integer to, By by) {
        return granted(() -> desiredState.undo(app, to, by)).map(Granted::app);
    }

    /** Refuses times that are never due, or that cannot be read. */
    private void requireTimes(AppSpec spec) {
        for (var i = 0; i < spec.schedules().size(); i++) {
            var schedule = spec.schedules().get(i);
            requireTime(
                    "/spec/schedules/%d/cron".formatted(i), schedule.cron(), schedule.timeZone());
        }
        for (var i = 0; i < spec.scaling().schedule().size(); i++) {
            var time = spec.scaling().schedule().get(i);
            var pointer = "/scaling/schedule/%d".formatted(i);
            requireTime(pointer + "/start", time.start(), time.timeZone());
            requireTime(pointer + "/end", time.end(), time.timeZone());
        }
    }

    private void requireTime(String pointer, String cron, String timeZone) {
        try {
            if (dueTimes.next(cron, timeZone, clock.instant()).isEmpty()) {
                throw new IllegalArgumentException(
                        "cron must be due at some time, was '%s'".formatted(cron));
            }
        } catch (IllegalArgumentException invalid) {
            throw Refusal.invalid(pointer, String.valueOf(invalid.getMessage()));
        }
    }

    /** Returns the image of an unchanged app if the image's name refers to another image by now. */
    private @Nullable String outdated(AppSpec spec, By by) {
        return desiredState.unchanged(spec).map(app -> tags.outdated(app, by.actor())).orElse(null);
    }

    private Future<Granted> granted(Callable<Granted> change) {
        return background.run(change).compose(granted -> view.showing(granted.seq(), granted));
    }

    @Override
    public Future<Preview> preview(AppSpec written, By by) {
        return background.run(() -> {
            secrets.require(written, by.rights().apps());
            requireTimes(written);
            var spec = desiredState.rehearsed(written, by);
            var now = snapshot.get();
            var app = now.app(spec.name());
            return app == null
                    ? DryRun.registration(spec, clock.instant())
                    : DryRun.change(
                            app,
                            stateReader.before(app).orElse(null),
                            spec,
                            outdated(spec, by) != null,
                            now.instances(app),
                            clock.instant());
        });
    }

    @Override
    public Future<List<Revision>> revisions(App app) {
        return background.run(() -> stateReader.revisions(app.id()));
    }

    @Override
    public Future<String> specText(App app) {
        return background.run(
                () -> stateReader.raw(app.name()).orElseThrow(() -> Refusal.notFound(app.name())));
    }
}
