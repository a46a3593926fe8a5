package io.autoserve.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.access.Authentication.Verdict;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticationTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final TokenText text = TokenText.mint(new Random(1));
    private final Map<String, Token> tokens = new HashMap<>();
    private final Authentication authentication = new Authentication(new Sessions("shared"));

    private Token give(@Nullable Instant expiresAt) {
        var apps = new Scope(List.of("shop-*"));
        var token =
                new Token(
                        text.id(),
                        "ci",
                        Role.DEPLOYER,
                        apps,
                        DomainScope.EVERYTHING,
                        text.hash(),
                        "ann",
                        NOON,
                        expiresAt);
        tokens.put(token.id(), token);
        return token;
    }

    private Verdict shown(String shown, Instant now) {
        return authentication.token(shown, tokens::get, now);
    }

    private Verdict session(String shown, Instant now) {
        return authentication.session(shown, tokens::get, now);
    }

    @Test
    void knows_the_holder_of_a_token() {
        give(null);

        assertThat(shown(text.text(), NOON))
                .isInstanceOfSatisfying(
                        Verdict.Known.class,
                        known -> {
                            assertThat(known.caller().name()).isEqualTo("ci");
                            assertThat(known.caller().role()).isEqualTo(Role.DEPLOYER);
                            assertThat(known.caller().sees("shop-web")).isTrue();
                            assertThat(known.caller().sees("blog")).isFalse();
                        });
    }

    @Test
    void a_revoked_token_is_not_valid() {
        give(null);
        tokens.clear();

        assertThat(shown(text.text(), NOON)).isInstanceOf(Verdict.Wrong.class);
    }

    @Test
    void a_token_is_over_from_the_moment_that_it_expires() {
        give(NOON);

        assertThat(shown(text.text(), NOON.minusNanos(1))).isInstanceOf(Verdict.Known.class);
        assertThat(shown(text.text(), NOON)).isInstanceOf(Verdict.Over.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "as_",
                "x",
                "as_aaaaaaaaaaaa_",
                "Bearer",
                "as_a_b",
                "\0",
                "as_aaaaaaaaaaaa_%"
            })
    void what_is_no_token_is_wrong(String shown) {
        give(null);

        assertThat(shown(shown, NOON)).isInstanceOf(Verdict.Wrong.class);
        assertThat(session(shown, NOON)).isInstanceOf(Verdict.Wrong.class);
    }

    @Test
    void every_changed_character_makes_it_wrong() {
        var token = give(null);
        var session = authentication.session(token, NOON.plus(Duration.ofHours(1)));

        for (var i = 0; i < text.text().length(); i++) {
            assertThat(shown(changed(text.text(), i), NOON)).isInstanceOf(Verdict.Wrong.class);
        }
        // The loop leaves out the last of the 43 characters. Only 4 of its 6 bits count, so a
        // different character may mean the same.
        for (var i = 0; i < session.length() - 1; i++) {
            assertThat(session(changed(session, i), NOON)).isInstanceOf(Verdict.Wrong.class);
        }
    }

    private static String changed(String text, int index) {
        var other = text.charAt(index) == '7' ? '8' : '7';
        return text.substring(0, index) + other + text.substring(index + 1);
    }

    @Test
    void a_session_stands_for_its_token_until_it_is_over() {
        var token = give(null);
        var session = authentication.session(token, NOON.plusSeconds(60));

        assertThat(session(session, NOON.plusSeconds(59))).isInstanceOf(Verdict.Known.class);
        assertThat(session(session, NOON.plusSeconds(60))).isInstanceOf(Verdict.Over.class);
        assertThat(shown(session, NOON)).as("as a token").isInstanceOf(Verdict.Wrong.class);
    }

    @Test
    void a_session_ends_with_its_token() {
        var session = authentication.session(give(NOON.plusSeconds(30)), NOON.plusSeconds(60));

        assertThat(session(session, NOON.plusSeconds(30))).isInstanceOf(Verdict.Over.class);
        tokens.clear();
        assertThat(session(session, NOON)).isInstanceOf(Verdict.Wrong.class);
    }

    @Test
    void nobody_signs_without_what_the_controllers_share() {
        var token = give(null);
        var forged = new Sessions("guessed").sign(token, NOON.plusSeconds(60));

        assertThat(session(forged, NOON)).isInstanceOf(Verdict.Wrong.class);
    }

    @Test
    void the_secret_is_in_nothing_that_is_kept_or_logged() {
        var token = give(null);

        assertThat(token.toString() + text + shown(text.text(), NOON))
                .doesNotContain(text.secret());
        assertThat(authentication.session(token, NOON)).doesNotContain(text.secret());
    }
}
