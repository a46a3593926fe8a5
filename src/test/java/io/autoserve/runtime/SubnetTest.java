package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {

    @ParameterizedTest(name = "instance {1} of {0} has {2}")
    @CsvSource({
        "172.20.0.0/16, 0, 172.20.128.0",
        "172.20.0.0/16, 1, 172.20.128.1",
        "172.20.0.0/16, 300, 172.20.129.44",
        "172.20.0.0/16, 32766, 172.20.255.254",
        "172.20.0.0/16, 32767, 172.20.128.0",
        "192.168.7.0/24, 5, 192.168.7.133",
    })
    void gives_each_instance_the_next_address_of_the_upper_half(
            String subnet, long instance, String address) {
        assertThat(Subnet.parse(subnet).instance(instance)).isEqualTo(address);
    }

    @Test
    void leaves_the_first_quarter_to_addresses_given_by_hand() {
        assertThat(Subnet.parse("172.20.0.0/16").gateway()).isEqualTo("172.20.0.1");
        assertThat(Subnet.parse("172.20.0.0/16").dynamicRange()).isEqualTo("172.20.64.0/18");
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({
        "172.20.0.0/16, 172.20.0.0/16, true",
        "172.20.0.0/16, 172.20.200.0/24, true",
        "172.16.0.0/12, 172.20.0.0/16, true",
        "172.20.0.0/16, 172.21.0.0/16, false",
        "172.20.0.0/24, 172.20.1.0/24, false",
    })
    void knows_what_overlaps(String one, String other, boolean overlaps) {
        assertThat(Subnet.parse(one).overlaps(Subnet.parse(other))).isEqualTo(overlaps);
        assertThat(Subnet.parse(other).overlaps(Subnet.parse(one))).isEqualTo(overlaps);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "172.20.0.0",
                "172.20.0/16",
                "172.20.0.1/16",
                "172.20.0.0/30",
                "300.0.0.0/8",
                "::/64"
            })
    void refuses_what_is_no_subnet_for_instances(String text) {
        assertThatThrownBy(() -> Subnet.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("subnet must");
    }
}
