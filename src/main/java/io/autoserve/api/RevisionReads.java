package io.autoserve.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.model.App;
import io.autoserve.model.Revision;
import io.autoserve.platform.Platform;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers requests to read the revisions of an app. */
final class RevisionReads {
    private final Platform platform;

    RevisionReads(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of("listRevisions", this::list, "readRevision", this::read);
    }

    private record RevisionList(List<RevisionAnswer> revisions) {}

    private record RevisionAnswer(
            int revision,
            boolean current,
            int containersOf,
            String image,
            @Nullable String imageId,
            String actor,
            Instant createdAt,
            boolean served) {
        static RevisionAnswer of(Revision revision, App app) {
            return new RevisionAnswer(
                    revision.number(),
                    revision.number() == app.revision(),
                    revision.template(),
                    revision.spec().image(),
                    revision.image(),
                    revision.actor(),
                    revision.createdAt(),
                    revision.served());
        }
    }

    private void list(Call call) {
        var app = Reads.app(platform, call);
        call.when(
                platform.apps().revisions(app),
                revisions ->
                        call.json(
                                200,
                                new RevisionList(
                                        revisions.stream()
                                                .map(it -> RevisionAnswer.of(it, app))
                                                .toList())));
    }

    private record WrittenRevision(@JsonUnwrapped RevisionAnswer revision, String text) {}

    private void read(Call call) {
        var app = Reads.app(platform, call);
        var number = call.count("revision");
        call.when(
                platform.apps().revisions(app),
                revisions -> {
                    var found =
                            revisions.stream()
                                    .filter(it -> it.number() == number)
                                    .findFirst()
                                    .orElseThrow(() ->
                                            new Rejection.NotFound(
                                                    "%s has no revision %d"
                                                            .formatted(app.name(), number)));
                    call.json(200, new WrittenRevision(RevisionAnswer.of(found, app), found.raw()));
                });
    }
}
