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
                    one that has none is ordered at once           | ACME     |  - |  0 | 0 |  - | -  | Order
                    a young one is left alone                      | ACME     | 90 | 59 | 0 |  - | -  |
                    after two thirds of its life it is renewed     | ACME     | 90 | 60 | 0 |  - | -  | Order
                    also where it lasts for days only              | ACME     |  6 |  4 | 0 |  - | -  | Order
                    which is no reason to be warned                | ACME     |  6 |  3 | 0 |  - | -  |
                    one that failed waits for its turn             | ACME     | 90 | 61 | 2 | 62 | -  |
                    and is tried again then                        | ACME     | 90 | 62 | 2 | 62 | -  | Order
                    near the end operators are told                | ACME     | 90 | 84 | 9 | 85 | -  | Warn
                    and it is tried on all the same                | ACME     | 90 | 84 | 9 | 84 | -  | Order,Warn
                    once a day                                     | ACME     | 90 | 84 | 9 | 85 | 83 | Warn
                    not twice                                      | ACME     | 90 | 84 | 9 | 85 | 84 |
                    an uploaded one is never ordered               | UPLOADED | 90 | 80 | 0 |  - | -  |
                    but operators are told when it ends            | UPLOADED | 90 | 84 | 0 |  - | -  | Warn
                    and when it has ended                          | UPLOADED | 90 | 99 | 0 |  - | -  | Warn
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
