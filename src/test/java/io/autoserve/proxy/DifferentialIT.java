package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autoserve.proxy.RawOrigin.Answer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/**
 * Sends the same bytes to nginx and directly to an HTTP server. Where the two disagree about a
 * request, an attacker could get past a rule of one of them. {@code load-tests/differential.sh}
 * does the same with more servers and more requests.
 */
class DifferentialIT {
    private static final int SEEDS = 600;
    private static final Pattern SEEN = Pattern.compile("(?i)\r\nX-Seen: ([0-9a-f]+)\r\n");
    private static final Pattern WELL_FORMED =
            Pattern.compile(
                    "[A-Z]+ /[!-~]* HTTP/1\\.1\r\n([!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\0\r\n]*\r\n)+\r\n");
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\nContent-Length: *(?=\\d+\r\n)");
    private static final Pattern CODING = Pattern.compile("(?i)\r\nTransfer-Encoding:");

    @AutoClose private static final RawProxy proxy = RawProxy.start();

    static Stream<DrawnRequest> requests() {
        return LongStream.range(0, SEEDS).mapToObj(DrawnRequest::draw);
    }

    @Test
    void a_server_understands_a_request_through_nginx_as_it_does_directly() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(0), 0);
        server.createContext("/", DifferentialIT::answer);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            server.setExecutor(executor);
            server.start();
            proxy.serve(server.getAddress().getPort());
            requests().forEach(request -> compare(request, server.getAddress().getPort()));
        } finally {
            server.stop(0);
        }
    }

    /** A flawed request may be refused on the way, but must not change its meaning there. */
    private static void compare(DrawnRequest request, int port) {
        var direct = direct(request, port);
        var through = through(request);
        if (request.meaning() != null) {
            assertThat(direct).as("the server alone, %s", request).isEqualTo(request.meaning());
            assertThat(through).as("through nginx, %s", request).isEqualTo(request.meaning());
        } else if (direct != null && through != null) {
            assertThat(through).as("through nginx, %s", request).isEqualTo(direct);
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var uri = exchange.getRequestURI();
            var query = uri.getRawQuery();
            var headers = exchange.getRequestHeaders();
            var meaning =
                    DrawnRequest.meaning(
                            exchange.getRequestMethod(),
                            uri.getRawPath() + (query == null ? "" : "?" + query),
                            headers.getFirst("Host"),
                            headers.getOrDefault("X-Case", List.of()),
                            new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
            exchange.getResponseHeaders()
                    .set("X-Seen", HexFormat.of().formatHex(meaning.getBytes(ISO_8859_1)));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private static @Nullable String direct(DrawnRequest request, int port) {
        try (var connection = RawConnection.plain("127.0.0.1", port)) {
            connection.write(request.inBytes());
            connection.finish();
            return seen(connection.rest());
        }
    }

    private static @Nullable String through(DrawnRequest request) {
        try (var connection = proxy.connect(RawProxy.Transport.PLAIN)) {
            connection.write(request.inBytes());
            return seen(connection.rest());
        }
    }

    /** Returns how the server understood the request, or null if it was refused. */
    private static @Nullable String seen(String answer) {
        var seen = SEEN.matcher(answer);
        return seen.find() ? new String(HexFormat.of().parseHex(seen.group(1)), ISO_8859_1) : null;
    }

    @Test
    void an_app_gets_every_valid_request_once_and_nothing_that_is_not_well_formed() {
        try (var origin = new RawOrigin(1, _ -> Answer.of(RawOrigin.OK))) {
            proxy.serve(origin.port);
            var sent = requests().toList();
            for (var request : sent) {
                var before = origin.heads().size();
                through(request);
                var heads = origin.heads().subList(before, origin.heads().size());
                assertThat(heads)
                        .as(request.toString())
                        .hasSizeLessThanOrEqualTo(1)
                        .allSatisfy(DifferentialIT::mustBeWellFormed);
                if (request.meaning() != null) {
                    assertThat(heads).as(request.toString()).hasSize(1);
                }
            }
            assertThat(origin.heads()).noneMatch(it -> it.contains(DrawnRequest.SMUGGLED));
        }
    }

    private static void mustBeWellFormed(String head) {
        assertThat(head).matches(WELL_FORMED);
        var lengths = LENGTH.matcher(head).results().count();
        var codings = CODING.matcher(head).results().count();
        assertThat(lengths + codings).as("fields that frame: %s", head).isLessThanOrEqualTo(1);
    }
}
