package io.autoserve.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sends packets through the rules that the firewall prints. A small interpreter stands for
 * iptables, so the test needs no privileges.
 */
class FirewallRulesTest {
    private static final String SCRIPT = "src/main/docker/keeper/firewall";
    private static final String BRIDGE = "br-apps";

    /**
     * The frames that no instance may send to other instances, broadcast and multicast included.
     */
    private static final String BETWEEN_INSTANCES =
            "ip saddr 172.20.128.0/17"
                    + " ip daddr { 172.20.128.0/17, 224.0.0.0/4, 255.255.255.255 } drop";

    @TempDir private Path folder;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void resolvers() throws IOException {
        var file = folder.resolve("resolv.conf");
        Files.writeString(file, "nameserver 192.168.1.1\nnameserver 127.0.0.53\nnameserver ::1\n");
        environment.put("AUTOSERVE_RESOLV_CONF", file.toString());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    SSH of this machine by the gateway       | 172.20.0.1      | tcp  | 22   | NEW         | REJECT
                    a database that this machine publishes   | 203.0.113.5     | tcp  | 5432 | NEW         | REJECT
                    the API that this machine publishes      | 203.0.113.5     | tcp  | 8443 | NEW         | REJECT
                    nginx, where Docker's own proxy answers  | 203.0.113.5     | tcp  | 80   | NEW         | RETURN
                    nginx with TLS, by Docker's own proxy    | 203.0.113.5     | tcp  | 443  | NEW         | RETURN
                    a name server on this machine            | 192.168.1.1     | udp  | 53   | NEW         | RETURN
                    nginx at that address                    | 192.168.1.1     | tcp  | 80   | ESTABLISHED | RETURN
                    SSH at its address                       | 192.168.1.1     | tcp  | 22   | NEW         | REJECT
                    a connection from before the rules       | 172.20.0.1      | tcp  | 22   | ESTABLISHED | REJECT
                    multicast                                | 224.0.0.251     | udp  | 5353 | NEW         | REJECT
                    a loopback address, if Docker routes it  | 127.0.0.1       | tcp  | 5432 | NEW         | REJECT
                    a ping                                   | 172.20.0.1      | icmp | 0    | NEW         | REJECT
                    """)
    void to_this_machine(
            String what, String to, String protocol, int port, String state, String verdict)
            throws Exception {
        var packet = new Packet(BRIDGE, "", "172.20.128.7", to, protocol, 40_000, port, state);

        assertThat(rules().judge("AUTOSERVE-IN-172.20.0", packet)).as(what).isEqualTo(verdict);
    }

    @Test
    void this_machine_gets_answers_from_instances() throws Exception {
        var answer =
                new Packet(BRIDGE, "", "172.20.128.7", "172.20.0.1", "tcp", 8080, 40_000, "REPLY");

        assertThat(rules().judge("AUTOSERVE-IN-172.20.0", answer)).isEqualTo("RETURN");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    the internet                             | eth0     | 93.184.216.34   | tcp  | 443  | NEW         | RETURN
                    nginx by this machine's published port   | br-ctl   | 172.21.0.10     | tcp  | 80   | DNAT        | ACCEPT
                    nginx with TLS by this machine's port    | br-ctl   | 172.21.0.10     | tcp  | 443  | DNAT        | ACCEPT
                    nginx in the control network             | br-ctl   | 172.21.0.10     | tcp  | 80   | NEW         | REJECT
                    nginx's admin port                       | br-ctl   | 172.21.0.10     | tcp  | 8081 | NEW         | REJECT
                    the API by this machine's published port | br-ctl   | 172.21.0.11     | tcp  | 8443 | DNAT        | REJECT
                    a controller                             | br-ctl   | 172.21.0.21     | tcp  | 8000 | NEW         | REJECT
                    a database                               | br-ctl   | 172.21.0.31     | tcp  | 5432 | NEW         | REJECT
                    a container of another Docker network    | docker0  | 172.17.0.2      | tcp  | 80   | NEW         | REJECT
                    a port that such a container publishes   | docker0  | 172.17.0.2      | tcp  | 80   | DNAT        | REJECT
                    a provider's metadata                    | eth0     | 169.254.169.254 | tcp  | 80   | NEW         | REJECT
                    metadata in shared addresses             | eth0     | 100.100.100.200 | tcp  | 80   | NEW         | REJECT
                    a provider's service at a public address | eth0     | 168.63.129.16   | tcp  | 80   | NEW         | REJECT
                    a machine of the local network           | eth0     | 192.168.1.20    | tcp  | 22   | NEW         | REJECT
                    a machine of a private network           | eth0     | 10.1.2.3        | tcp  | 22   | NEW         | REJECT
                    a name server of the local network       | eth0     | 192.168.1.1     | udp  | 53   | NEW         | RETURN
                    a large answer of a name server          | eth0     | 192.168.1.1     | tcp  | 53   | NEW         | RETURN
                    another service of that machine          | eth0     | 192.168.1.1     | tcp  | 80   | NEW         | REJECT
                    a connection from before the rules       | eth0     | 10.1.2.3        | tcp  | 22   | ESTABLISHED | REJECT
                    an answer to a client of the instance    | eth0     | 10.1.2.3        | tcp  | 9999 | REPLY       | RETURN
                    nginx on the same bridge                 | br-apps  | 172.20.0.10     | tcp  | 80   | NEW         | RETURN
                    a controller on the same bridge          | br-apps  | 172.20.0.21     | tcp  | 8000 | NEW         | REJECT
                    an answer to a controller's probe        | br-apps  | 172.20.0.21     | tcp  | 9999 | REPLY       | RETURN
                    another instance, routed by this machine | br-apps  | 172.20.128.9    | tcp  | 8080 | NEW         | REJECT
                    """)
    void from_an_instance(
            String what,
            String out,
            String to,
            String protocol,
            int port,
            String state,
            String verdict)
            throws Exception {
        var packet = new Packet(BRIDGE, out, "172.20.128.7", to, protocol, 40_000, port, state);

        assertThat(rules().judge("AUTOSERVE-FWD-172.20.0", packet)).as(what).isEqualTo(verdict);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    the answer of nginx                       | br-ctl  | 172.21.0.10  | 80   | REPLY       | ACCEPT
                    an answer of the admin port               | br-ctl  | 172.21.0.10  | 8081 | REPLY       | RETURN
                    nginx in the control network asks         | br-ctl  | 172.21.0.10  | 80   | NEW         | RETURN
                    an answer of the internet                 | eth0    | 93.184.216.3 | 443  | REPLY       | RETURN
                    nginx asks, and bridges pass iptables     | br-apps | 172.20.0.10  | 9999 | NEW         | RETURN
                    a probe of a controller, in the same way  | br-apps | 172.20.0.21  | 9999 | NEW         | RETURN
                    """)
    void to_an_instance(String what, String in, String from, int port, String state, String verdict)
            throws Exception {
        var packet = new Packet(in, BRIDGE, from, "172.20.128.7", "tcp", port, 8080, state);

        assertThat(rules().judge("AUTOSERVE-FWD-172.20.0", packet)).as(what).isEqualTo(verdict);
    }

    @Test
    void networks_of_the_setting_can_be_reached_but_never_the_control_network() throws Exception {
        environment.put("AUTOSERVE_APP_NETWORKS", "10.1.0.0/16, 172.16.0.0/12");

        assertThat(forwarded("10.1.2.3")).isEqualTo("RETURN");
        assertThat(forwarded("172.17.0.2")).isEqualTo("RETURN");
        assertThat(forwarded("10.2.2.3")).isEqualTo("REJECT");
        assertThat(forwarded("172.21.0.31")).isEqualTo("REJECT");
    }

    @Test
    void a_wrong_entry_of_the_setting_opens_nothing() throws Exception {
        environment.put("AUTOSERVE_APP_NETWORKS", "10.1.0.0/16 0.0.0.0/99 -j_ACCEPT $(id)");

        assertThat(rules().text())
                .contains("-d 10.1.0.0/16 -j RETURN")
                .doesNotContain("/99", "-j_ACCEPT", "uid");
    }

    @Test
    void frames_between_instances_and_to_controllers_are_dropped_on_the_bridge_itself()
            throws Exception {
        assertThat(rules().text())
                .contains(BETWEEN_INSTANCES)
                .contains("ip daddr 172.20.0.21-172.20.0.23 tcp flags & (syn | ack) == syn drop");
    }

    @Test
    void instances_reach_each_other_where_apps_are_not_apart() throws Exception {
        environment.put("AUTOSERVE_APPS_APART", "false");
        var packet =
                new Packet(BRIDGE, BRIDGE, "172.20.128.7", "172.20.128.9", "tcp", 1, 8080, "NEW");

        assertThat(rules().judge("AUTOSERVE-FWD-172.20.0", packet)).isEqualTo("RETURN");
        assertThat(rules().text())
                .doesNotContain(BETWEEN_INSTANCES)
                .contains("ip daddr 172.20.0.21-172.20.0.23");
    }

    @Test
    void a_word_that_is_neither_true_nor_false_keeps_apps_apart() throws Exception {
        environment.put("AUTOSERVE_APPS_APART", "no");

        assertThat(rules().text()).contains(BETWEEN_INSTANCES);
    }

    @Test
    void two_installations_have_chains_of_their_own() throws Exception {
        environment.put("AUTOSERVE_SUBNET", "192.168.200.128/26");
        environment.put("AUTOSERVE_ADDRESSES", "192.168.200");
        environment.put("AUTOSERVE_HTTP_PORT", "8080");

        assertThat(rules().text())
                .contains("DOCKER-USER -i br-apps -j AUTOSERVE-FWD-192.168.200\n")
                .contains("table bridge autoserve_apps_192_168_200 {")
                .contains("192.168.200.160/27")
                .contains("--dports 8080,443")
                .doesNotContain("172.20");
        assertThat("AUTOSERVE-FWD-255.255.255").hasSizeLessThanOrEqualTo(28); // limit of iptables
    }

    @Test
    void instances_reach_a_second_nginx_by_its_published_ports_if_there_is_one() throws Exception {
        var toSecond =
                new Packet(BRIDGE, "br-ctl", "172.20.128.7", "172.21.0.12", "tcp", 1, 80, "DNAT");
        assertThat(rules().judge("AUTOSERVE-FWD-172.20.0", toSecond)).isEqualTo("REJECT");

        environment.put("AUTOSERVE_PROXIES", "2");
        environment.put("AUTOSERVE_NGINX_2_HTTP_PORT", "8081");
        environment.put("AUTOSERVE_NGINX_2_HTTPS_PORT", "8444");

        assertThat(rules().judge("AUTOSERVE-FWD-172.20.0", toSecond)).isEqualTo("ACCEPT");
        assertThat(rules().text())
                .contains("--dports 80,443,8081,8444 -j RETURN")
                .contains("-s 172.21.0.12/32 -p tcp -m multiport --sports 80,443");
    }

    @Test
    void ipv6_from_apps_is_rejected() throws Exception {
        assertThat(rules().text())
                .contains("INPUT -i br-apps -j AUTOSERVE-IN-172.20.0")
                .contains("FORWARD -i br-apps -j AUTOSERVE-IN-172.20.0")
                .contains("--reject-with icmp6-adm-prohibited")
                .contains("meta ibrname \"br-apps\" meta protocol ip6 drop");
    }

    private String forwarded(String to) throws Exception {
        return rules().judge(
                        "AUTOSERVE-FWD-172.20.0",
                        new Packet(BRIDGE, "eth0", "172.20.128.7", to, "tcp", 1, 22, "NEW"));
    }

    private Rules rules() throws IOException, InterruptedException {
        var builder = new ProcessBuilder(SCRIPT, "rules", BRIDGE).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("AUTOSERVE_"));
        builder.environment().putAll(environment);
        var process = builder.start();
        var text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return new Rules(text);
    }

    /**
     * @param state NEW, ESTABLISHED (in the direction of the first packet), REPLY, or DNAT for a
     *     new connection whose destination was a port that Docker publishes
     */
    private record Packet(
            String in,
            String out,
            String from,
            String to,
            String protocol,
            int fromPort,
            int toPort,
            String state) {

        boolean hasState(String word) {
            return switch (word) {
                case "ESTABLISHED" -> state.equals("ESTABLISHED") || state.equals("REPLY");
                case "DNAT" -> state.equals("DNAT");
                default -> false;
            };
        }
    }

    /** Interprets the part of iptables' language that the firewall uses. */
    private record Rules(String text) {

        String judge(String chain, Packet packet) {
            return text.lines()
                    .takeWhile(line -> !line.equals("# ip6tables"))
                    .filter(line -> line.startsWith("-A " + chain + " "))
                    .map(line -> line.substring(chain.length() + 4))
                    .map(rule -> verdict(List.of(rule.split(" ", -1)), packet))
                    .flatMap(Stream::ofNullable)
                    .findFirst()
                    .orElse("RETURN");
        }

        private static @Nullable String verdict(List<String> words, Packet packet) {
            var inverted = false;
            for (var rest = words.iterator(); rest.hasNext(); ) {
                var word = rest.next();
                if (word.equals("!")) {
                    inverted = true;
                    continue;
                }
                var value = rest.next();
                if (word.equals("-j")) {
                    return value;
                }
                if (matches(word, value, packet) == inverted) {
                    return null;
                }
                inverted = false;
            }
            throw new AssertionError("a rule has no target: " + words);
        }

        private static boolean matches(String option, String value, Packet packet) {
            return switch (option) {
                case "-m" -> true;
                case "-i" -> packet.in().equals(value);
                case "-o" -> packet.out().equals(value);
                case "-s" -> contains(value, packet.from());
                case "-d" -> contains(value, packet.to());
                case "-p" -> packet.protocol().equals(value);
                case "--dport", "--dports" -> has(value, packet.toPort());
                case "--sports" -> has(value, packet.fromPort());
                case "--ctdir" -> packet.state().equals("REPLY") == value.equals("REPLY");
                case "--ctstate" -> Stream.of(value.split(",", -1)).anyMatch(packet::hasState);
                default -> throw new AssertionError("the test does not know " + option);
            };
        }

        private static boolean has(String ports, int port) {
            return List.of(ports.split(",", -1)).contains(String.valueOf(port));
        }

        private static boolean contains(String network, String address) {
            var parts = network.split("/", -1);
            var shift = 32 - Integer.parseInt(parts[1]);
            return number(parts[0]) >> shift == number(address) >> shift;
        }

        private static long number(String address) {
            try {
                var bytes = InetAddress.getByName(address).getAddress(); // a literal, no name
                return Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt());
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }
    }
}
