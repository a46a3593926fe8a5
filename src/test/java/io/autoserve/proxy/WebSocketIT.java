package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.proxy.EchoOrigin.Conversation;
import io.autoserve.proxy.RawProxy.Transport;
import io.autoserve.proxy.WebSocketCases.FrameCase;
import io.autoserve.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tests that nginx passes on the bytes of WebSockets unchanged and at once, in both directions. An
 * app and its client can only disagree about a frame if nginx changes, holds back or loses a byte.
 */
@ParameterizedClass
@EnumSource
class WebSocketIT {
    @AutoClose private static final RawProxy proxy = RawProxy.start();
    @AutoClose private static final EchoOrigin origin = new EchoOrigin();

    private final Transport transport;

    WebSocketIT(Transport transport) {
        this.transport = transport;
    }

    @BeforeAll
    static void serve() {
        proxy.serve(origin.port);
    }

    @BeforeEach
    void forgetEarlierConnections() {
        origin.conversations().clear();
    }

    @Test
    void the_handshake_reaches_both_sides_as_it_was_sent() throws InterruptedException {
        try (var connection = proxy.connect(transport)) {
            assertThat(connection.askForHead(handshake("/chat?room=1")))
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .contains(
                            "\r\nUpgrade: websocket\r\n",
                            "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
                            "\r\nSec-WebSocket-Protocol: chat\r\n",
                            "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n")
                    .containsIgnoringCase("\r\nConnection: upgrade\r\n");
        }
        assertThat(conversation().head())
                .startsWith("GET /chat?room=1 HTTP/1.1\r\n")
                .contains(
                        "\r\nUpgrade: websocket\r\n",
                        "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                        "\r\nSec-WebSocket-Version: 13\r\n",
                        "\r\nSec-WebSocket-Protocol: chat, superchat\r\n",
                        "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n")
                .containsIgnoringCase("\r\nConnection: upgrade\r\n");
    }

    @Test
    void a_frame_that_follows_the_answer_at_once_arrives() throws InterruptedException {
        try (var connection = proxy.connect(transport)) {
            assertThat(connection.askForHead(handshake("/greeting"))).startsWith("HTTP/1.1 101 ");
            assertThat(connection.read(EchoOrigin.GREETING.length()))
                    .isEqualTo(EchoOrigin.GREETING.getBytes(ISO_8859_1));
        }
        conversation();
    }

    /**
     * The origin returns each part before the next one is sent, so nginx holds back no part of a
     * frame.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("io.autoserve.proxy.WebSocketCases#all")
    void no_byte_is_changed_held_back_or_lost(FrameCase frames) throws InterruptedException {
        var sent = new ByteArrayOutputStream();
        try (var connection = proxy.connect(transport)) {
            assertThat(connection.askForHead(handshake("/"))).startsWith("HTTP/1.1 101 ");
            for (var part : frames.parts()) {
                assertThat(connection.exchange(part)).isEqualTo(part);
                sent.writeBytes(part);
            }
        }
        assertThat(bytes(conversation())).isEqualTo(sent.toByteArray());
    }

    @Test
    void the_end_of_the_app_reaches_the_client_after_its_last_frame() throws InterruptedException {
        var close = EchoOrigin.CLOSE.getBytes(ISO_8859_1);
        try (var connection = proxy.connect(transport)) {
            assertThat(connection.askForHead(handshake("/"))).startsWith("HTTP/1.1 101 ");
            assertThat(connection.exchange(close)).isEqualTo(close);
            assertThat(connection.rest()).isEmpty();
        }
        assertThat(bytes(conversation())).isEqualTo(close);
    }

    private static String handshake(String target) {
        return """
        GET %s HTTP/1.1\r
        Host: shop.localhost\r
        Connection: keep-alive, Upgrade\r
        Upgrade: websocket\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Protocol: chat, superchat\r
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r
        \r
        """
                .formatted(target);
    }

    /** Returns the origin's side of the connection that the test opened. */
    private static Conversation conversation() throws InterruptedException {
        var seconds = Eventually.PATIENCE.toSeconds();
        var conversation = origin.conversations().poll(seconds, TimeUnit.SECONDS);
        return Objects.requireNonNull(conversation, "no connection reached the origin");
    }

    private static byte[] bytes(Conversation conversation) {
        var seconds = Eventually.PATIENCE.toSeconds();
        return conversation.bytes().orTimeout(seconds, TimeUnit.SECONDS).join();
    }
}
