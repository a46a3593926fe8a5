package io.autoserve.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.Hidden;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.BasicAuth;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.Treatment;
import io.autoserve.proxy.PasswordHash;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProxyUsersTest {
    private static final List<App> APPS = List.of(shop());

    private @Nullable String value =
            "{\"ann\": \"long\", \"bob\": \"\", \"number\": 1, \"a:b\": \"c\"}";
    private boolean down;
    private int reads;
    private long now;
    private final ProxyUsers users = new ProxyUsers(this::read, () -> now);

    @Test
    void hashes_the_passwords_of_the_secrets_that_apps_name() {
        assertThat(users.of(APPS))
                .isEqualTo(
                        Map.of(
                                "shop-users",
                                Map.of(
                                        "ann",
                                        PasswordHash.of("shop-users", "ann", new Hidden("long")))));
        assertThat(users.of(List.of())).isEmpty();
    }

    @Test
    void reads_a_secret_again_after_ten_seconds() {
        var before = users.of(APPS);
        value = "{\"ann\": \"other\"}";
        now += TimeUnit.SECONDS.toNanos(9);
        assertThat(users.of(APPS)).isEqualTo(before);
        assertThat(reads).isOne();

        now += TimeUnit.SECONDS.toNanos(1);
        assertThat(users.of(APPS)).isNotEqualTo(before);
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void keeps_the_last_users_while_a_secret_cannot_be_read() {
        var before = users.of(APPS);

        down = true;
        now += TimeUnit.SECONDS.toNanos(10);
        assertThat(users.of(APPS)).isEqualTo(before);

        down = false;
        for (var broken : List.of("no JSON", "\"text\"", "[]", "")) {
            value = broken;
            now += TimeUnit.SECONDS.toNanos(10);
            assertThat(users.of(APPS)).isEqualTo(before);
        }
    }

    @Test
    void has_no_users_if_a_secret_does_not_exist_or_was_never_read() {
        value = null;
        assertThat(users.of(APPS)).isEqualTo(Map.of("shop-users", Map.of()));

        down = true;
        assertThat(new ProxyUsers(this::read, () -> now).of(APPS))
                .isEqualTo(Map.of("shop-users", Map.of()));
    }

    private Optional<Hidden> read(String secret) {
        reads++;
        if (down) {
            throw new IllegalStateException("the database is down");
        }
        return Optional.ofNullable(value).map(Hidden::new);
    }

    private static App shop() {
        var usual = Routing.DEFAULT;
        var secured =
                new Treatment(
                        Headers.UNCHANGED,
                        Headers.UNCHANGED,
                        List.of(),
                        new BasicAuth("shop-users", "Shop"),
                        null,
                        null,
                        false);
        var routing =
                new Routing(
                        usual.domains(),
                        usual.pathPrefix(),
                        usual.isDefault(),
                        usual.algorithm(),
                        usual.stickyCookie(),
                        usual.timeouts(),
                        usual.maxBodyBytes(),
                        usual.buffering(),
                        usual.websocket(),
                        usual.slowStart(),
                        new RequestRules(Map.of(), secured, List.of(), false, Map.of(), 0, null));
        return Fixtures.app(SpecDraft.of("shop").routing(routing).spec(), 1);
    }
}
