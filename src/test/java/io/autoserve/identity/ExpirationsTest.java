package io.autoserve.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpirationsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    a renewed platform                | 3650 | 90 |
                    a part whose renewal is due soon  | 3650 | 15 |
                    a part that nobody renewed        | 3650 | 13 | certificates are not renewed in time: nginx expires in 13 days. Check the container of the authority, which renews all except an api.crt of your own
                    an expired certificate            | 3650 | -2 | certificates are not renewed in time: nginx has expired. Check the container of the authority, which renews all except an api.crt of your own
                    an authority in its last year     |  364 | 90 | certificates are not renewed in time: authority expires in 364 days. Run './autoserve platform rotate-ca'
                    """)
    void warns_in_time(String title, long authority, long nginx, String problem) {
        assertThat(of(authority, nginx).problem(NOW).orElse(null)).isEqualTo(problem);
    }

    @Test
    void the_first_certificate_to_expire_counts() {
        assertThat(of(3650, 17).first(NOW)).contains(Duration.ofDays(17));
    }

    @Test
    void an_authority_that_reports_nothing_is_a_problem() {
        assertThat(Expirations.UNKNOWN.problem(NOW)).isPresent();
        assertThat(Expirations.UNKNOWN.first(NOW)).isEmpty();
    }

    private static Expirations of(long authority, long nginx) {
        return Expirations.parse(List.of("authority " + end(authority), "nginx " + end(nginx)));
    }

    private static long end(long days) {
        return NOW.plus(Duration.ofDays(days)).getEpochSecond();
    }
}
