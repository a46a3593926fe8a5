package io.autoserve.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class NameLookupTest {
    @Test
    void virtual_threads_do_not_wait_in_native_code() throws Exception {
        var onVirtualThread = new AtomicBoolean(true);
        var lookup =
                new NameLookup(
                        host -> {
                            onVirtualThread.set(Thread.currentThread().isVirtual());
                            return InetAddress.getAllByName(host);
                        },
                        Duration.ofMinutes(1));

        Thread.ofVirtual().start(() -> find(lookup)).join();

        assertThat(onVirtualThread).isFalse();
    }

    @Test
    void name_servers_that_do_not_answer_delay_a_notification_for_a_limited_time() {
        var never = new CountDownLatch(1);
        var lookup =
                new NameLookup(
                        _ -> {
                            waitFor(never);
                            return new InetAddress[0];
                        },
                        Duration.ofMillis(1));

        assertThatThrownBy(() -> lookup.addresses("chat.example.com"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage(
                        "the name servers of the controllers did not answer for chat.example.com"
                                + " (DNS)");
        never.countDown();
    }

    @Test
    void a_host_without_an_address_is_named() {
        var lookup =
                new NameLookup(
                        host -> {
                            throw new UnknownHostException(host);
                        },
                        Duration.ofMinutes(1));

        assertThatThrownBy(() -> lookup.addresses("chat.example.com"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("chat.example.com has no address");
    }

    private static void find(NameLookup lookup) {
        try {
            lookup.addresses("127.0.0.1");
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
