package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Footprint;
import io.autoserve.model.Token;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/** Creates and revokes the tokens of the API. */
public interface Tokens {
    /** Returns what the apps in the scope of each of these tokens can use, by the token's id. */
    Future<Map<String, Footprint>> used(Collection<Token> tokens);

    /** Stores a new token. Refused as a conflict if a token of this name exists. */
    Future<Token> create(Token token, By by);

    /**
     * Revokes a token. Refused if there is no such token.
     *
     * @param token name or id
     * @return the revoked token
     */
    Future<Token> revoke(String token, By by);
}
