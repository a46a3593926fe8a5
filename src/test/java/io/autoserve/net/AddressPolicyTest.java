package io.autoserve.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.net.AddressPolicy.AddressRange;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {
    private static final AddressPolicy POLICY =
            new AddressPolicy(
                    true,
                    List.of(
                            AddressRange.parse("172.20.0.0/16"),
                            AddressRange.parse("fd00:20::/63")));

    private static byte[] bytes(String address) throws UnknownHostException {
        return InetAddress.getByName(address).getAddress();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, loopback",
        "127.255.1.1, loopback",
        "::1, loopback",
        "0.0.0.0, unspecified",
        "0.1.2.3, unspecified",
        "::, unspecified",
        "169.254.169.254, link-local",
        "fe80::1, link-local",
        "febf::1, link-local",
        "224.0.0.1, multicast",
        "ff02::1, multicast",
        "255.255.255.255, reserved",
        "172.20.0.21, a network on this machine",
        "fd00:20::1, a network on this machine",
        "fd00:20:0:1::1, a network on this machine",
        "64:ff9b::7f00:1, loopback",
        "2002:7f00:1::, loopback",
        "2002:ac14:15::1, a network on this machine"
    })
    void an_address_of_this_machine_is_never_reached(String address, String what)
            throws UnknownHostException {
        assertThat(POLICY.objection(bytes(address)).orElse("")).contains(what);
    }

    /** Java turns a mapped address into IPv4 when it parses one, so this test writes the bytes. */
    @Test
    void an_ipv4_address_inside_an_ipv6_address_is_judged_too() {
        var mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        mapped[12] = (byte) 169;
        mapped[13] = (byte) 254;
        assertThat(POLICY.objection(mapped).orElse("")).contains("link-local");

        var compatible = new byte[16];
        compatible[12] = 127;
        compatible[15] = 1;
        assertThat(POLICY.objection(compatible).orElse("")).contains("loopback");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "172.21.0.1",
                "10.1.2.3",
                "2001:db8::1",
                "fd00::1",
                "fd00:20:0:2::1"
            })
    void other_machines_may_be_reached(String address) throws UnknownHostException {
        assertThat(POLICY.objection(bytes(address))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "fec0::1"})
    void private_networks_are_refused_where_the_setting_says_so(String address)
            throws UnknownHostException {
        assertThat(new AddressPolicy(false, List.of()).objection(bytes(address)).orElse(""))
                .contains("private");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "172.20.0.0",
                "172.20/16",
                "999.1.1.1/16",
                "1.2.3./16",
                "1.2.3.4/",
                "1.2.3.4/-1",
                "1.2.3.4/16/16",
                "fd00::",
                "fd00:::1/64",
                "fd00/64",
                "::1%lo/64",
                "localhost/16",
                "/16",
                ""
            })
    void text_that_is_no_range_is_refused(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a range must be like 172.20.0.0/16 or fd00:20::/64, was '%s'", text);
    }

    @ParameterizedTest
    @CsvSource({"172.20.0.0/33, 32", "fd00::/129, 128"})
    void a_prefix_is_no_longer_than_its_address(String text, int longest) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .hasMessageStartingWith("prefix must be 0 to %d".formatted(longest));
    }

    @Test
    void bytes_that_are_no_address_are_refused() {
        assertThat(POLICY.objection(new byte[3])).isPresent();
    }
}
