package io.autoserve.health;

import static io.autoserve.health.Targets.check;
import static io.autoserve.health.Targets.flat;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import io.autoserve.model.AppSpec.HealthChecks;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what is taken from an app's spec to check its instances. */
class TargetTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            textBlock =
                    """
                    the first domain          | shop.example.com www.example.com | none       | shop.example.com
                    a wildcard is no host     | *.example.com shop.example.com   | none       | shop.example.com
                    only wildcards            | *.example.com                    | none       | none
                    the header of the spec    | shop.example.com                 | other.test | other.test
                    """)
    void an_http_check_names_a_host(
            String name, String domains, @Nullable String written, @Nullable String expected) {
        Map<String, String> headers = written == null ? Map.of() : Map.of("host", written);
        var probe = new Probe.Http("/", 8080, "GET", headers, null, List.of());
        var checks = target(flat(every(probe)), domains.split(" ", -1)).checks();

        assertThat(checks.liveness()).isEqualTo(checks.readiness());
        var sent = ((Probe.Http) requireNonNull(checks.readiness()).probe()).headers();
        assertThat(sent.values())
                .as(name)
                .containsExactlyElementsOf(expected == null ? List.of() : List.of(expected));
    }

    @Test
    void other_checks_and_other_headers_stay_as_they_are() {
        var checks =
                new HealthChecks(
                        every(new Probe.Tcp(8080)),
                        every(new Probe.Command(List.of("check"))),
                        null);
        assertThat(target(checks, "shop.example.com").checks()).isEqualTo(checks);

        var keyed = new Probe.Http("/", 8080, "GET", Map.of("X-Key", "k"), null, List.of());
        assertThat(target(new HealthChecks(every(keyed), null, null), "shop.example.com").checks())
                .extracting(it -> requireNonNull(it.startup()).probe())
                .isEqualTo(
                        new Probe.Http(
                                "/",
                                8080,
                                "GET",
                                Map.of("X-Key", "k", "Host", "shop.example.com"),
                                null,
                                List.of()));
    }

    @Test
    void the_progress_deadline_limits_the_start() {
        assertThat(target(flat(check("/"))).startLimit()).isEqualTo(Duration.ofMinutes(10));
    }

    private static HealthCheck every(Probe probe) {
        var second = Duration.ofSeconds(1);
        return new HealthCheck(probe, Duration.ZERO, second, second, 3, 1);
    }

    private static Target target(HealthChecks checks, String... domains) {
        var spec =
                SpecDraft.of("web")
                        .checks(checks)
                        .routing(Fixtures.routing("/", false, domains))
                        .spec();
        var app = Fixtures.app(spec, 1);
        return Target.of(Fixtures.running(app, 0), spec);
    }
}
