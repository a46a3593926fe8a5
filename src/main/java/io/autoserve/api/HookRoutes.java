package io.autoserve.api;

import static java.util.Comparator.comparing;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.autoserve.access.Caller;
import io.autoserve.access.TokenText;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.hooks.Deliveries;
import io.autoserve.hooks.Delivery;
import io.autoserve.hooks.Deployment;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Refusal;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Sha256;
import io.autoserve.model.Token;
import io.autoserve.platform.Platform;
import io.autoserve.spec.ImageText;
import io.autoserve.spec.Reading;
import io.autoserve.spec.SpecReader;
import io.autoserve.spec.SpecWriter;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests about the hooks of an app, and deploys the images that are reported to them. A
 * hook is a token that can do only this, for one app. Its URL contains the token.
 */
final class HookRoutes {
    private static final int MOST = 20;

    private final Platform platform;
    private final SpecReader specs;
    private final RandomGenerator random;
    private final InstantSource clock;
    private final Consumer<Caller> count;

    /**
     * @param count counts a deploy of the caller, and throws a {@link Rejection} if the caller made
     *     too many
     */
    HookRoutes(
            Platform platform,
            SpecReader specs,
            RandomGenerator random,
            InstantSource clock,
            Consumer<Caller> count) {
        this.platform = platform;
        this.specs = specs;
        this.random = random;
        this.clock = clock;
        this.count = count;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listHooks", this::list,
                "createHook", this::create,
                "revokeHook", this::revoke,
                "deployImage", this::deploy);
    }

    private record HookAnswer(
            String id, String createdBy, Instant createdAt, @Nullable Instant expiresAt) {
        static HookAnswer of(Token hook) {
            return new HookAnswer(hook.id(), hook.createdBy(), hook.createdAt(), hook.expiresAt());
        }
    }

    private record HookList(List<HookAnswer> hooks) {}

    private void list(Call call) {
        var hooks = hooks(Reads.app(platform, call));
        call.json(200, new HookList(hooks.stream().map(HookAnswer::of).toList()));
    }

    private List<Token> hooks(App app) {
        return Reads.view(platform).tokens().values().stream()
                .filter(token -> token.isHookOf(app.name()))
                .sorted(comparing(Token::createdAt))
                .toList();
    }

    /**
     * @param path the path of the hook's URL, with the secret
     */
    private record CreatedHook(@JsonUnwrapped HookAnswer answer, String path) {}

    private void create(Call call) {
        var app = Reads.app(platform, call);
        if (hooks(app).size() >= MOST) {
            throw Refusal.conflict(
                    "app '%s' has %d hooks: revoke one of them first".formatted(app.name(), MOST));
        }
        var text = TokenText.mint(random);
        call.when(
                platform.tokens().create(hook(call, app, text), call.author()),
                created -> {
                    call.response().putHeader("Cache-Control", "no-store");
                    var path =
                            "/api/v1/apps/%s/deploys?%s=%s"
                                    .formatted(app.name(), Guard.HOOK, text.text());
                    call.json(201, new CreatedHook(HookAnswer.of(created), path));
                });
    }

    /** Returns a hook that permits no more than its creator's token, and no longer. */
    private Token hook(Call call, App app, TokenText text) {
        var rights = call.caller().rights();
        var id = call.caller().token();
        var creator = id == null ? null : Reads.view(platform).tokens().get(id);
        return new Token(
                text.id(),
                name(text.id()),
                Role.HOOK,
                new Scope(List.of(app.name())),
                rights.domains(),
                text.hash(),
                call.actor(),
                clock.instant(),
                creator == null ? null : creator.expiresAt(),
                rights.quota());
    }

    private static String name(String id) {
        return "hook-" + id;
    }

    private void revoke(Call call) {
        var id = call.required("token");
        if (hooks(Reads.app(platform, call)).stream().noneMatch(hook -> hook.id().equals(id))) {
            throw Refusal.noHook(id);
        }
        call.when(
                platform.tokens().revoke(name(id), call.by()),
                revoked -> call.json(200, HookAnswer.of(revoked)));
    }

    private enum DeployOutcome {
        Deployed,
        Unchanged,
        Ignored
    }

    /**
     * @param image the image that the app has now
     * @param reason why the report was ignored; null if it was not
     */
    private record DeployAnswer(
            DeployOutcome outcome,
            String app,
            int revision,
            String image,
            @Nullable String reason) {
        static DeployAnswer of(App app, DeployOutcome outcome, @Nullable String reason) {
            return new DeployAnswer(
                    outcome, app.name(), app.revision(), app.spec().image(), reason);
        }
    }

    private void deploy(Call call) {
        var app = Reads.app(platform, call);
        var answer =
                switch (Deliveries.read(call.body())) {
                    case Delivery.Push push -> deploy(call, app, push);
                    case Delivery.Ignored(var reason) -> ignored(app, reason);
                    case Delivery.Unreadable _ ->
                            throw new Rejection.BadBody(
                                    List.of(
                                            FieldError.at(
                                                    "",
                                                    "the body must have 'image' or 'tag', or be a"
                                                            + " push event of Docker Hub, GitHub,"
                                                            + " GitLab or Harbor")));
                };
        call.when(answer, done -> call.json(200, done));
    }

    private static Future<DeployAnswer> ignored(App app, String reason) {
        return Future.succeededFuture(DeployAnswer.of(app, DeployOutcome.Ignored, reason));
    }

    private Future<DeployAnswer> deploy(Call call, App app, Delivery.Push push) {
        var decided =
                Deployment.of(push, app.spec().image(), call.text("tags", "*"), clock.instant());
        return switch (decided) {
            case Deployment.Skip(var reason) -> ignored(app, reason);
            case Deployment.Refuse(var reason) -> throw Refusal.conflict(reason);
            case Deployment.Deploy(var image, var cause) -> {
                count.accept(call.caller());
                yield deploy(call, app, image, cause, push.plain() ? call.by() : once(call));
            }
        };
    }

    private Future<DeployAnswer> deploy(Call call, App app, String image, String cause, By by) {
        return platform.apps()
                .specText(app)
                .compose(raw -> changed(call, app, raw, image))
                .compose(spec ->
                        platform.apps().deploy(spec.meaning, spec.text, app.revision(), cause, by))
                .map(done ->
                        DeployAnswer.of(
                                done.app(),
                                done.outcome() == ApplyOutcome.UNCHANGED
                                        ? DeployOutcome.Unchanged
                                        : DeployOutcome.Deployed,
                                null));
    }

    /**
     * Returns the author of a deploy that a registry reports. The body identifies the report, so a
     * report that arrives again is answered again, but changes nothing.
     */
    private static By once(Call call) {
        var author = call.author();
        var body = Sha256.hex(call.bodyText().getBytes(StandardCharsets.UTF_8));
        var request =
                new IdempotentRequest(
                        author.actor(),
                        "report-" + body,
                        body,
                        Deadline.of(call.context().request()));
        return new By(author.actor(), request, author.rights(), author.address());
    }

    private record Changed(AppSpec meaning, String text) {}

    /** Returns the app's spec with another image, and reads it off the event loop. */
    private Future<Changed> changed(Call call, App app, String raw, String image) {
        return call.context()
                .vertx()
                .executeBlocking(() -> changed(app, raw, image), false)
                .map(changed -> requireNonNull(changed));
    }

    private Changed changed(App app, String raw, String image) {
        var edited = ImageText.replaced(raw, image);
        var kept = edited.isPresent() ? read(edited.get(), app, image) : null;
        var changed = kept == null ? read(whole(app, image), app, image) : kept;
        if (changed == null) {
            throw new Rejection.BadBody(
                    List.of(
                            FieldError.at(
                                    "",
                                    "'%s' is not an image that the app can have"
                                            .formatted(image))));
        }
        return changed;
    }

    /** Returns the whole spec with another image, without the comments of its author. */
    private static String whole(App app, String image) {
        var document = SpecWriter.document(app.spec());
        document.withObject("/spec").put("image", image);
        return document.toPrettyString();
    }

    /** Returns the spec if it is valid and is that of the app with this image. */
    private @Nullable Changed read(String text, App app, String image) {
        return switch (specs.read(text)) {
            case Reading.Understood(var spec, _) ->
                    spec.name().equals(app.name()) && spec.image().equals(image)
                            ? new Changed(spec, text)
                            : null;
            case Reading.Faulty _ -> null;
        };
    }
}
