package io.autoserve.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests what the sockets of a container show about a port on which nothing answers. */
@EnabledIf("readsFromLittleEnd")
class ListenersTest {
    private static final String HEADING =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
    private static final String ELSEWHERE = ": change the port in the spec or in the container";
    private static final String INSIDE =
            ", which only the container itself can reach: let it listen on 0.0.0.0";
    private static final String ANY_V6 = "00000000000000000000000000000000";
    private static final String LOOPBACK_V6 = "00000000000000000000000001000000";
    private static final String MAPPED = "0000000000000000FFFF00000100007F";

    /** The lists below are those of x86 and of ARM. */
    static boolean readsFromLittleEnd() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    only on the loopback address | 0100007F:1F90          | 127.0.0.1:8080 INSIDE
                    on its loopback address for IPv6 | LOOPBACK_V6:1F90   | [::1]:8080 INSIDE
                    on a mapped address          | MAPPED:1F90            | 127.0.0.1:8080 INSIDE
                    on another port              | 00000000:0BB8          | port 3000 ELSEWHERE
                    on another port for both     | 00000000:0BB8 ANY_V6:0BB8 | port 3000 ELSEWHERE
                    on several other ports       | 00000000:0BB8 0100007F:23D9 | port 3000, 127.0.0.1:9177 ELSEWHERE
                    on another address           | 0501A8C0:0BB8          | 192.168.1.5:3000 ELSEWHERE
                    """)
    void names_where_the_container_listens(String name, String sockets, String clause) {
        assertThat(Listeners.of(listening(sockets)).insteadOf(8080))
                .as(name)
                .isEqualTo(
                        "; the container listens on "
                                + clause.replace(" INSIDE", INSIDE)
                                        .replace(" ELSEWHERE", ELSEWHERE));
    }

    @Test
    void a_container_without_a_listener_is_reported_as_such() {
        assertThat(Listeners.of(HEADING).insteadOf(8080))
                .isEqualTo("; the container listens on no port");
        assertThat(Listeners.of(listening("0B00007F:A3F1")).insteadOf(8080))
                .as("only Docker's name server")
                .isEqualTo("; the container listens on no port");
    }

    @Test
    void a_connection_is_no_listener() {
        var connected = "   0: 0100007F:1F90 0100007F:C5A2 01 00000000:00000000 00:00000000\n";
        assertThat(Listeners.of(HEADING + connected).insteadOf(3000))
                .isEqualTo("; the container listens on no port");
    }

    @Test
    void a_port_that_is_open_by_now_needs_no_explanation() {
        assertThat(Listeners.of(listening("00000000:1F90")).insteadOf(8080)).isEmpty();
        assertThat(Listeners.of(listening("ANY_V6:1F90 0100007F:1F90")).insteadOf(8080)).isEmpty();
    }

    @Test
    void a_container_without_the_command_gets_general_advice() {
        var advice = "; check which port the app uses, and that it listens on 0.0.0.0";
        assertThat(Listeners.of("exec: \"cat\": executable file not found").insteadOf(8080))
                .isEqualTo(advice);
        assertThat(Listeners.of("").insteadOf(8080)).isEqualTo(advice);
    }

    @Test
    void at_most_five_are_named() {
        var many = "00000000:0001 00000000:0002 00000000:0003 00000000:0004 00000000:0005";
        assertThat(Listeners.of(listening(many + " 00000000:0006")).insteadOf(8080))
                .isEqualTo(
                        "; the container listens on port 1, port 2, port 3, port 4, port 5"
                                + ELSEWHERE);
    }

    private static String listening(String sockets) {
        var text = new StringBuilder(HEADING);
        var known =
                sockets.replace("ANY_V6", ANY_V6)
                        .replace("LOOPBACK_V6", LOOPBACK_V6)
                        .replace("MAPPED", MAPPED);
        for (var socket : known.split(" ", -1)) {
            text.append("   0: ")
                    .append(socket)
                    .append(" 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n");
        }
        return text.toString();
    }
}
