package io.autoserve.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    private final Failures failures = new Failures();

    @Test
    void ten_at_once_then_one_every_six_seconds() {
        for (var i = 0; i < 10; i++) {
            assertThat(failures.count("a", NOON)).isEmpty();
        }

        assertThat(failures.count("a", NOON)).contains(Duration.ofSeconds(6));
        assertThat(failures.count("a", NOON.plusSeconds(5))).contains(Duration.ofSeconds(1));
        assertThat(failures.count("a", NOON.plusSeconds(6))).isEmpty();
        assertThat(failures.count("a", NOON.plusSeconds(6))).isPresent();
    }

    @Test
    void one_address_is_not_made_to_wait_for_another() {
        for (var i = 0; i < 20; i++) {
            failures.count("a", NOON);
        }

        assertThat(failures.count("b", NOON)).isEmpty();
    }

    @Test
    void forgets_the_addresses_that_failed_longest_ago() {
        for (var i = 0; i < 10; i++) {
            failures.count("a", NOON);
        }
        assertThat(failures.count("a", NOON)).isPresent();

        for (var i = 0; i < 10_000; i++) {
            failures.count("other " + i, NOON);
        }

        assertThat(failures.count("a", NOON)).isEmpty();
    }
}
