package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.autoserve.proxy.RawOrigin.Answer;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests what an app learns about a client behind proxies that the installation trusts. The test
 * itself is such a proxy, because its address in Docker's network is private.
 */
class TrustedProxyIT {
    private static final App SHOP = Toys.app(1, "shop");
    private static final String HOST = "other.example";

    @AutoClose
    private static final RealNginx real =
            RealNginx.start(
                    null,
                    "--env",
                    "AUTOSERVE_TRUSTED_PROXIES=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16");

    private static long seq;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    203.0.113.9                          | 203.0.113.9
                    192.0.2.66, 203.0.113.9              | 203.0.113.9
                    192.0.2.66, 203.0.113.9, 10.1.2.3    | 203.0.113.9
                    192.0.2.66, 10.1.2.3, 203.0.113.9    | 203.0.113.9
                    2001:db8::9                          | 2001:db8::9
                    """)
    void the_client_is_the_last_address_that_is_not_a_trusted_proxy(
            String claimed, String received) {
        assertThat(head("X-Forwarded-For: " + claimed))
                .contains(
                        "\r\nX-Forwarded-For: " + received + "\r\n",
                        "\r\nX-Real-IP: " + received + "\r\n")
                .doesNotContain("192.0.2.66");
    }

    @Test
    void the_protocol_is_what_the_proxy_reports() {
        assertThat(head("X-Forwarded-Proto: https"))
                .contains("\r\nX-Forwarded-Proto: https\r\n", "\r\nX-Forwarded-Port: 443\r\n");
        assertThat(head("X-Forwarded-Proto: gopher"))
                .contains("\r\nX-Forwarded-Proto: http\r\n", "\r\nX-Forwarded-Port: 80\r\n");
    }

    @Test
    void a_client_that_uses_tls_up_to_the_proxy_is_not_redirected_to_tls() {
        real.certify(HOST, true);

        assertThat(head("X-Forwarded-Proto: http")).isNotEmpty(); // stores a table of routes
        assertThat(ask("X-Forwarded-Proto: http")).startsWith("HTTP/1.1 308 ");
        assertThat(ask("X-Forwarded-Proto: https")).startsWith("HTTP/1.1 404 ");
    }

    /** Sends a request for a host that no app has. */
    private static String ask(String header) {
        try (var connection = RawConnection.plain(real.address(), 80)) {
            return connection.ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header + "\r\n\r\n");
        }
    }

    /** Returns the head that an app gets if a proxy sends a request with this header. */
    private static String head(String header) {
        try (var origin = new RawOrigin(++seq, _ -> Answer.of(RawOrigin.OK));
                var connection = RawConnection.plain(real.address(), 80)) {
            var instance = Toys.ready(origin.id, SHOP, 1, real.hostAddress(), origin.port);
            var table = RouteTable.of(new Version(1, 1, seq), List.of(SHOP), List.of(instance));
            assertThat(await(real.manager().push(table)))
                    .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
            assertThat(
                            connection.ask(
                                    "GET / HTTP/1.1\r\nHost: shop.localhost\r\n"
                                            + header
                                            + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 OK\r\n");
            return origin.heads().getFirst();
        }
    }
}
