package io.autoserve.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.net.AddressPolicy;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GuardedSocketsTest {
    @Test
    void a_mail_that_took_too_long_gets_no_other_connection() throws IOException {
        var sockets =
                new GuardedSockets(Notifier.names(new AddressPolicy(false, List.of()), Set.of()));
        var first = sockets.createSocket();

        sockets.close();

        assertThat(first.isClosed()).isTrue();
        assertThatThrownBy(sockets::createSocket)
                .isInstanceOf(SocketException.class)
                .hasMessage("the time for this mail is over");
    }
}
