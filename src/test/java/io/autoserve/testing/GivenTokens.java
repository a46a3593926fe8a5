package io.autoserve.testing;

import io.autoserve.access.TokenText;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import java.security.SecureRandom;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Creates and revokes tokens of a platform. */
public final class GivenTokens {
    private final FakePlatform platform;
    private final Instant now;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param now the time at which all tokens are created
     */
    public GivenTokens(FakePlatform platform, Instant now) {
        this.platform = platform;
        this.now = now;
    }

    /**
     * @return the token's text, which clients send
     */
    public String give(String name, Role role, Scope apps, @Nullable Instant expiresAt) {
        return give(name, role, apps, DomainScope.EVERYTHING, expiresAt);
    }

    /**
     * @return the token's text, which clients send
     */
    public String give(
            String name, Role role, Scope apps, DomainScope domains, @Nullable Instant expiresAt) {
        var text = TokenText.mint(random);
        var token =
                new Token(
                        text.id(), name, role, apps, domains, text.hash(), "test", now, expiresAt);
        Eventually.await(platform.create(token, By.actor("test")));
        return text.text();
    }

    public void take(String name) {
        Eventually.await(platform.revoke(name, By.actor("test")));
    }
}
