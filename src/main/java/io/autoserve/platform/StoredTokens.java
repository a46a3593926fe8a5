package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Footprint;
import io.autoserve.model.Token;
import io.autoserve.store.DesiredState;
import io.autoserve.store.TokenTable;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Map;

/** Changes the table of tokens. */
public record StoredTokens(
        TokenTable table, DesiredState desiredState, ReadYourWrites view, Background background)
        implements Tokens {

    @Override
    public Future<Map<String, Footprint>> used(Collection<Token> tokens) {
        return tokens.isEmpty()
                ? Future.succeededFuture(Map.of())
                : background.run(() -> desiredState.used(tokens));
    }

    @Override
    public Future<Token> create(Token token, By by) {
        return background
                .run(() -> table.create(token, by))
                .compose(seq -> view.showing(seq, token));
    }

    @Override
    public Future<Token> revoke(String token, By by) {
        return background
                .run(() -> table.revoke(token, by))
                .compose(revoked -> view.showing(revoked.seq(), revoked.token()));
    }
}
