package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.doctor.Commands.Said;
import io.autoserve.cli.doctor.Facts.Proxy;
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
        Commands commands =
                command ->
                        List.of(command).contains("exec")
                                ? Optional.of(new Said(true, answer))
                                : Optional.empty();
        var port = URI.create(users.url()).getPort();
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
}
