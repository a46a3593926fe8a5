package io.autoserve.api;

import io.autoserve.model.DomainScope;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.testing.FakePlatform;
import io.autoserve.testing.GivenTokens;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Serves the API with authentication enabled, and creates tokens for its clients. */
final class TokenServer implements AutoCloseable {
    final Served api;
    private final GivenTokens tokens;

    TokenServer() {
        this(InstantSource.system());
    }

    TokenServer(InstantSource clock) {
        api = new Served(new AccessRules(false, "shared", Set.of()), clock);
        tokens = new GivenTokens(api.platform, Served.NOW);
    }

    FakePlatform platform() {
        return api.platform;
    }

    String give(String name, Role role, Scope apps) {
        return tokens.give(name, role, apps, null);
    }

    /**
     * @return the token's text, which the client sends
     */
    String give(String name, Role role, Scope apps, @Nullable Instant expiresAt) {
        return tokens.give(name, role, apps, expiresAt);
    }

    /** Creates a token that can give only these domains to apps. */
    String giveDomains(String name, Role role, Scope apps, DomainScope domains) {
        return tokens.give(name, role, apps, domains, null);
    }

    void take(String name) {
        tokens.take(name);
    }

    @Override
    public void close() {
        api.close();
    }
}
