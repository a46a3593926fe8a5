package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Routing.Timeouts;
import io.autoserve.model.Instance;
import io.autoserve.model.Version;
import io.autoserve.proxy.RawOrigin.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the bytes that nginx passes on between clients and instances, in plain HTTP and over TLS.
 * After most requests, a second one on the same connection shows that both sides agree where the
 * first one ended.
 */
@ParameterizedClass
@EnumSource
class HttpIT {
    private static final String HOST = "shop.localhost";
    private static final App SHOP = Toys.app(1, "shop");
    private static final String SECOND = "GET /second HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n";

    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static long seq;

    enum Way {
        PLAIN,
        TLS
    }

    private final Way way;
    private final List<RawOrigin> origins = new ArrayList<>();

    HttpIT(Way way) {
        this.way = way;
    }

    @BeforeAll
    static void handOutCertificate() {
        real.certify(HOST, false);
    }

    @AfterEach
    void stopOrigins() {
        origins.forEach(RawOrigin::close);
    }

    // Answers

    @Test
    void the_headers_of_an_answer_may_have_60_KB() {
        var large = "X-Large: " + "a".repeat(60_000) + "\r\n";
        serve(origin(_ -> Answer.of(RawOrigin.OK.replace("Content-", large + "Content-"))));

        assertThat(ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(large)
                .endsWith("\r\n\r\nok");
    }

    @Test
    void longer_headers_are_a_502_that_names_the_cause_and_says_nothing_about_the_revision() {
        var large = "X-Large: " + "a".repeat(70_000) + "\r\n";
        serve(
                origin(head ->
                        Answer.of(
                                head.startsWith("GET /second ")
                                        ? RawOrigin.OK
                                        : RawOrigin.OK.replace("Content-", large + "Content-"))));

        var answer = ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
                .contains("The app answered with headers of more than 64 KB.");
        assertThat(heads()).hasSize(2); // the request and the second one, without a retry
        var origin = origins.getFirst();
        real.await("both are counted", () -> counted(origin).inFlight() == 0);
        assertThat(counted(origin).classes()).containsExactly(0L, 1L, 0L, 0L, 0L);
        assertThat(counted(origin).longHeads()).isOne();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Sec-Fetch-Mode: navigate | true
                    Sec-Fetch-Mode: cors     | false
                    X-Other: 1               | false
                    """)
    void early_hints_reach_browsers_that_load_a_page(String header, boolean passed) {
        var hints = "HTTP/1.1 103 Early Hints\r\nLink: </shop.css>; rel=preload\r\n\r\n";
        serve(
                origin(head ->
                        Answer.of(
                                head.startsWith("GET /second ")
                                        ? RawOrigin.OK
                                        : hints + hints + RawOrigin.OK)));

        var answer = ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header + "\r\n\r\n");

        assertThat(answer).contains("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nok");
        assertThat(answer.startsWith("HTTP/1.1 103 Early Hints\r\n")).isEqualTo(passed);
        assertThat(answer.contains("\r\nLink: </shop.css>; rel=preload\r\n")).isEqualTo(passed);
    }

    @Test
    void trailers_of_an_answer_reach_the_client() {
        var chunked =
                """
                HTTP/1.1 200 OK\r
                Transfer-Encoding: chunked\r
                Trailer: X-Sum\r
                \r
                2\r
                ok\r
                0\r
                X-Sum: 42\r
                \r
                """;
        serve(origin(head -> Answer.of(head.startsWith("GET /second ") ? RawOrigin.OK : chunked)));

        var answer =
                ask(
                        """
                        GET / HTTP/1.1\r
                        Host: shop.localhost\r
                        Connection: TE\r
                        TE: gzip, trailers\r
                        \r
                        """);

        assertThat(answer).endsWith("\r\n0\r\nX-Sum: 42\r\n\r\n");
        assertThat(heads().getFirst()).contains("\r\nTE: trailers\r\n", "\r\nConnection: te\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "POST"})
    void an_answer_that_is_not_http_is_a_502(String method) {
        serve(origin(_ -> Answer.last("SSH-2.0-OpenSSH_10.0\r\n")));

        var answer =
                only(method + " / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 0\r\n\r\n");

        assertThat(answer)
                .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
                .contains("\r\nConnection: close\r\n")
                .doesNotContain("SSH-2.0");
        assertThat(answer.contains("The app did not answer with HTTP."))
                .isEqualTo(!method.equals("HEAD"));
        var origin = origins.getFirst();
        real.await("it is counted", () -> counted(origin).inFlight() == 0);
        assertThat(counted(origin).classes()).containsExactly(0L, 0L, 0L, 0L, 1L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"100 Continue", "101 Switching Protocols", "102 Processing"})
    void an_interim_answer_that_nginx_does_not_understand_is_a_502(String status) {
        serve(origin(_ -> Answer.of("HTTP/1.1 " + status + "\r\n\r\n" + RawOrigin.OK)));

        assertThat(only("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
                .contains("\r\nConnection: close\r\n")
                .contains(status.startsWith("101") ? "(101), for which the client" : "interim")
                .doesNotEndWith("\r\n\r\nok");
    }

    // Failures

    @Test
    void a_request_that_kills_its_instance_reaches_two_instances_at_most() {
        serve(Stream.generate(() -> origin(_ -> Answer.none())).limit(4).toArray(RawOrigin[]::new));

        assertThat(only("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
                .contains("The app closed the connection");

        assertThat(heads()).hasSize(2);
    }

    @Test
    void retries_of_requests_that_break_their_connections_have_a_budget() {
        var name =
                "breaking-" + way.name().toLowerCase(Locale.ROOT); // each has a budget of its own
        var app = Toys.app(2, name);
        serve(
                app,
                Stream.generate(() -> origin(_ -> Answer.none()))
                        .limit(3)
                        .toArray(RawOrigin[]::new));
        var requests = 200;

        try (var connection = connection()) {
            for (var i = 0; i < requests; i++) {
                var request = "GET / HTTP/1.1\r\nHost: " + name + ".localhost\r\n\r\n";
                assertThat(connection.ask(request)).startsWith("HTTP/1.1 502 Bad Gateway\r\n");
            }
        }

        assertThat(heads()).hasSizeBetween(requests + 100, requests + 180);
    }

    @Test
    void an_instance_that_dies_fails_no_request_that_may_be_repeated() {
        var name = "dying-" + way.name().toLowerCase(Locale.ROOT);
        var app = Toys.app(2, name, Toys.balanced(Algorithm.ROUND_ROBIN));
        var death = new CompletableFuture<Answer>();
        serve(app, origin(_ -> death.join()), origin(_ -> Answer.of(RawOrigin.OK)));
        // so many that one worker of nginx has more at the dying instance than its budget permits
        var requests = 300 * Math.min(4, real.workers().size());
        var connections = new ArrayList<RawConnection>();

        try {
            for (var i = 0; i < requests; i++) {
                connections.add(connection());
                connections
                        .getLast()
                        .send("GET / HTTP/1.1\r\nHost: " + name + ".localhost\r\n\r\n");
            }
            real.await("all requests have arrived", () -> heads().size() == requests);
            death.complete(Answer.none());

            assertThat(connections)
                    .extracting(RawConnection::answer)
                    .allMatch(answer -> answer.startsWith("HTTP/1.1 200 OK\r\n"));
        } finally {
            connections.forEach(RawConnection::close);
        }
    }

    @Test
    void while_two_revisions_serve_the_other_one_gets_a_request_whose_connection_broke() {
        var sound = origin(_ -> Answer.of(RawOrigin.OK));
        var dying = Stream.generate(() -> origin(_ -> Answer.none())).limit(8).toList();
        var routed =
                Stream.concat(
                                Stream.of(ready(sound, SHOP, 1)),
                                dying.stream().map(origin -> ready(origin, SHOP, 2)))
                        .toList();
        serve(SHOP, routed);

        for (var i = 0; i < 10; i++) {
            assertThat(only("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    502 | GET | X-Other: 1
                    503 | GET | Accept: text/event-stream
                    504 | GET | X-Other: 1
                    500 | PUT | Transfer-Encoding: chunked
                    500 | PUT | Transfer-Encoding: chunked\\r\\nAccept: text/event-stream
                    """)
    void while_two_revisions_serve_the_other_one_gets_a_request_that_one_answers_with_an_error(
            int status, String method, String header) {
        var error = "HTTP/1.1 " + status + " Oh\r\nContent-Length: 0\r\n\r\n";
        var sound = origin(_ -> Answer.of(RawOrigin.OK));
        var failing = Stream.generate(() -> origin(_ -> Answer.of(error))).limit(8).toList();
        var routed =
                Stream.concat(
                                Stream.of(ready(sound, SHOP, 1)),
                                failing.stream().map(origin -> ready(origin, SHOP, 2)))
                        .toList();
        serve(SHOP, routed);
        var head = method + " / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header.translateEscapes();
        var large = "100000\r\n" + "a".repeat(1 << 20) + "\r\n0\r\n\r\n"; // arrives in parts
        var body = method.equals("PUT") ? large : "";

        for (var i = 0; i < 5; i++) {
            assertThat(only(head + "\r\n\r\n" + body)).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void a_request_finds_the_instance_that_listens_past_two_that_do_not() {
        var gone = List.of(origin(_ -> Answer.none()), origin(_ -> Answer.none()));
        gone.forEach(RawOrigin::close);
        var sound = origin(_ -> Answer.of(RawOrigin.OK));
        serve(gone.getFirst(), gone.getLast(), sound);

        assertThat(ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PATCH"})
    void a_request_that_is_never_repeated_and_gets_no_answer_in_time_is_a_504(String method) {
        var second = Duration.ofSeconds(1);
        serve(timed(second, second), origin(HttpIT::onlyTheSecond), origin(HttpIT::onlyTheSecond));

        var answer =
                ask(method + " / HTTP/1.1\r\nHost: " + HOST + "\r\nContent-Length: 2\r\n\r\nhi");

        assertThat(answer)
                .startsWith("HTTP/1.1 504 Gateway Time-out\r\n")
                .contains("The app did not answer in time.");
        assertThat(heads()).filteredOn(head -> head.startsWith(method + " / ")).hasSize(1);
    }

    private static Answer onlyTheSecond(String head) {
        return head.startsWith("GET /second ") ? Answer.of(RawOrigin.OK) : Answer.never();
    }

    // Connections that may be silent

    private static final String UPGRADE =
            """
            GET / HTTP/1.1\r
            Host: shop.localhost\r
            Connection: Upgrade\r
            Upgrade: WebSocket\r
            \r
            """;
    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private static final String EVENTS =
            """
            GET / HTTP/1.1\r
            Host: shop.localhost\r
            Accept: text/event-stream\r
            \r
            """;
    private static final String STREAM =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n\r\n";

    @Test
    void websockets_and_event_streams_may_be_silent_for_longer_than_an_answer() {
        var second = Duration.ofSeconds(1);
        serve(
                timed(second, Duration.ofHours(1)),
                origin(head -> Answer.of(head.contains("text/event-stream") ? STREAM : SWITCHING)));

        for (var request : List.of(UPGRADE, EVENTS)) {
            try (var connection = connection()) {
                assertThat(connection.askForHead(request)).matches("(?s)HTTP/1.1 (101|200) .*");
                connection.assertSilentFor(second.multipliedBy(3));
            }
        }
    }

    @Test
    void they_end_when_their_idle_time_is_over() {
        serve(
                timed(Duration.ofHours(1), Duration.ofSeconds(1)),
                origin(head -> Answer.of(head.contains("text/event-stream") ? STREAM : SWITCHING)));

        for (var request : List.of(UPGRADE, EVENTS)) {
            try (var connection = connection()) {
                assertThat(connection.askForHead(request)).matches("(?s)HTTP/1.1 (101|200) .*");
                assertThat(connection.rest()).doesNotContain("HTTP/");
            }
        }
    }

    private static App timed(Duration read, Duration idle) {
        var timeouts = new Timeouts(Duration.ofSeconds(2), read, read, idle);
        return Toys.app(1, "shop", Toys.limited(0, timeouts, true));
    }

    // Buffering

    private static final String UPLOAD = " / HTTP/1.1\r\nHost: " + HOST + "\r\n";

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 6", "Transfer-Encoding: chunked"})
    void without_buffering_an_app_gets_a_request_while_it_arrives(String framing) {
        var part = framing.endsWith("chunked") ? "3\r\nabc\r\n" : "abc";
        var end = framing.endsWith("chunked") ? "0\r\n\r\n" : "";
        var origin = origin(_ -> Answer.of(RawOrigin.OK));
        serve(buffered(false, true, 0), origin);

        try (var connection = connection()) {
            connection.send("POST" + UPLOAD + framing + "\r\n\r\n" + part);
            real.await("the app has the head", () -> !origin.heads().isEmpty());
            connection.send(part + end);

            assertThat(connection.answer()).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(connection.ask(SECOND)).startsWith("HTTP/1.1 200 OK\r\n");
        }
        assertThat(origin.heads().getFirst()).contains("\r\n" + framing + "\r\n");
    }

    @Test
    void without_buffering_a_request_is_not_retried_once_a_part_of_it_was_sent() {
        var dying = Stream.generate(() -> origin(_ -> Answer.none())).limit(3).toList();
        serve(buffered(false, true, 0), dying.toArray(RawOrigin[]::new));

        try (var connection = connection()) {
            connection.send("PUT" + UPLOAD + "Content-Length: 6\r\n\r\nabc");
            real.await("an app has the head", () -> !heads().isEmpty());
            connection.send("abc");

            assertThat(connection.answer())
                    .startsWith("HTTP/1.1 502 Bad Gateway\r\n")
                    .contains("The app closed the connection");
        }
        assertThat(heads()).hasSize(1);
    }

    @Test
    void without_buffering_a_request_is_retried_if_it_has_no_body() {
        var dying = Stream.generate(() -> origin(_ -> Answer.none())).limit(3).toList();
        serve(buffered(false, false, 0), dying.toArray(RawOrigin[]::new));

        only("PUT" + UPLOAD + "Content-Length: 0\r\n\r\n");

        assertThat(heads()).hasSize(2);
    }

    @Test
    void without_buffering_the_limit_holds_also_for_a_body_without_a_length() {
        serve(buffered(false, false, 1 << 16), origin(_ -> Answer.of(RawOrigin.OK)));

        var head = "POST" + UPLOAD + "Transfer-Encoding: chunked\r\n\r\n";
        var firstPart = Integer.toHexString(70_000) + "\r\nabc";
        assertThat(only(head + firstPart)).startsWith("HTTP/1.1 413 ");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET  | Accept: text/event-stream  | true
                    GET  | X-Other: 1                 | false
                    POST | Transfer-Encoding: chunked | false
                    """)
    void without_buffering_a_client_gets_an_answer_while_it_arrives(
            String method, String header, boolean buffered) {
        serve(buffered(true, buffered, 0), origin(_ -> Answer.of("HTTP/1.1 200 OK\r\n\r\nbegin")));

        try (var connection = connection()) {
            var head = method + UPLOAD + header + "\r\n\r\n";
            var body = method.equals("POST") ? "0\r\n\r\n" : "";

            assertThat(connection.askForHead(head + body)).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(connection.next(10)).isEqualTo("5\r\nbegin\r\n");
        }
    }

    @Test
    void while_two_revisions_serve_an_answer_is_not_buffered_either() {
        var shop = buffered(true, false, 0);
        var failing = origin(_ -> Answer.of("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"));
        var streaming = origin(_ -> Answer.of("HTTP/1.1 200 OK\r\n\r\nbegin"));
        serve(shop, List.of(ready(failing, shop, 2), ready(streaming, shop, 1)));

        for (var i = 0; i < 4; i++) {
            try (var connection = connection()) {
                assertThat(connection.askForHead("GET" + UPLOAD + "\r\n"))
                        .startsWith("HTTP/1.1 200 OK\r\n");
                assertThat(connection.next(10)).isEqualTo("5\r\nbegin\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nginx_permits_a_body_itself_if_the_client_waits_for_it(boolean buffered) {
        serve(buffered(buffered, true, 10), origin(_ -> Answer.of(RawOrigin.OK)));
        var expect = "POST" + UPLOAD + "Expect: 100-continue\r\nContent-Length: ";

        try (var connection = connection()) {
            assertThat(connection.askForHead(expect + "2\r\n\r\n"))
                    .isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            assertThat(connection.ask("hi")).startsWith("HTTP/1.1 200 OK\r\n");
            assertThat(connection.ask(expect + "11\r\n\r\n")).contains("HTTP/1.1 413 ");
        }
        assertThat(heads()).hasSize(1);
        assertThat(heads().getFirst()).doesNotContainIgnoringCase("\r\nExpect:");
    }

    private static App buffered(boolean requests, boolean responses, long maxBodyBytes) {
        return Toys.app(1, "shop", Toys.buffered(requests, responses, maxBodyBytes));
    }

    // Requests

    @ParameterizedTest
    @ValueSource(strings = {"h2c", "h2c, websocket", "TLS/1.0", "websocket2"})
    void an_upgrade_to_anything_but_a_websocket_is_served_as_usual(String upgrade) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        var answer =
                ask(
                        """
                        GET / HTTP/1.1\r
                        Host: shop.localhost\r
                        Connection: Upgrade, HTTP2-Settings\r
                        Upgrade: %s\r
                        HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r
                        \r
                        """
                                .formatted(upgrade));

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nok");
        assertThat(heads().getFirst())
                .doesNotContainIgnoringCase("\r\nUpgrade:")
                .doesNotContainIgnoringCase("\r\nHTTP2-Settings:")
                .doesNotContainIgnoringCase("\r\nConnection: upgrade\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Other: 1", "Connection: keep-alive", "Connection: no-upgrade"})
    void an_upgrade_that_connection_does_not_name_is_served_as_usual(String header) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask(
                "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n%s\r\n\r\n"
                        .formatted(HOST, header));

        assertThat(heads().getFirst())
                .doesNotContainIgnoringCase("\r\nUpgrade:")
                .doesNotContainIgnoringCase("\r\nConnection: upgrade\r\n");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /                               | shop.localhost      | shop.localhost
                    /                               | shop.localhost:8080 | shop.localhost:8080
                    /                               | Shop.LocalHost      | shop.localhost
                    http://shop.localhost/          | blog.localhost      | shop.localhost
                    http://shop.localhost:8080/     | blog.localhost:1    | shop.localhost:8080
                    """)
    void an_app_gets_the_host_that_routed_the_request(String target, String host, String received) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

        assertThat(heads().getFirst())
                .startsWith("GET / HTTP/1.1\r\n")
                .containsOnlyOnce("\r\nHost: ")
                .contains("\r\nHost: " + received + "\r\n")
                .contains("\r\nX-Forwarded-Host: " + received + "\r\n");
    }

    @Test
    void the_default_app_gets_a_host_also_if_the_request_has_none() {
        serve(Toys.app(1, "shop", Toys.routing("/", true)), origin(_ -> Answer.of(RawOrigin.OK)));

        assertThat(ask("GET / HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");

        assertThat(heads().getFirst()).contains("\r\nHost: " + real.address() + "\r\n");
    }

    @Test
    void no_client_forges_what_an_app_learns_about_it() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask(
                """
                GET / HTTP/1.1\r
                Host: shop.localhost\r
                X-Forwarded-For: 192.0.2.66, 192.0.2.67\r
                X-Forwarded-For: 192.0.2.66\r
                X-Forwarded-Proto: forged\r
                X-Forwarded-Host: forged\r
                X-Forwarded-Port: forged\r
                X-Forwarded-Prefix: /forged\r
                X-Forwarded-Server: forged\r
                X-Forwarded-Scheme: forged\r
                X-Forwarded-Ssl: forged\r
                X-Client-IP: 192.0.2.66\r
                X-Real-IP: 192.0.2.66\r
                Forwarded: for=192.0.2.66\r
                Proxy: forged\r
                \r
                """);

        assertThat(heads().getFirst())
                .doesNotContain("192.0.2.6", "forged")
                .contains(
                        "\r\nX-Real-IP: " + real.hostAddress() + "\r\n",
                        "\r\nX-Forwarded-For: " + real.hostAddress() + "\r\n",
                        way == Way.TLS
                                ? "\r\nX-Forwarded-Proto: https\r\n"
                                : "\r\nX-Forwarded-Proto: http\r\n",
                        way == Way.TLS
                                ? "\r\nX-Forwarded-Port: 443\r\n"
                                : "\r\nX-Forwarded-Port: 80\r\n");
    }

    @Test
    void the_port_that_a_client_named_is_the_port_that_an_app_learns() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask("GET / HTTP/1.1\r\nHost: " + HOST + ":8080\r\n\r\n");

        assertThat(heads().getFirst()).contains("\r\nX-Forwarded-Port: 8080\r\n");
    }

    @Test
    void names_of_headers_may_have_underscores_and_dots() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\nX_Shop: a\r\nx.shop_2: b\r\n\r\n");

        assertThat(heads().getFirst()).contains("\r\nX_Shop: a\r\n", "\r\nx.shop_2: b\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bad Name: 1",
                "Bad : 1",
                ": 1",
                " Bad: 1",
                "Bad(: 1",
                "B\u00e4d: 1",
                "Transfer-Encoding\u00a0: chunked",
                "Content_Length: 100",
                "content_length: 100",
                "Transfer_Encoding: chunked"
            })
    void a_request_with_a_header_that_only_some_servers_understand_reaches_no_app(String header) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        var answer =
                ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + header + "\r\nX-Last: 1\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 400 ");
        assertThat(heads()).noneMatch(head -> head.startsWith("GET / "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X_Forwarded_For", "x_forwarded-for", "X-Real_IP", "X_Request_Id"})
    void no_client_forges_a_header_of_nginx_with_underscores(String name) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + name + ": 192.0.2.66\r\n\r\n");

        assertThat(heads().getFirst()).doesNotContain("192.0.2.66");
    }

    @Test
    void the_names_of_hundreds_of_headers_are_checked() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));
        var many =
                IntStream.range(0, 500)
                        .mapToObj(i -> "X_" + i + ": " + i + "\r\n")
                        .collect(joining());
        var head = "GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + many;

        assertThat(ask(head + "X_Real_IP: 192.0.2.66\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(ask(head + "Content_Length: 100\r\n\r\n")).startsWith("HTTP/1.1 400 ");

        assertThat(heads().getFirst()).contains(many).doesNotContain("192.0.2.66");
        assertThat(heads()).filteredOn(received -> received.startsWith("GET / ")).hasSize(1);
    }

    // Refusals of nginx

    static Stream<Arguments> refused() {
        var host = "Host: " + HOST + "\r\n";
        return Stream.of(
                Arguments.of("400 Bad Request", "NONSENSE\r\n\r\n"),
                Arguments.of("400 Bad Request", "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of("400 Bad Request", "GET / HTTP/1.1\r\n" + host + "Bad : 1\r\n\r\n"),
                Arguments.of("400 Bad Request", "GET / HTTP/1.1\r\n" + host + "Bad(: 1\r\n\r\n"),
                Arguments.of("405 Not Allowed", "TRACE / HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(
                        "414 Request-URI Too Large",
                        "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n" + host + "\r\n"),
                Arguments.of(
                        "431 ",
                        "GET / HTTP/1.1\r\n" + host + "X: " + "a".repeat(20_000) + "\r\n\r\n"),
                Arguments.of(
                        "501 Not Implemented",
                        "GET / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n"),
                Arguments.of("505 HTTP Version Not Supported", "GET / HTTP/3.0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void a_request_that_nginx_refuses_gets_a_page_like_all_others(String status, String request) {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        var answer = ask(request);

        assertThat(answer)
                .startsWith("HTTP/1.1 " + status + "\r\n")
                .contains("\r\nContent-Type: text/html; charset=utf-8\r\n")
                .contains("<main><b>" + status.substring(0, 3) + "</b>")
                .doesNotContain("<center>");
        assertThat(heads()).allMatch(head -> head.startsWith("GET /second "));
    }

    @Test
    void a_refusal_is_a_problem_for_clients_that_ask_for_json() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        assertThat(
                        ask(
                                """
                                TRACE / HTTP/1.1\r
                                Host: shop.localhost\r
                                Accept: application/json\r
                                \r
                                """))
                .contains("\r\nContent-Type: application/problem+json\r\n", "\"status\":405");
    }

    @Test
    void plain_http_at_the_port_for_tls_gets_a_page_too() {
        try (var connection = RawConnection.plain(real.address(), 443)) {
            assertThat(connection.ask("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 Bad Request\r\n")
                    .contains("plain HTTP at the port for HTTPS")
                    .doesNotContain("<center>");
        }
    }

    @Test
    void an_app_may_have_the_path_of_that_page() {
        serve(origin(_ -> Answer.of(RawOrigin.OK)));

        assertThat(ask("GET /.autoserve/refused HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200 OK\r\n");
    }

    // Helpers

    /**
     * Sends the request and then a second one on the same connection. The second one must get the
     * usual answer, unless nginx announced that it closes the connection after the first one.
     */
    private String ask(String request) {
        try (var connection = connection()) {
            var answer = connection.ask(request);
            if (answer.contains("\r\nConnection: close\r\n")) {
                assertThat(connection.rest()).isEmpty();
            } else {
                assertThat(connection.ask(SECOND))
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .endsWith("\r\n\r\nok");
            }
            return answer;
        }
    }

    /** Sends the request alone, for instances that have no answer to a second one. */
    private String only(String request) {
        try (var connection = connection()) {
            return connection.ask(request);
        }
    }

    private RawConnection connection() {
        return way == Way.TLS
                ? RawConnection.tls(real.address(), HOST)
                : RawConnection.plain(real.address(), 80);
    }

    private RawOrigin origin(Function<String, Answer> answers) {
        var origin = new RawOrigin(++seq, answers);
        origins.add(origin);
        return origin;
    }

    /** Returns the heads of all requests that arrived at any origin. */
    private List<String> heads() {
        return origins.stream().flatMap(origin -> origin.heads().stream()).toList();
    }

    private static void serve(RawOrigin... origins) {
        serve(SHOP, origins);
    }

    private static void serve(App app, RawOrigin... origins) {
        serve(app, Stream.of(origins).map(origin -> ready(origin, app, 1)).toList());
    }

    private static Instance ready(RawOrigin origin, App app, int revision) {
        return Toys.ready(origin.id, app, revision, real.hostAddress(), origin.port);
    }

    private static void serve(App app, List<Instance> routed) {
        var table = RouteTable.of(new Version(1, 1, ++seq), List.of(app), routed);
        assertThat(await(nginx.push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }

    private static Counters.OfInstance counted(RawOrigin origin) {
        return Objects.requireNonNull(await(nginx.counters()).instances().get(origin.id));
    }
}
