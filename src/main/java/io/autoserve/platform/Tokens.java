package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Token;
import io.vertx.core.Future;

/** Creates and revokes the tokens of the API. */
public interface Tokens {
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
