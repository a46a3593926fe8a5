package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuditBatchTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final AuditBatch batch = new AuditBatch();

    private static AuditEntry refusal(@Nullable String actor, String address, Instant at) {
        return new AuditEntry(
                0,
                at,
                actor,
                address,
                "applyApp",
                null,
                AuditOutcome.REFUSED,
                "403: not permitted",
                1);
    }

    private static AuditEntry login(String actor, Instant at) {
        return new AuditEntry(
                0,
                at,
                actor,
                "10.0.0.1",
                "beginSession",
                null,
                AuditOutcome.ALLOWED,
                "signed in with a token",
                1);
    }

    private void flood(int refusals, Instant at) {
        for (var i = 0; i < refusals; i++) {
            batch.add(refusal(null, "10.0.%d.%d".formatted(i / 256, i % 256), at));
        }
    }

    @Test
    void equal_refusals_become_one_row_with_their_number() {
        for (var second = 0; second < 5; second++) {
            batch.add(refusal("ci", "10.0.0.1", NOON.plusSeconds(second)));
        }
        batch.add(refusal("ci", "10.0.0.2", NOON));

        assertThat(batch.take(NOON))
                .extracting(AuditEntry::address, AuditEntry::times, AuditEntry::at)
                .containsExactly(tuple("10.0.0.1", 5, NOON), tuple("10.0.0.2", 1, NOON));
        assertThat(batch.waiting()).isFalse();
    }

    @Test
    void a_flood_of_strangers_writes_a_few_rows_a_minute_and_their_number() {
        flood(10_000, NOON);

        assertThat(batch.take(NOON)).hasSize(AuditBatch.OF_STRANGERS);
        assertThat(batch.waiting()).isTrue();
        assertThat(batch.take(NOON.plus(MINUTE)))
                .singleElement()
                .satisfies(rest -> {
                    assertThat(rest.times()).isEqualTo(10_000 - AuditBatch.OF_STRANGERS);
                    assertThat(rest.reason()).contains("were only counted");
                });
        assertThat(batch.waiting()).isFalse();
    }

    @Test
    void a_flood_of_strangers_keeps_no_refusal_of_a_token_out() {
        flood(10_000, NOON);
        batch.add(refusal("ci", "10.0.0.1", NOON));

        assertThat(batch.take(NOON)).extracting(AuditEntry::actor).contains("ci");
    }

    @Test
    void a_flood_of_one_token_keeps_no_refusal_and_no_login_of_another_out() {
        for (var i = 0; i < 200; i++) {
            batch.add(refusal("flood", "10.0.0." + i, NOON));
        }
        batch.add(refusal("ci", "10.0.0.1", NOON));
        batch.add(login("ci", NOON));
        batch.add(login("flood", NOON));

        var rows = batch.take(NOON);
        assertThat(rows).hasSize(AuditBatch.OF_TOKEN + 3);
        assertThat(rows)
                .extracting(AuditEntry::actor, AuditEntry::outcome)
                .endsWith(
                        tuple("ci", AuditOutcome.REFUSED),
                        tuple("ci", AuditOutcome.ALLOWED),
                        tuple("flood", AuditOutcome.ALLOWED));
        assertThat(batch.take(NOON.plus(MINUTE)))
                .singleElement()
                .extracting(AuditEntry::times)
                .isEqualTo(200 - AuditBatch.OF_TOKEN);
    }

    @Test
    void a_flood_of_many_tokens_is_limited_and_keeps_no_login_out() {
        for (var i = 0; i < 10_000; i++) {
            batch.add(refusal("token-" + i, "10.0.0.1", NOON));
        }
        batch.add(login("ci", NOON));

        var rows = batch.take(NOON);
        assertThat(rows).hasSize(AuditBatch.OF_TOKENS + 1);
        assertThat(rows.getLast().actor()).isEqualTo("ci");
    }

    @Test
    void the_next_minute_has_rows_of_its_own() {
        flood(100, NOON);
        batch.take(NOON);
        flood(1, NOON.plus(MINUTE));

        assertThat(batch.take(NOON.plus(MINUTE)))
                .extracting(AuditEntry::address)
                .contains("10.0.0.0");
    }

    @Test
    void rows_that_could_not_be_written_are_kept_and_come_first() {
        batch.add(refusal("ci", "10.0.0.1", NOON));
        var unwritten = batch.take(NOON);
        batch.add(refusal("cd", "10.0.0.1", NOON));
        batch.add(refusal("ci", "10.0.0.1", NOON));

        batch.putBack(unwritten);

        assertThat(batch.take(NOON))
                .extracting(AuditEntry::actor, AuditEntry::times)
                .isEqualTo(List.of(tuple("ci", 2), tuple("cd", 1)));
    }

    @Test
    void while_the_database_accepts_nothing_the_rows_in_memory_are_limited() {
        var now = NOON;
        for (var minute = 0; minute < 500; minute++) {
            now = now.plus(MINUTE);
            for (var stranger = 0; stranger < 50; stranger++) {
                batch.add(refusal(null, "%d.%d".formatted(minute, stranger), now));
            }
            batch.putBack(batch.take(now));
        }

        var kept = batch.take(now);
        assertThat(kept).hasSize(AuditBatch.WAITING);
        assertThat(batch.take(now.plus(MINUTE)))
                .singleElement()
                .extracting(AuditEntry::times)
                .isEqualTo(500 * 50 - kept.stream().mapToInt(AuditEntry::times).sum());
    }
}
