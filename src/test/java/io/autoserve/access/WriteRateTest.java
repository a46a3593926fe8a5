package io.autoserve.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.DomainScope;
import io.autoserve.model.Quota;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteRateTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final WriteRate rate = new WriteRate(10, 5);

    @Test
    void some_at_once_then_ten_per_second() {
        writes(caller("a"), 5);

        assertThat(rate.count(caller("a"), NOON)).contains(Duration.ofMillis(100));
        assertThat(rate.count(caller("a"), NOON.plusMillis(99))).contains(Duration.ofMillis(1));
        assertThat(rate.count(caller("a"), NOON.plusMillis(100))).isEmpty();
        assertThat(rate.count(caller("a"), NOON.plusMillis(100))).isPresent();
    }

    @Test
    void after_a_pause_it_may_be_some_at_once_again() {
        writes(caller("a"), 5);
        var later = NOON.plusMillis(500);

        for (var i = 0; i < 5; i++) {
            assertThat(rate.count(caller("a"), later)).isEmpty();
        }
        assertThat(rate.count(caller("a"), later)).isPresent();
    }

    @Test
    void a_hook_deploys_five_times_at_once_then_every_ten_seconds() {
        var hook =
                new Caller(
                        "hook",
                        Role.HOOK,
                        new Scope(List.of("shop")),
                        DomainScope.EVERYTHING,
                        "hook",
                        Quota.NONE,
                        null);

        for (var i = 0; i < 5; i++) {
            assertThat(rate.countDeploy(hook, NOON)).isEmpty();
        }

        assertThat(rate.countDeploy(hook, NOON)).contains(Duration.ofSeconds(10));
        assertThat(rate.countDeploy(hook, NOON.plusSeconds(10))).isEmpty();
        assertThat(rate.countDeploy(caller("a"), NOON)).isEmpty();
    }

    @Test
    void one_token_does_not_wait_for_another() {
        writes(caller("a"), 5);

        assertThat(rate.count(caller("a"), NOON)).isPresent();
        assertThat(rate.count(caller("b"), NOON)).isEmpty();
    }

    @Test
    void admins_and_callers_without_a_token_never_wait() {
        var admin =
                new Caller(
                        "root",
                        Role.ADMIN,
                        Scope.EVERYTHING,
                        DomainScope.EVERYTHING,
                        "a",
                        Quota.NONE,
                        null);

        writes(admin, 100);
        writes(Caller.ANYBODY, 100);
    }

    @Test
    void forgets_the_tokens_that_wrote_longest_ago() {
        writes(caller("a"), 5);
        for (var i = 0; i < 10_000; i++) {
            assertThat(rate.count(caller("other" + i), NOON)).isEmpty();
        }

        assertThat(rate.count(caller("a"), NOON)).isEmpty();
    }

    private void writes(Caller caller, int times) {
        for (var i = 0; i < times; i++) {
            assertThat(rate.count(caller, NOON)).isEmpty();
        }
    }

    private static Caller caller(String token) {
        return new Caller(
                token,
                Role.DEPLOYER,
                Scope.EVERYTHING,
                DomainScope.EVERYTHING,
                token,
                Quota.NONE,
                null);
    }
}
