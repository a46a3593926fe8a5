package io.autoserve.certificates;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.certificates.Renewal.Due;
import io.autoserve.model.Domain;
import io.autoserve.model.Domain.Source;
import io.autoserve.model.Domain.Validity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests when certificates are ordered, when operators are warned, and which hosts a certificate
 * covers.
 */
class RenewalTest {
    private static final Instant ISSUED = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    a first certificate is ordered at once         | ACME     |  - |  0 | 0 |  - | -  | Order
                    a young certificate is not renewed             | ACME     | 90 | 59 | 0 |  - | -  |
                    after 2/3 of its lifetime it is renewed        | ACME     | 90 | 60 | 0 |  - | -  | Order
                    a 6-day certificate is renewed after 2/3, too  | ACME     |  6 |  4 | 0 |  - | -  | Order
                    a healthy 6-day certificate: no warning        | ACME     |  6 |  3 | 0 |  - | -  |
                    after a failure, no order before the retry     | ACME     | 90 | 61 | 2 | 62 | -  |
                    at the time of the retry it is ordered         | ACME     | 90 | 62 | 2 | 62 | -  | Order
                    a failed order, 6 days left: a warning         | ACME     | 90 | 84 | 9 | 85 | -  | Warn
                    a due retry, 6 days left: order and warning    | ACME     | 90 | 84 | 9 | 84 | -  | Order,Warn
                    warned the day before: warned again            | ACME     | 90 | 84 | 9 | 85 | 83 | Warn
                    warned the same day: not warned again          | ACME     | 90 | 84 | 9 | 85 | 84 |
                    an uploaded certificate is never ordered       | UPLOADED | 90 | 80 | 0 |  - | -  |
                    an uploaded one with 6 days left: a warning    | UPLOADED | 90 | 84 | 0 |  - | -  | Warn
                    an expired uploaded one: a warning             | UPLOADED | 90 | 99 | 0 |  - | -  | Warn
                    """)
    void decides(
            String situation,
            Source source,
            @Nullable Integer lastsDays,
            int today,
            int failures,
            @Nullable Integer retryDay,
            @Nullable Integer warnedDay,
            @Nullable String due) {
        var domain =
                new Domain(
                        "shop.example.com",
                        source,
                        false,
                        false,
                        1,
                        lastsDays == null ? null : new Validity(ISSUED, day(lastsDays)),
                        failures,
                        retryDay == null ? null : day(retryDay),
                        warnedDay == null ? null : day(warnedDay).plusSeconds(1),
                        "it is away",
                        "tester",
                        ISSUED);

        var told =
                Renewal.due(List.of(domain), day(today).plusSeconds(2)).stream()
                        .map(it -> it instanceof Due.Order ? "Order" : "Warn")
                        .collect(Collectors.joining(","));

        assertThat(told).as(situation).isEqualTo(due == null ? "" : due);
    }

    private static Instant day(int number) {
        return ISSUED.plus(Duration.ofDays(number));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 4", "9, 256", "10, 360", "60, 360", "2000000000, 360"})
    void waits_twice_as_long_after_each_failure_but_not_for_ever(int failures, long minutes) {
        assertThat(Renewal.backOff(failures)).isEqualTo(Duration.ofMinutes(minutes));
    }

    @ParameterizedTest
    @CsvSource(
            textBlock =
                    """
                    shop.example.com, shop.example.com, true
                    SHOP.example.com, shop.example.com, true
                    *.example.com, shop.example.com, true
                    *.example.com, *.example.com, true
                    *.example.com, a.shop.example.com, false
                    *.example.com, example.com, false
                    example.com, shop.example.com, false
                    shop.example.com, *.example.com, false
                    shop.example.com.evil.org, shop.example.com, false
                    *, localhost, false
                    *.com, example.com, true
                    """)
    void a_certificate_is_good_for_its_names_and_the_siblings_of_a_wildcard(
            String name, String host, boolean covers) {
        assertThat(Renewal.covers(List.of("other.example", name), host)).isEqualTo(covers);
    }
}
