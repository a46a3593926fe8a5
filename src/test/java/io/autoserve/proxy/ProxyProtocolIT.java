package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.autoserve.proxy.RawOrigin.Answer;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests what nginx makes of connections that a trusted proxy announces with the PROXY protocol. The
 * test itself is such a proxy, because its address in Docker's network is private. A process in
 * nginx's container is not, because loopback is not listed.
 */
class ProxyProtocolIT {
    private static final App SHOP = Toys.app(1, "shop");
    private static final String HOST = "shop.localhost";

    @AutoClose
    private static final RealNginx real =
            RealNginx.start(
                    null,
                    "--env",
                    "AUTOSERVE_PROXY_PROTOCOL=on",
                    "--env",
                    "AUTOSERVE_TRUSTED_PROXIES=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16");

    @AutoClose
    private static final RawOrigin origin = new RawOrigin(1, _ -> Answer.of(RawOrigin.OK));

    @BeforeAll
    static void route() {
        real.certify(HOST, false);
        var instance = Toys.ready(origin.id, SHOP, 1, real.hostAddress(), origin.port);
        var table = RouteTable.of(new Version(1, 1, 1), List.of(SHOP), List.of(instance));
        assertThat(await(real.manager().push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "1, 203.0.113.9, 198.51.100.1",
        "1, 2001:db8::9, 2001:db8::1",
        "2, 203.0.113.9, 198.51.100.1",
        "2, 2001:db8::9, 2001:db8::1"
    })
    void the_client_is_the_one_that_the_proxy_announces(int version, String client, String proxy) {
        var announcement = version == 1 ? inText(client, proxy, 80) : inBytes(client, proxy, 80);

        var head = headOver(plain(announcement), "X-Forwarded-For: 192.0.2.66");

        assertThat(head)
                .contains("\r\nX-Forwarded-For: " + client + "\r\n")
                .contains("\r\nX-Real-IP: " + client + "\r\n")
                .contains("\r\nX-Forwarded-Proto: http\r\n")
                .doesNotContain("192.0.2.66");
    }

    @Test
    void a_connection_with_tls_is_announced_before_its_handshake() {
        var announcement = inText("2001:db8::9", "2001:db8::1", 443);

        var head = headOver(RawConnection.tls(real.address(), HOST, announcement), "X-Other: 1");

        assertThat(head)
                .contains("\r\nX-Real-IP: 2001:db8::9\r\n")
                .contains("\r\nX-Forwarded-Proto: https\r\n");
    }

    @Test
    void the_protocol_follows_from_the_port_that_the_client_chose_and_from_no_header() {
        var chosen443 = inText("203.0.113.9", "198.51.100.1", 443);
        var chosen80 = inText("203.0.113.9", "198.51.100.1", 80);

        assertThat(headOver(plain(chosen443), "X-Forwarded-Proto: http"))
                .contains("\r\nX-Forwarded-Proto: https\r\n", "\r\nX-Forwarded-Port: 443\r\n");
        assertThat(headOver(plain(chosen80), "X-Forwarded-Proto: https"))
                .contains("\r\nX-Forwarded-Proto: http\r\n", "\r\nX-Forwarded-Port: 80\r\n");
    }

    @Test
    void a_proxy_may_ask_on_its_own_account() {
        assertThat(headOver(plain("PROXY UNKNOWN\r\n"), "X-Forwarded-Proto: https"))
                .contains("\r\nX-Real-IP: " + real.hostAddress() + "\r\n")
                .contains("\r\nX-Forwarded-Proto: http\r\n");
    }

    @Test
    void a_connection_without_an_announcement_gets_no_answer() {
        var before = origin.heads().size();

        try (var connection = plain("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n")) {
            assertThat(connection.rest()).isEmpty();
        }

        assertThat(origin.heads()).hasSize(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.0", "GET /.well-known/acme-challenge/x HTTP/1.0", "BAD"})
    void no_other_peer_may_announce_clients(String request) {
        assertThat(askFromInside("PROXY TCP4 203.0.113.9 198.51.100.1 50000 80", request))
                .isEmpty();
    }

    @Test
    void the_front_door_sees_that_nginx_answers() {
        assertThat(askFromInside("PROXY UNKNOWN", "TRACE / HTTP/1.0")).startsWith("HTTP/1.1 405 ");
    }

    private static String askFromInside(String announcement, String request) {
        return real.inside(
                """
                trap '' PIPE # nginx may close the connection early
                exec 3<>/dev/tcp/127.0.0.1/80
                { printf '%%s\\r\\n' '%s' '%s' 'Host: shop.localhost' '' >&3; cat <&3; } 2>/dev/null
                true
                """
                        .formatted(announcement, request));
    }

    private static RawConnection plain(String bytes) {
        var connection = RawConnection.plain(real.address(), 80);
        connection.send(bytes);
        return connection;
    }

    /** Returns the head that the app gets of the second request on the connection. */
    private static String headOver(RawConnection opened, String header) {
        try (var connection = opened) {
            var request = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header + "\r\n\r\n";
            for (var i = 0; i < 2; i++) {
                assertThat(connection.ask(request)).startsWith("HTTP/1.1 200 OK\r\n");
            }
            return origin.heads().getLast();
        }
    }

    /** Announces a client in version 1 of the protocol. */
    private static String inText(String client, String proxy, int port) {
        return "PROXY %s %s %s 50000 %d\r\n"
                .formatted(client.contains(":") ? "TCP6" : "TCP4", client, proxy, port);
    }

    /** Announces a client in version 2 of the protocol, one character a byte. */
    private static String inBytes(String client, String proxy, int port) {
        var addresses = new ByteArrayOutputStream();
        addresses.writeBytes(InetAddress.ofLiteral(client).getAddress());
        addresses.writeBytes(InetAddress.ofLiteral(proxy).getAddress());
        var ports = ByteBuffer.allocate(4).putShort((short) 50000).putShort((short) port);
        addresses.writeBytes(ports.array());
        var family = client.contains(":") ? 0x21 : 0x11; // over TCP
        var head =
                ByteBuffer.allocate(16)
                        .put("\r\n\r\n\0\r\nQUIT\n".getBytes(ISO_8859_1))
                        .put((byte) 0x21)
                        .put((byte) family)
                        .putShort((short) addresses.size());
        return new String(head.array(), ISO_8859_1) + addresses.toString(ISO_8859_1);
    }
}
