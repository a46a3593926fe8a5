package io.autoserve.cli.doctor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.doctor.Commands.Said;
import io.autoserve.cli.doctor.Facts.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProxyCheckTest {
    private final LoopbackApi users = new LoopbackApi();

    @AfterEach
    void close() {
        users.close();
    }

    private Proxy read(String answer) {
        return read(answer, URI.create(users.url()).getPort());
    }

    private static Proxy read(String answer, int port) {
        Commands commands =
                command ->
                        List.of(command).contains("exec")
                                ? Optional.of(new Said(true, answer))
                                : Optional.empty();
        return new ProxyCheck(new Docker(commands, ""), "autoserve-nginx", port).read();
    }

    @Test
    void the_version_is_read_inside_of_the_container() {
        var answer =
                "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
                        + "{\"version\":{\"timeline\":1,\"epoch\":3,\"seq\":120}}";

        assertThat(read(answer)).isEqualTo(new Proxy.Serves(1, 3, 120));
    }

    @Test
    void a_refusal_is_no_version() {
        assertThat(read("HTTP/1.1 401 Unauthorized\r\n\r\n{}"))
                .isEqualTo(new Proxy.Unseen("the admin port of autoserve-nginx does not answer"));
        assertThat(read("")).isInstanceOf(Proxy.Unseen.class);
    }

    @Test
    void nginx_answers_users_also_if_it_wants_the_proxy_protocol() throws IOException {
        try (var nginx = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> refuseWithoutAnnouncement(nginx));

            assertThat(read("", nginx.getLocalPort())).isInstanceOf(Proxy.Unseen.class);
        }
    }

    @Test
    void nginx_serves_nobody_if_nothing_answers() throws IOException {
        var closed = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        closed.close();

        assertThat(read("", closed.getLocalPort())).isInstanceOf(Proxy.NotServing.class);
    }

    private static void refuseWithoutAnnouncement(ServerSocket nginx) {
        while (true) {
            try (var client = nginx.accept()) {
                var request = new byte[100];
                var count = client.getInputStream().read(request);
                if (new String(request, 0, count, US_ASCII).startsWith("PROXY ")) {
                    client.getOutputStream().write("HTTP/1.1 405 No\r\n\r\n".getBytes(US_ASCII));
                }
            } catch (IOException closed) {
                return;
            }
        }
    }
}
