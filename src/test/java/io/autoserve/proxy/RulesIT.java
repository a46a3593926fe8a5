package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.App;
import io.autoserve.model.Hidden;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.BasicAuth;
import io.autoserve.model.RequestRules.Cors;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.PathRule;
import io.autoserve.model.RequestRules.RateLimit;
import io.autoserve.model.RequestRules.Redirect;
import io.autoserve.model.RequestRules.Treatment;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.RawOrigin.Answer;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the rules of an app for its requests. */
class RulesIT {
    @AutoClose
    private static final RealNginx real =
            RealNginx.start(
                    null,
                    "--env",
                    "AUTOSERVE_TRUSTED_PROXIES=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16");

    private static final NginxManager nginx = real.manager();

    /** The port that the rules name, and the port of the instance itself. */
    private static final RawOrigin other = new RawOrigin(2, _ -> Answer.of(RawOrigin.OK));

    private static final RawOrigin first = new RawOrigin(1, RulesIT::answer);

    private static final String OK =
            RawOrigin.OK.replace("\r\n\r\n", "\r\nX-Powered-By: toy\r\n\r\n");
    private static final String LONG =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"
                    + "long ".repeat(1000);
    private static long seq;

    private int seenByOther;
    private int seenByFirst;

    @AfterAll
    static void stopOrigins() {
        first.close();
        other.close();
    }

    @BeforeEach
    void count() {
        seenByFirst = first.heads().size();
        seenByOther = other.heads().size();
    }

    private static Answer answer(String head) {
        return Answer.of(head.startsWith("GET /long ") ? LONG : OK);
    }

    // Paths

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /api/users?a=%2F      | /users?a=%2F
                    /api                  | /
                    /api?a                | /?a
                    /api/a%2Fb;c=d//e     | /a%2Fb;c=d//e
                    /%61pi/caf%C3%A9      | /caf%C3%A9
                    /%61pi/a/?b           | /a/?b
                    /api/a/../b/          | /b/
                    /%61pi/               | /
                    /apis                 |
                    /shop/api             |
                    """)
    void a_path_may_have_a_port_of_its_own_and_be_stripped(
            String target, @Nullable String stripped) {
        serve(paths(new PathRule("/api", other.port, true, null, true, Treatment.NONE)));

        assertThat(get("shop.localhost", target)).startsWith("HTTP/1.1 200 OK\r\n");

        if (stripped == null) {
            assertThat(lastOf(first)).startsWith("GET " + target + " ");
            assertThat(lastOf(first)).doesNotContain("X-Forwarded-Prefix");
        } else {
            assertThat(lastOf(other))
                    .startsWith("GET " + stripped + " ")
                    .contains("\r\nX-Forwarded-Prefix: /api\r\n");
            assertThat(first.heads()).hasSize(seenByFirst);
        }
    }

    @Test
    void the_longest_path_decides() {
        serve(
                paths(
                        new PathRule("/", null, false, null, true, Treatment.NONE),
                        new PathRule("/api", other.port, false, null, true, Treatment.NONE),
                        new PathRule("/api/v1", null, false, null, true, Treatment.NONE)));

        get("shop.localhost", "/api/v1/a");
        get("shop.localhost", "/api/v2/a");

        assertThat(lastOf(first)).startsWith("GET /api/v1/a ");
        assertThat(lastOf(other)).startsWith("GET /api/v2/a ");
    }

    /** The server behind the rule may read each of these paths as one below /admin, or not. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    /admin;a=b/x            | 400
                    /admin%2Fx              | 400
                    /admin%3Bx              | 400
                    /Admin                  | 400
                    //admin                 | 400
                    /x/../admin             | 400
                    /x/%2e%2e/admin         | 400
                    /x%2F..%2Fadmin         | 400
                    /x/..;/admin            | 400
                    /admin/..;/x            | 400
                    /x\\..\\admin           | 400
                    /x%5c..%5cadmin         | 400
                    /%2561dmin              | 400
                    /x%252f..%252fadmin     | 400
                    /admin%253Bx            | 400
                    /x/..%253B/admin        | 400
                    /x%255C..%255Cadmin     | 400
                    /admin#x                | 400
                    /admin%3Fx              | 400
                    /admin%23x              | 400
                    /%61dmin                | other
                    /admin/a%2Fb;c          | other
                    /admin/./x              | other
                    /administer             | first
                    /x%2Fy;admin            | first
                    /admin-what%3F          | first
                    /admin/what%3F          | other
                    /x//y/../z              | first
                    /100%25/a%20b           | first
                    """)
    void a_path_that_another_rule_may_cover_is_refused(String target, String outcome) {
        serve(paths(new PathRule("/admin", other.port, false, null, true, Treatment.NONE)));

        var answer = get("shop.localhost", target);

        assertThat(answer).startsWith(outcome.equals("400") ? "HTTP/1.1 400 " : "HTTP/1.1 200 ");
        assertThat(other.heads()).hasSize(seenByOther + (outcome.equals("other") ? 1 : 0));
        assertThat(first.heads()).hasSize(seenByFirst + (outcome.equals("first") ? 1 : 0));
    }

    /** Reading a path in all ways takes time, so a client must not send many long ones. */
    @Test
    void a_long_path_with_unusual_characters_is_refused() {
        serve(paths(new PathRule("/admin", other.port, false, null, true, Treatment.NONE)));

        assertThat(get("shop.localhost", "/" + "Long/".repeat(1000))).startsWith("HTTP/1.1 200 ");
        assertThat(get("shop.localhost", "/;" + "long/".repeat(1000))).startsWith("HTTP/1.1 400 ");
    }

    /** A server that ignores the case of letters serves /admin for all of them. */
    @ParameterizedTest
    @CsvSource({"/Admin/x, other", "/admin/x, 400", "/ADMIN, 400", "/administer, first"})
    void the_path_of_a_rule_may_have_capital_letters(String target, String outcome) {
        serve(paths(new PathRule("/Admin", other.port, false, null, true, Treatment.NONE)));

        var answer = get("shop.localhost", target);

        assertThat(answer).startsWith(outcome.equals("400") ? "HTTP/1.1 400 " : "HTTP/1.1 200 ");
        assertThat(other.heads()).hasSize(seenByOther + (outcome.equals("other") ? 1 : 0));
        assertThat(first.heads()).hasSize(seenByFirst + (outcome.equals("first") ? 1 : 0));
    }

    // Redirects

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    www.shop.test      | /a%2Fb?c | 308 | http://shop.test/a%2Fb?c
                    www.shop.test:8080 | /old     | 308 | http://shop.test:8080/old
                    shop.test          | /old/a?b | 308 | http://shop.test/new/a?b
                    shop.test:8080     | /old     | 308 | http://shop.test:8080/new
                    shop.test          | /old//a  | 308 | http://shop.test/new//a
                    shop.test          | /home//a | 307 | http://shop.test//a
                    shop.test          | /home    | 307 | http://shop.test/
                    shop.test          | /blog/a  | 307 | https://blog.test/shop/a
                    """)
    void a_domain_and_a_path_may_be_redirected(
            String host, String target, int status, String location) {
        var rules =
                new RequestRules(
                        Map.of("www.shop.test", "shop.test"),
                        Treatment.NONE,
                        List.of(
                                redirect("/old", "/new", true),
                                redirect("/home", "/", false),
                                redirect("/blog", "https://blog.test/shop/", false)),
                        false,
                        Map.of(),
                        0,
                        null);
        serve(Toys.app(1, "shop", Toys.ruled(rules, "shop.test", "www.shop.test")));

        assertThat(get(host, target))
                .startsWith("HTTP/1.1 " + status + " ")
                .contains("\r\nLocation: " + location + "\r\n");
        assertThat(first.heads()).hasSize(seenByFirst);
    }

    private static PathRule redirect(String path, String to, boolean permanent) {
        return new PathRule(path, null, false, new Redirect(to, permanent), true, Treatment.NONE);
    }

    // Headers

    @Test
    void headers_are_set_and_removed_in_both_directions() {
        var whole =
                headers(
                        new Headers(Map.of("X-Shop", "main", "X-Api", "1"), List.of("X-Debug")),
                        new Headers(Map.of("X-Frame-Options", "DENY"), List.of("X-Powered-By")));
        var api =
                headers(
                        new Headers(Map.of("X-Api", "2"), List.of()),
                        new Headers(Map.of("Cache-Control", "no-store"), List.of()));
        serve(treated(whole, new PathRule("/api", null, false, null, true, api)));
        var forged = "X-Shop: forged\r\nX_shop: forged\r\nX-Debug: 1\r\nX_Debug: 1\r\nX_Own: 1\r\n";

        assertThat(ask("GET / HTTP/1.1\r\nHost: shop.localhost\r\n" + forged + "\r\n"))
                .contains("\r\nX-Frame-Options: DENY\r\n")
                .doesNotContain("X-Powered-By", "Cache-Control");
        assertThat(lastOf(first))
                .contains("\r\nX-Shop: main\r\n", "\r\nX-Api: 1\r\n", "\r\nX_Own: 1\r\n")
                .doesNotContain("forged", "X-Debug", "X_Debug");

        assertThat(get("shop.localhost", "/api"))
                .contains("\r\nX-Frame-Options: DENY\r\n", "\r\nCache-Control: no-store\r\n");
        assertThat(lastOf(first)).contains("\r\nX-Shop: main\r\n", "\r\nX-Api: 2\r\n");
    }

    private static Treatment headers(Headers request, Headers response) {
        return new Treatment(request, response, List.of(), null, null, null, false);
    }

    // Clients

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    203.0.113.9         | 200
                    203.0.114.9         | 403
                    2001:db8:1::9       | 200
                    2001:db8:2::9       | 403
                    ::ffff:203.0.113.9  | 200
                    """)
    void only_clients_of_allowed_networks_are_served(String client, int status) {
        var open = new PathRule("/open", null, false, null, false, Treatment.NONE);
        serve(treated(allow("203.0.113.0/24", "2001:db8:1::/48"), open));

        assertThat(from(client, "/")).startsWith("HTTP/1.1 " + status + " ");
        assertThat(from(client, "/open/a")).startsWith("HTTP/1.1 200 ");
    }

    private static Treatment allow(String... networks) {
        return new Treatment(
                Headers.UNCHANGED, Headers.UNCHANGED, List.of(networks), null, null, null, false);
    }

    @Test
    void a_client_has_a_rate_with_a_burst_across_all_workers() {
        serve(treated(limit(0.01, 19)));

        var answers = Stream.generate(() -> from("203.0.113.9", "/")).limit(60).toList();

        assertThat(answers.subList(0, 20)).allMatch(it -> it.startsWith("HTTP/1.1 200 "));
        assertThat(answers.subList(20, 60))
                .allMatch(it -> it.startsWith("HTTP/1.1 429 "))
                .allMatch(it -> it.matches("(?s).*\r\nRetry-After: [0-9]+\r\n.*"));
        assertThat(from("203.0.113.10", "/")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void a_network_of_ipv6_is_one_client() {
        serve(treated(limit(0.01, 0)));

        assertThat(from("2001:db8:0:1::1", "/")).startsWith("HTTP/1.1 200 ");
        assertThat(from("2001:db8:0:1::2", "/")).startsWith("HTTP/1.1 429 ");
        assertThat(from("2001:db8:0:2::1", "/")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void a_path_with_a_limit_of_its_own_counts_apart_from_the_app() {
        serve(
                treated(
                        limit(0.01, 1),
                        new PathRule("/login", null, false, null, true, limit(0.01, 0)),
                        new PathRule("/shop", null, false, null, true, Treatment.NONE)));
        var client = "198.51.100.7";

        assertThat(from(client, "/login")).startsWith("HTTP/1.1 200 ");
        assertThat(from(client, "/login")).startsWith("HTTP/1.1 429 ");
        assertThat(from(client, "/")).startsWith("HTTP/1.1 200 ");
        assertThat(from(client, "/shop")).startsWith("HTTP/1.1 200 ");
        assertThat(from(client, "/")).startsWith("HTTP/1.1 429 ");
    }

    private static Treatment limit(double perSecond, int burst) {
        return new Treatment(
                Headers.UNCHANGED,
                Headers.UNCHANGED,
                List.of(),
                null,
                new RateLimit(perSecond, burst),
                null,
                false);
    }

    // Passwords

    @Test
    void an_app_may_require_a_password_which_it_does_not_see() {
        serve(secured(), Map.of("ann", "gr\u00fcn:x"));

        assertThat(get("shop.localhost", "/"))
                .startsWith("HTTP/1.1 401 ")
                .contains("\r\nWWW-Authenticate: Basic realm=\"Shop\", charset=\"UTF-8\"\r\n");
        assertThat(signedIn("192.0.2.1", "ann", "wrong")).startsWith("HTTP/1.1 401 ");
        assertThat(signedIn("192.0.2.1", "bob", "gr\u00fcn:x")).startsWith("HTTP/1.1 401 ");
        assertThat(first.heads()).hasSize(seenByFirst);

        assertThat(signedIn("192.0.2.1", "ann", "gr\u00fcn:x")).startsWith("HTTP/1.1 200 ");
        assertThat(lastOf(first)).doesNotContain("Authorization");
    }

    @Test
    void an_old_password_does_not_count_and_no_users_means_nobody() {
        serve(secured(), Map.of("ann", "old"));
        assertThat(signedIn("192.0.2.2", "ann", "old")).startsWith("HTTP/1.1 200 ");

        serve(secured(), Map.of("ann", "new"));
        assertThat(signedIn("192.0.2.2", "ann", "old")).startsWith("HTTP/1.1 401 ");
        assertThat(signedIn("192.0.2.2", "ann", "new")).startsWith("HTTP/1.1 200 ");

        serve(secured(), Map.of());
        assertThat(signedIn("192.0.2.2", "ann", "new")).startsWith("HTTP/1.1 401 ");
    }

    @Test
    void a_client_that_guesses_passwords_is_slowed_down() {
        serve(secured(), Map.of("ann", "right"));

        var guesses =
                IntStream.range(0, 100).mapToObj(i -> signedIn("192.0.2.3", "ann", "guess-" + i));

        assertThat(guesses.filter(it -> it.startsWith("HTTP/1.1 429 ")).count()).isPositive();
        assertThat(signedIn("192.0.2.4", "ann", "right")).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void right_passwords_of_many_users_at_one_address_do_not_count_as_guesses() {
        var users = IntStream.range(0, 40).mapToObj(i -> "user-" + i).toList();
        serve(secured(), users.stream().collect(toMap(user -> user, user -> "long " + user)));

        assertThat(users)
                .allMatch(user ->
                        signedIn("192.0.2.5", user, "long " + user).startsWith("HTTP/1.1 200 "));
    }

    private static App secured() {
        return treated(
                new Treatment(
                        Headers.UNCHANGED,
                        Headers.UNCHANGED,
                        List.of(),
                        new BasicAuth("shop-users", "Shop"),
                        null,
                        null,
                        false));
    }

    private static String signedIn(String client, String user, String password) {
        var credentials = (user + ":" + password).getBytes(UTF_8);
        return ask(
                """
                GET / HTTP/1.1\r
                Host: shop.localhost\r
                X-Forwarded-For: %s\r
                Authorization: Basic %s\r
                \r
                """
                        .formatted(client, Base64.getEncoder().encodeToString(credentials)));
    }

    // Answers of nginx

    /** A proxy in front of nginx may send requests of several users on one connection. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    shop.localhost       | 503
                    nowhere.localhost    | 404
                    """)
    void the_body_of_a_refused_request_is_not_the_next_request(String host, int status) {
        var closed =
                new Treatment(
                        Headers.UNCHANGED, Headers.UNCHANGED, List.of(), null, null, null, true);
        var open = new PathRule("/open", null, false, null, false, Treatment.NONE);
        serve(treated(closed, open));
        var hidden = "GET /open/hidden HTTP/1.1\r\nHost: shop.localhost\r\n\r\n";

        try (var connection = RawConnection.plain(real.address(), 80)) {
            assertThat(
                            connection.ask(
                                    """
                                    POST / HTTP/1.1\r
                                    Host: %s\r
                                    Content-Length: %d\r
                                    \r
                                    %s\
                                    """
                                            .formatted(host, hidden.length(), hidden)))
                    .startsWith("HTTP/1.1 " + status + " ");
            assertThat(connection.ask("GET /open/next HTTP/1.1\r\nHost: shop.localhost\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ");
        }
        assertThat(first.heads()).hasSize(seenByFirst + 1);
        assertThat(lastOf(first)).startsWith("GET /open/next ");
    }

    @Test
    void an_app_under_maintenance_has_an_error_page_of_its_own() {
        var closed =
                new Treatment(
                        Headers.UNCHANGED, Headers.UNCHANGED, List.of(), null, null, null, true);
        serve(
                Toys.app(
                        1,
                        "shop",
                        Toys.ruled(
                                new RequestRules(
                                        Map.of(),
                                        closed,
                                        List.of(),
                                        false,
                                        Map.of(503, "<h1>\u00a7 \"back\" soon</h1>"),
                                        0,
                                        null))));

        assertThat(get("shop.localhost", "/"))
                .startsWith("HTTP/1.1 503 ")
                .contains("\r\nRetry-After: 60\r\n", "<h1>", "\"back\" soon</h1>")
                .doesNotContain("maintenance");
        assertThat(
                        ask(
                                """
                                GET / HTTP/1.1\r
                                Host: shop.localhost\r
                                Accept: application/json\r
                                \r
                                """))
                .contains("under maintenance")
                .doesNotContain("soon");
        assertThat(first.heads()).hasSize(seenByFirst);
    }

    @Test
    void text_is_compressed_if_the_app_says_so_and_the_client_accepts_it() {
        var accept = "Accept-Encoding: gzip\r\n";
        for (var compression : List.of(true, false)) {
            serve(
                    Toys.app(
                            1,
                            "shop",
                            Toys.ruled(
                                    new RequestRules(
                                            Map.of(),
                                            Treatment.NONE,
                                            List.of(),
                                            compression,
                                            Map.of(),
                                            0,
                                            null))));
            var get = "GET /long HTTP/1.1\r\nHost: shop.localhost\r\n";

            assertThat(ask(get + accept + "\r\n").contains("\r\nContent-Encoding: gzip\r\n"))
                    .isEqualTo(compression);
            assertThat(ask(get + "\r\n")).doesNotContain("Content-Encoding");
        }
    }

    // Traces

    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            textBlock =
                    """
                    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,         true
                    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00,         true
                    cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what,    true
                    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what,    false
                    ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01,         false
                    00-00000000000000000000000000000000-00f067aa0ba902b7-01,         false
                    00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01,         false
                    00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01,         false
                    00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01,          false
                    hello,                                                           false
                    """)
    void a_valid_trace_is_passed_on_and_another_one_is_replaced(String given, boolean valid) {
        serve(traced(1.0));

        ask(
                """
                GET / HTTP/1.1\r
                Host: shop.localhost\r
                traceparent: %s\r
                tracestate: a=b\r
                \r
                """
                        .formatted(given));

        if (valid) {
            assertThat(lastOf(first)).contains("\r\ntraceparent: " + given + "\r\n", "a=b");
        } else {
            assertThat(lastOf(first)).doesNotContain(given, "tracestate");
            assertThat(traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
        }
    }

    @Test
    void a_trace_is_begun_only_for_apps_that_say_so() {
        serve(traced(1.0));
        get("shop.localhost", "/");
        var sampled = traceparent();
        get("shop.localhost", "/");
        assertThat(sampled).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").isNotEqualTo(traceparent());
        assertThat(lastOf(first)).contains("\r\nX-Request-Id: " + traceparent().substring(3, 35));

        serve(traced(0.0));
        get("shop.localhost", "/");
        assertThat(traceparent()).endsWith("-00");

        serve(traced(null));
        get("shop.localhost", "/");
        assertThat(lastOf(first)).doesNotContain("traceparent");
        ask("GET / HTTP/1.1\r\nHost: shop.localhost\r\ntraceparent: " + TRACE + "\r\n\r\n");
        assertThat(traceparent()).isEqualTo(TRACE);
    }

    private static App traced(@Nullable Double sample) {
        var rules =
                new RequestRules(Map.of(), Treatment.NONE, List.of(), false, Map.of(), 0, sample);
        return Toys.app(1, "shop", Toys.ruled(rules));
    }

    private static String traceparent() {
        var head = lastOf(first);
        return head.replaceAll("(?s).*\\r\\ntraceparent: ([^\\r]*)\\r.*", "$1");
    }

    // The last requests

    @Test
    void nginx_keeps_the_last_requests_with_the_reason_of_a_failure() {
        var admin = new PathRule("/admin", null, false, null, true, Treatment.NONE);
        var app =
                Toys.app(
                        7,
                        "watched",
                        Toys.ruled(
                                new RequestRules(
                                        Map.of(),
                                        allow("192.0.2.0/24"),
                                        List.of(admin),
                                        false,
                                        Map.of(),
                                        1,
                                        null)));
        serve(app);

        ask(
                """
                GET /a?secret=1 HTTP/1.1\r
                Host: watched.localhost\r
                X-Forwarded-For: 192.0.2.7\r
                \r
                """);
        get("watched.localhost", "/b");
        get("watched.localhost", "/admin%2Fc");

        real.await("all are kept", () -> await(nginx.requests("watched")).size() == 3);
        assertThat(await(nginx.requests("watched")))
                .extracting(
                        ServedRequest::path,
                        ServedRequest::status,
                        ServedRequest::client,
                        ServedRequest::tries,
                        ServedRequest::reason)
                .containsExactlyInAnyOrder( // a worker may note the first one late
                        tuple(
                                "/a",
                                200,
                                "192.0.2.7",
                                List.of(real.hostAddress() + ":" + first.port),
                                null),
                        tuple(
                                "/b",
                                403,
                                real.hostAddress(),
                                List.of(),
                                "The app does not serve your address."),
                        tuple(
                                "/admin%2Fc",
                                400,
                                real.hostAddress(),
                                List.of(),
                                "Servers read this path in different ways, and the app has other"
                                        + " rules for some of them. Write the path as the app does,"
                                        + " without encoded slashes, ';', '//', '..' and '\\'."));
        real.await(
                "the log has all requests",
                () ->
                        real.log().lines().filter(it -> it.contains("\"app\":\"watched\"")).count()
                                == 3);
        assertThat(real.log())
                .contains(
                        "\"path\":\"/a\"",
                        "\"reason\":\"The app does not serve your address.\"",
                        "\"path\":\"/admin%2Fc\"")
                .doesNotContain("secret=1");

        serve(treated(Treatment.NONE)); // removes the app
        get("shop.localhost", "/"); // a worker reads the table
        real.await("they are forgotten", () -> await(nginx.requests("watched")).isEmpty());
    }

    /** The memory has the requests of all apps, under keys made of names and numbers. */
    @Test
    void the_requests_of_an_app_are_kept_apart_whatever_its_name() {
        var count = Toys.app(8, "count");
        var one = Toys.app(9, "1");
        var table =
                RouteTable.of(
                        new Version(1, 1, ++seq),
                        List.of(count, one),
                        List.of(
                                Toys.ready(8, count, 1, real.hostAddress(), first.port),
                                Toys.ready(9, one, 1, real.hostAddress(), first.port)));
        assertThat(await(nginx.push(table))).isInstanceOf(NginxManager.Pushed.Accepted.class);
        var longMethod = "A".repeat(3000);

        ask(longMethod + " /a HTTP/1.1\r\nHost: count.localhost\r\n\r\n");
        real.await("the first is kept", () -> await(nginx.requests("count")).size() == 1);
        get("1.localhost", "/b");

        real.await("the second is kept", () -> await(nginx.requests("1")).size() == 1);
        assertThat(await(nginx.requests("1")).getFirst().path()).isEqualTo("/b");
        assertThat(await(nginx.requests("count")).getFirst().method()).isEqualTo("A".repeat(200));
    }

    // Other sites

    @Test
    void browsers_learn_from_nginx_which_sites_may_use_the_app() {
        serve(treated(sites(true, "https://a.test")));
        var preflight =
                """
                OPTIONS /a HTTP/1.1\r
                Host: shop.localhost\r
                Origin: %s\r
                Access-Control-Request-Method: PUT\r
                \r
                """;

        assertThat(head(preflight.formatted("https://a.test")))
                .startsWith("HTTP/1.1 204 ")
                .contains(
                        "\r\nAccess-Control-Allow-Origin: https://a.test\r\n",
                        "\r\nAccess-Control-Allow-Credentials: true\r\n",
                        "\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, PUT\r\n",
                        "\r\nAccess-Control-Allow-Headers: X-Shop\r\n",
                        "\r\nAccess-Control-Max-Age: 600\r\n");
        assertThat(head(preflight.formatted("https://b.test")))
                .startsWith("HTTP/1.1 204 ")
                .doesNotContain("Access-Control-");
        assertThat(first.heads()).hasSize(seenByFirst);

        assertThat(ofOrigin("https://a.test"))
                .contains("\r\nAccess-Control-Allow-Origin: https://a.test\r\n", "Vary: Origin");
        assertThat(ofOrigin("https://b.test"))
                .startsWith("HTTP/1.1 200 ")
                .contains("\r\nVary: Origin\r\n")
                .doesNotContain("Access-Control-");
    }

    /** Without these headers, a browser hides from the other site why its request failed. */
    @Test
    void a_site_that_may_use_the_app_also_sees_the_errors_of_nginx() {
        serve(treated(sites(true, "https://a.test")));

        assertThat(
                        head(
                                """
                                POST / HTTP/1.1\r
                                Host: shop.localhost\r
                                Origin: https://a.test\r
                                Content-Length: 99999999\r
                                \r
                                """))
                .startsWith("HTTP/1.1 413 ")
                .contains("\r\nAccess-Control-Allow-Origin: https://a.test\r\n");
    }

    @Test
    void an_app_may_be_open_to_all_sites() {
        serve(treated(sites(false, "*")));

        assertThat(ofOrigin("https://b.test"))
                .contains("\r\nAccess-Control-Allow-Origin: *\r\n")
                .doesNotContain("Vary", "Credentials");
    }

    private static Treatment sites(boolean credentials, String... origins) {
        return new Treatment(
                Headers.UNCHANGED,
                Headers.UNCHANGED,
                List.of(),
                null,
                null,
                new Cors(
                        List.of(origins),
                        List.of("PUT"),
                        List.of("X-Shop"),
                        credentials,
                        Duration.ofMinutes(10)),
                false);
    }

    private static String ofOrigin(String origin) {
        return ask("GET / HTTP/1.1\r\nHost: shop.localhost\r\nOrigin: " + origin + "\r\n\r\n");
    }

    // Helpers

    private static App paths(PathRule... rules) {
        return treated(Treatment.NONE, rules);
    }

    private static App treated(Treatment whole, PathRule... rules) {
        var all = new RequestRules(Map.of(), whole, List.of(rules), false, Map.of(), 0, null);
        return Toys.app(1, "shop", Toys.ruled(all));
    }

    private static void serve(App app) {
        serve(app, Map.of());
    }

    /**
     * @param passwords the passwords in the secret {@code shop-users} by user
     */
    private static void serve(App app, Map<String, String> passwords) {
        var hashes = new HashMap<String, String>();
        passwords.forEach((user, password) ->
                hashes.put(user, PasswordHash.of("shop-users", user, new Hidden(password))));
        var instance = Toys.ready(1, app, 1, real.hostAddress(), first.port);
        var table =
                RouteTable.of(new Version(1, 1, ++seq), List.of(app), List.of(instance))
                        .admitting(Map.of("shop-users", hashes));
        assertThat(await(nginx.push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }

    private static String get(String host, String target) {
        return ask("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    }

    /** Sends a request of this client. The test is a proxy that nginx trusts. */
    private static String from(String client, String target) {
        return ask(
                """
                GET %s HTTP/1.1\r
                Host: shop.localhost\r
                X-Forwarded-For: %s\r
                \r
                """
                        .formatted(target, client));
    }

    private static String head(String request) {
        try (var connection = RawConnection.plain(real.address(), 80)) {
            return connection.askForHead(request);
        }
    }

    private static String ask(String request) {
        try (var connection = RawConnection.plain(real.address(), 80)) {
            return connection.ask(request);
        }
    }

    private static String lastOf(RawOrigin origin) {
        return origin.heads().getLast();
    }
}
