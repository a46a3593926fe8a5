package io.autoserve.access;

import io.autoserve.model.Token;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the caller by the token or session in its request. This happens for every request, so
 * it sends no request to another system. It has no cache either, because hashing a secret takes
 * less than a microsecond, and a revocation would have to clear the cache.
 */
public final class Authentication {
    private final Sessions sessions;

    public Authentication(Sessions sessions) {
        this.sessions = sessions;
    }

    public sealed interface Verdict {
        record Known(Caller caller) implements Verdict {}

        /** The credentials were valid earlier, so using them does not count as guessing. */
        record Over(String reason) implements Verdict {}

        record Wrong(String reason) implements Verdict {}
    }

    /**
     * Checks a token.
     *
     * @param tokens finds a token by id; null if there is no such token or it was revoked
     */
    public Verdict token(String shown, Function<String, @Nullable Token> tokens, Instant now) {
        var text = TokenText.parse(shown).orElse(null);
        var token = text == null ? null : tokens.apply(text.id());
        if (text == null || token == null || !text.proves(token.hash())) {
            return new Verdict.Wrong("the token is not valid: it is mistyped or was revoked");
        }
        return token.expired(now)
                ? new Verdict.Over(
                        "the token '%s' expired at %s".formatted(token.name(), token.expiresAt()))
                : new Verdict.Known(Caller.of(token, token.expiresAt()));
    }

    public Verdict session(String shown, Function<String, @Nullable Token> tokens, Instant now) {
        var claim = Sessions.parse(shown).orElse(null);
        var token = claim == null ? null : tokens.apply(claim.token());
        if (claim == null || token == null || !sessions.proves(claim, token)) {
            return new Verdict.Wrong(
                    "the session is not valid, its token may be revoked: sign in again");
        }
        return !now.isBefore(claim.until()) || token.expired(now)
                ? new Verdict.Over("the session has expired: sign in again")
                : new Verdict.Known(Caller.of(token, claim.until()));
    }

    /**
     * Returns the text of a session, which a browser may send instead of the token. The session
     * never outlives the token.
     */
    public String session(Token token, Instant until) {
        return sessions.sign(token, until);
    }
}
