package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.autoserve.model.Instance.Health;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Tests that requests which are not valid HTTP are refused, and that they cannot fill the log with
 * errors. In the requests, TOKEN stands for the header with a valid token.
 */
class MalformedRequestTest {
    private static final String LONG = "x".repeat(20_000);
    private static final String CHUNKED =
            "POST /api/v1/apps HTTP/1.1\r\nHost: a\r\nTOKEN\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String LOGIN =
            "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

    /** Everybody can send these, also without a token. */
    private static final List<String> REQUESTS =
            List.of(
                    LOGIN + "xyz\r\n",
                    LOGIN + "-1\r\n",
                    LOGIN + "fffffffffffffffffffffff\r\n",
                    LOGIN + "5\r\nhello and more\r\n",
                    LOGIN + LONG + "\r\n",
                    CHUNKED + "xyz\r\n",
                    CHUNKED + "5\r\nhello\r\n0\r\nno trailer\r\n\r\n",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nExpect: \r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=\r\nContent-Length: 1\r\n\r\n{",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=9-1\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: x\r\nIf-None-Match: \"\r\nAccept: ;;,\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nCookie: autoserve_session=\r\nAuthorization: Bearer\r\n\r\n",
                    "GET /api/v1/apps HTTP/1.1\r\nHost: a\r\nCookie: autoserve_session=a.b.c\r\n\r\n",
                    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n",
                    "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET http://a/health/live HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /health/live HTTP/1.1\r\nHost: a:99999999\r\n\r\n",
                    "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n\r\n",
                    "POST /%zz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                    "POST /api/v1/apps/%zz/stop HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                    "POST /api/v1/apps/%c0%af/stop HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
                    "DELETE /api/v1/apps/a?x=%z HTTP/1.1\r\nHost: a\r\nTOKEN\r\n\r\n",
                    "GET /" + LONG + " HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nX: " + LONG + "\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                    "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: [\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\nCookie: =;=\0;\u00ff\r\n\r\n",
                    "\0\1\2\3\r\n\r\n",
                    "GET\r\n\r\n",
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
                    "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n 6\r\n\r\nhello!",
                    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
                    "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
                    "GET /api/v1/events/stream HTTP/1.1\r\nHost: a\r\nTOKEN\r\nLast-Event-ID: 99999999999999999999999\r\n\r\n",
                    "GET /api/v1/apps/a/exec HTTP/1.1\r\nHost: a\r\nTOKEN\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");

    @AutoClose private final TokenServer server = new TokenServer();
    private final String token = server.give("ci", Role.DEPLOYER, Scope.EVERYTHING);
    private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent line) {
                    if (!line.getLoggerName().endsWith("BlockedThreadChecker")) { // slow machine
                        lines.add(line);
                    }
                }
            };

    static List<String> requests() {
        return REQUESTS;
    }

    @BeforeEach
    void listen() {
        appender.start();
        root.addAppender(appender);
    }

    @AfterEach
    void close() {
        root.detachAppender(appender);
    }

    @ParameterizedTest
    @MethodSource("requests")
    void is_refused_and_logs_one_line_at_most(String request) throws IOException {
        var answer = answer(request);

        assertThat(answer).doesNotContain("HTTP/1.1 500");
        assertThat(server.api.get("/health/live").status()).isEqualTo(200);
        assertThat(lines).allMatch(line -> !line.getLevel().isGreaterOrEqual(Level.WARN));
        assertThat(lines).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void several_lengths_are_refused_and_the_connection_closes() throws IOException {
        assertThat(
                        answer(
                                "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\nGET /health/live HTTP/1.1\r\nHost: smuggled\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .containsOnlyOnce("HTTP/1.1");
    }

    @Test
    void an_unknown_expectation_is_refused_with_the_reason() throws IOException {
        assertThat(
                        answer(
                                "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("the Expect header must be '100-continue', was '200-ok'");
    }

    /**
     * RFC 9112, section 5.2: a server refuses a header that continues on the next line, or reads
     * spaces in place of the line's end. Netty does the latter and has no setting for the former.
     */
    @Test
    void a_header_that_continues_on_the_next_line_is_one_value() throws IOException {
        assertThat(
                        answer(
                                "POST /api/v1/session HTTP/1.1\r\nHost: a\r\nExpect: 200\r\n -ok\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("the Expect header must be '100-continue', was '200 -ok'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FFFFFFFFFFFFFFFFF", "xyz", "-1"})
    void an_invalid_chunk_is_answered(String size) throws IOException {
        assertThat(answer(LOGIN + size + "\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("the body cannot be read");
        assertThat(answer(CHUNKED + size + "\r\n")).startsWith("HTTP/1.1 400");
        await(
                "both requests are logged with their status",
                () -> lines,
                it -> it.size() == 2 && it.stream().allMatch(MalformedRequestTest::tells400));
    }

    /** RFC 9112, section 3.2: two parts of the platform must not see two different hosts. */
    @Test
    void two_hosts_are_refused() throws IOException {
        assertThat(answer("GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("one Host header is required");
    }

    /** RFC 9112, section 6.3: such a message might be an attempt to smuggle a second request. */
    @Test
    void a_length_and_chunks_together_are_refused_and_the_connection_closes() throws IOException {
        assertThat(
                        answer(
                                "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: smuggled\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .containsOnlyOnce("HTTP/1.1");
    }

    @Test
    void a_web_socket_with_malformed_frames_is_closed_and_logs_no_error() throws IOException {
        server.api.send(
                "POST",
                "/api/v1/apps",
                "application/yaml",
                Served.spec("shop", "shop:1"),
                "Authorization",
                "Bearer " + token);
        server.api.run("shop", 0, Health.READY);

        var _ =
                answer(
                        "GET /api/v1/apps/shop/exec HTTP/1.1\r\nHost: a\r\nTOKEN\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                                + "\u00ff".repeat(100));

        await("server.api.readers() == 0", () -> server.api.readers(), it -> it == 0);
        assertThat(lines).allMatch(line -> !line.getLevel().isGreaterOrEqual(Level.WARN));
    }

    private static boolean tells400(ILoggingEvent line) {
        return line.getFormattedMessage().endsWith(": 400");
    }

    /** Returns all that the server sends until it closes the connection. */
    private String answer(String request) throws IOException {
        try (var socket = server.api.connect()) {
            var text = request.replace("TOKEN", "Authorization: Bearer " + token);
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            if (!request.contains("Sec-WebSocket-Key")) {
                socket.shutdownOutput();
            }
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        } catch (SocketException reset) {
            return "";
        }
    }
}
