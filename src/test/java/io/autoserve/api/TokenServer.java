package io.autoserve.api;

import io.autoserve.access.TokenText;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.autoserve.testing.FakePlatform;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The API where tokens are needed, and the tokens. */
final class TokenServer implements AutoCloseable {
    final Served api = new Served(new AccessRules(false, "shared", Set.of()));
    private final SecureRandom random = new SecureRandom();

    FakePlatform platform() {
        return api.platform;
    }

    String give(String name, Role role, Scope apps) {
        return give(name, role, apps, null);
    }

    /**
     * @return what its holder shows
     */
    String give(String name, Role role, Scope apps, @Nullable Instant expiresAt) {
        var text = TokenText.mint(random);
        var token =
                new Token(text.id(), name, role, apps, text.hash(), "test", Served.NOW, expiresAt);
        api.platform.create(token, "test").toCompletionStage().toCompletableFuture().join();
        return text.text();
    }

    void take(String name) {
        api.platform.revoke(name, "test").toCompletionStage().toCompletableFuture().join();
    }

    @Override
    public void close() {
        api.close();
    }
}
