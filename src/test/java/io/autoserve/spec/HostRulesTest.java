package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.spec.Reading.Faulty;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests which domains no spec may have. */
class HostRulesTest {
    private static final SpecReader READER = new SpecReader(Allowance.NOTHING);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.0.0.1",
                "127.1",
                "0",
                "2130706433",
                "0x7f.1",
                "0x7f000001",
                "0177.0.0.1",
                "0x",
                "example.1",
                "*.0.0.1",
                "*.1"
            })
    void an_ip_address_in_any_spelling_is_refused(String host) {
        assertThat(faults(host))
                .extracting(Fault::pointer, Fault::message)
                .containsExactly(
                        tuple(
                                "/spec/routing/domains/0",
                                "domains must not be IP addresses, was '%s': use a host name, or 'default: true' for requests by address"
                                        .formatted(host)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]", "::ffff:127.0.0.1", "fe80::1", "0:0:0:0:0:0:0:1"})
    void an_ipv6_address_is_not_a_host_name(String host) {
        assertThat(faults(host))
                .extracting(Fault::message)
                .singleElement()
                .asString()
                .contains("must be a host name in lower case");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, names below localhost belong to the platform",
        "shop.localhost, names below localhost belong to the platform",
        "*.localhost, names below localhost belong to the platform",
        "*.shop.localhost, names below localhost belong to the platform",
        "*.com, a wildcard needs at least two labels",
        "*.internal, a wildcard needs at least two labels",
    })
    void names_that_no_app_may_own_are_refused(String host, String message) {
        assertThat(faults(host))
                .extracting(Fault::message)
                .singleElement()
                .asString()
                .startsWith(message)
                .contains("was '%s'".formatted(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "com",
                "intranet",
                "shop.example.com",
                "*.example.com",
                "1.example.com",
                "127.0.0.1.example.com",
                "localhost.example.com",
                "mylocalhost",
                "a.0xg",
                "a.x1"
            })
    void other_names_are_accepted(String host) {
        assertThat(faults(host)).isEmpty();
    }

    private static List<Fault> faults(String host) {
        var document =
                Documents.with(
                        Documents.minimal(),
                        "/spec/routing/domains",
                        Documents.of("['%s']".formatted(host)));
        return READER.read(document.toString()) instanceof Faulty(var faults) ? faults : List.of();
    }
}
