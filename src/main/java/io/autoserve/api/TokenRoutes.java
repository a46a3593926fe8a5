package io.autoserve.api;

import static java.util.Comparator.comparing;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.access.TokenText;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.autoserve.platform.Platform;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Creates, lists and revokes tokens. The text of a token is returned once, to the caller that
 * created it.
 */
final class TokenRoutes {
    private final Platform platform;
    private final RandomGenerator random;
    private final InstantSource clock;

    /**
     * @param random a source of unpredictable numbers
     */
    TokenRoutes(Platform platform, RandomGenerator random, InstantSource clock) {
        this.platform = platform;
        this.random = random;
        this.clock = clock;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listTokens", this::list, "createToken", this::create, "revokeToken", this::revoke);
    }

    private record TokenAnswer(
            String id,
            String name,
            String role,
            List<String> apps,
            List<String> domains,
            String createdBy,
            Instant createdAt,
            @Nullable Instant expiresAt,
            boolean expired) {}

    private TokenAnswer told(Token token) {
        return new TokenAnswer(
                token.id(),
                token.name(),
                token.role().word(),
                token.apps().patterns(),
                token.domains().patterns(),
                token.createdBy(),
                token.createdAt(),
                token.expiresAt(),
                token.expired(clock.instant()));
    }

    private record TokenList(List<TokenAnswer> tokens) {}

    private void list(Call call) {
        call.json(
                200,
                new TokenList(
                        Reads.view(platform).tokens().values().stream()
                                .sorted(comparing(Token::name))
                                .map(this::told)
                                .toList()));
    }

    private record CreatedToken(@JsonUnwrapped TokenAnswer answer, String token) {}

    private void create(Call call) {
        var text = TokenText.mint(random);
        var token = wanted(call.body(), text, call.actor());
        call.when(
                platform.tokens().create(token, By.actor(call.actor())),
                created -> {
                    call.response().putHeader("Cache-Control", "no-store");
                    call.json(201, new CreatedToken(told(created), text.text()));
                });
    }

    private Token wanted(JsonNode body, TokenText text, String actor) {
        var apps = body.path("apps");
        var domains = body.path("domains");
        try {
            return new Token(
                    text.id(),
                    body.path("name").textValue(),
                    Role.valueOf(body.path("role").textValue().toUpperCase(Locale.ROOT)),
                    apps.isMissingNode() ? Scope.EVERYTHING : new Scope(texts(apps)),
                    domains.isMissingNode()
                            ? DomainScope.EVERYTHING
                            : new DomainScope(texts(domains)),
                    text.hash(),
                    actor,
                    clock.instant(),
                    expiry(body.path("expiresAt").textValue()));
        } catch (IllegalArgumentException nonsense) {
            throw faulty("", String.valueOf(nonsense.getMessage()));
        }
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::textValue).toList();
    }

    private @Nullable Instant expiry(@Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            // PostgreSQL stores microseconds, and the views must be equal to the tables
            var time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MICROS);
            if (!time.isAfter(clock.instant())
                    || time.isAfter(Instant.parse("9999-01-01T00:00:00Z"))) {
                throw faulty("/expiresAt", "must be in the future, was " + text);
            }
            return time;
        } catch (DateTimeException e) {
            throw faulty("/expiresAt", "must be a time like 2026-01-01T12:00:00Z, was " + text);
        }
    }

    private static Rejection faulty(String pointer, String message) {
        return new Rejection.BadBody(List.of(FieldError.at(pointer, message)));
    }

    private void revoke(Call call) {
        call.when(
                platform.tokens().revoke(call.required("token"), call.by()),
                revoked -> call.json(200, told(revoked)));
    }
}
