package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.Network;
import io.autoserve.model.RegistryRules;
import io.autoserve.net.AddressPolicy.AddressRange;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryGuardTest {
    private static final Map<String, List<String>> NAMES =
            Map.of(
                    "registry.example.com", List.of("192.0.2.7", "2001:db8::7"),
                    "rebound.example.com", List.of("192.0.2.7", "127.0.0.1"),
                    "metadata.example.com", List.of("169.254.169.254"),
                    "inner.example.com", List.of("10.1.2.3"));

    private static final List<AddressRange> NETWORKS =
            List.of(AddressRange.parse("172.20.0.0/16"), AddressRange.parse("fd00:20::/64"));

    private static RegistryGuard guard(RegistryRules rules) {
        return new RegistryGuard(rules, () -> NETWORKS, RegistryGuardTest::addresses);
    }

    private static final RegistryGuard GUARD =
            guard(new RegistryRules(false, true, Set.of("localhost:5000")));

    private static InetAddress[] addresses(String host) throws UnknownHostException {
        if (host.equals("localhost") || host.matches("[0-9.]+|.*:.*")) {
            return InetAddress.getAllByName(host);
        }
        var known = NAMES.get(host);
        if (known == null) {
            throw new UnknownHostException(host);
        }
        var addresses = new InetAddress[known.size()];
        for (var i = 0; i < addresses.length; i++) {
            addresses[i] = InetAddress.getByName(known.get(i));
        }
        return addresses;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nginx",
                "library/nginx:1.26",
                "registry.example.com/shop:2",
                "registry.example.com:5000/team/shop@sha256:00",
                "inner.example.com/shop",
                "192.0.2.9:5000/shop",
                "localhost:5000/shop"
            })
    void an_image_of_another_machine_or_of_a_trusted_registry_is_pulled(String image) {
        assertThatCode(() -> GUARD.require(image)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "localhost/shop, loopback",
        "localhost:5001/shop, loopback",
        "127.0.0.1:8001/shop, loopback",
        "[::1]:8001/shop, loopback",
        "[::ffff:127.0.0.1]:8001/shop, loopback",
        "172.20.0.31:5432/shop, a network on this machine",
        "[fd00:20::31]:5432/shop, a network on this machine",
        "169.254.169.254/shop, link-local",
        "metadata.example.com/shop, link-local",
        "rebound.example.com/shop, loopback",
        "127.1:8001/shop, unusual form",
        "2130706433:8001/shop, unusual form",
        "0x7f.1:8001/shop, unusual form",
        "0x7f000001:80/shop, unusual form"
    })
    void an_image_of_a_service_of_this_machine_is_refused_with_the_way_out(
            String image, String why) {
        assertThatThrownBy(() -> GUARD.require(image))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("image '%s' may not be pulled", image)
                .hasMessageContaining(why)
                .hasMessageContaining("AUTOSERVE_TRUSTED_REGISTRIES");
    }

    @ParameterizedTest
    @ValueSource(strings = {"this-machine.:5000", "unknown.example.com"})
    void an_image_of_a_registry_without_an_address_is_not_pulled(String registry) {
        assertThatThrownBy(() -> GUARD.require(registry + "/shop"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(
                        "image '%s/shop' cannot be pulled, because the controllers cannot resolve its registry %<s (DNS)",
                        registry)
                .hasMessageContaining("ask the operator");
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker.io/localhost/shop", "docker.io/registry.example.com/shop"})
    void an_image_that_docker_takes_for_one_of_another_registry_is_never_pulled(String image) {
        for (var rules : List.of(RegistryRules.EVERY, new RegistryRules(false, true, Set.of()))) {
            assertThatThrownBy(() -> guard(rules).require(image))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("image '%s' may not be pulled", image)
                    .hasMessageContaining("leave one of the two out");
        }
    }

    @Test
    void a_network_of_docker_is_known_by_both_its_subnets() throws IOException {
        var network =
                new ObjectMapper()
                        .readValue(
                                """
                                {"IPAM": {"Config": [
                                  {"Subnet": "172.20.0.0/16"}, {"Subnet": "fd00:20::/64"}, {}]}}
                                """,
                                Network.class);

        assertThat(RegistryGuard.ranges(network)).isEqualTo(NETWORKS);
    }

    @Test
    void private_networks_are_refused_where_the_setting_says_so() {
        var strict = guard(new RegistryRules(false, false, Set.of()));

        assertThatThrownBy(() -> strict.require("inner.example.com/shop"))
                .hasMessageContaining("a private address (10.1.2.3)");
    }

    @Test
    void dev_pulls_from_everywhere() {
        assertThatCode(() -> guard(RegistryRules.EVERY).require("localhost:7/shop"))
                .doesNotThrowAnyException();
    }

    @Test
    void the_registry_is_read_from_the_name_as_docker_reads_it() {
        assertThat(RegistryRules.registry("team/shop")).isEmpty();
        assertThat(RegistryRules.registry("Host/shop")).contains("Host");
        assertThat(RegistryRules.registry("localhost/shop")).contains("localhost");
        assertThat(RegistryRules.host("[::1]:5000")).isEqualTo("::1");
        assertThat(RegistryRules.origin("team/shop")).isEqualTo(RegistryRules.DOCKER_HUB);
        assertThat(RegistryRules.origin("docker.io/team/shop")).isEqualTo(RegistryRules.DOCKER_HUB);
        assertThat(RegistryRules.registry("index.docker.io/team/shop")).isEmpty();
        assertThat(RegistryRules.origin("index.docker.io/shop"))
                .isEqualTo(RegistryRules.DOCKER_HUB);
        assertThat(RegistryRules.origin("Host:5000/shop")).isEqualTo("host");
    }
}
