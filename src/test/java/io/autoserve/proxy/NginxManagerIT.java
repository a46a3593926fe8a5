package io.autoserve.proxy;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.Eventually.await;
import static java.util.concurrent.TimeUnit.SECONDS;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Routing.Timeouts;
import io.autoserve.model.Instance;
import io.autoserve.model.Version;
import io.autoserve.testing.Eventually;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the nginx of {@code nginx/} in a container. The test simulates the instances. */
class NginxManagerIT {
    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static final HttpClient client =
            real.vertx().createHttpClient(new PoolOptions().setHttp1MaxSize(200));
    private static long lastId;
    private static Version version = new Version(1, 1, 0);

    private final List<ToyInstance> instances = new ArrayList<>();

    @AfterEach
    void stopInstances() {
        instances.forEach(ToyInstance::close);
    }

    // Answers of nginx itself

    @Test
    void an_unknown_host_gets_a_plain_404() {
        serve(Toys.app(1, "shop"));

        assertThat(get("nobody.example", "/"))
                .matches(Reply.of(404))
                .extracting(Reply::body)
                .asString()
                .contains("<h1>Not Found");
        assertThat(ask("nobody.example", HttpMethod.GET, "/", Map.of("Accept", "application/json")))
                .matches(Reply.of(404))
                .extracting(Reply::body)
                .asString()
                .startsWith("{\"");
    }

    @Test
    void an_app_without_a_ready_instance_asks_to_come_back() {
        serve(Toys.app(1, "shop"));

        var reply = get("shop.localhost", "/");

        assertThat(reply).matches(Reply.of(503));
        assertThat(reply.headers()).containsEntry("Retry-After", "1");
    }

    // Hosts

    @Test
    void hosts_and_paths_lead_to_their_apps() {
        var shop = Toys.app(1, "shop", Toys.routing("/", true, "example.com"));
        var api = Toys.app(2, "api", Toys.routing("/api", false, "example.com"));
        var ofShop = instance();
        var ofApi = instance();
        serve(List.of(shop, api), Map.of(ofShop, shop, ofApi, api), Map.of());

        assertThat(get("example.com", "/")).matches(ofShop::answered);
        assertThat(get("example.com", "/api")).matches(ofApi::answered);
        assertThat(get("example.com", "/api/orders")).matches(ofApi::answered);
        assertThat(get("example.com", "/apis")).matches(ofShop::answered);
        assertThat(get("api.localhost", "/")).matches(ofApi::answered);
        assertThat(get("nobody.example", "/")).matches(ofShop::answered);
    }

    @Test
    void a_host_is_the_same_with_a_port_a_dot_behind_it_or_in_capitals() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);

        for (var host : List.of("shop.localhost:8080", "shop.localhost.", "SHOP.LocalHost")) {
            assertThat(get(host, "/")).matches(one::answered);
        }
    }

    @Test
    void a_wildcard_is_for_all_below_it_unless_a_nearer_one_is_there() {
        var shop = Toys.app(1, "shop", Toys.routing("/", false, "*.example.com"));
        var blog = Toys.app(2, "blog", Toys.routing("/", false, "*.blog.example.com"));
        var ofShop = instance();
        var ofBlog = instance();
        serve(List.of(shop, blog), Map.of(ofShop, shop, ofBlog, blog), Map.of());

        assertThat(get("a.example.com", "/")).matches(ofShop::answered);
        assertThat(get("a.b.example.com", "/")).matches(ofShop::answered);
        assertThat(get("a.blog.example.com", "/")).matches(ofBlog::answered);
        assertThat(get("example.com", "/")).matches(Reply.of(404));
    }

    @Test
    void a_host_without_the_path_leaves_the_request_to_the_wildcards_above_it() {
        var site = Toys.app(1, "site", Toys.routing("/", false, "*.example.com"));
        var docs = Toys.app(2, "docs", Toys.routing("/docs", false, "*.shop.example.com"));
        var api = Toys.app(3, "api", Toys.routing("/api", false, "eu.shop.example.com", "a.test"));
        var other = Toys.app(4, "other", Toys.routing("/", true));
        var ofSite = instance();
        var ofDocs = instance();
        var ofApi = instance();
        var ofOther = instance();
        serve(
                List.of(site, docs, api, other),
                Map.of(ofSite, site, ofDocs, docs, ofApi, api, ofOther, other),
                Map.of());

        assertThat(get("eu.shop.example.com", "/api/v1")).matches(ofApi::answered);
        assertThat(get("eu.shop.example.com", "/docs/a")).matches(ofDocs::answered);
        assertThat(get("eu.shop.example.com", "/apis")).matches(ofSite::answered);
        assertThat(get("a.test", "/api")).matches(ofApi::answered);
        assertThat(get("a.test", "/")).matches(Reply.of(404)); // not for the default app
        assertThat(get("b.test", "/")).matches(ofOther::answered);
    }

    @Test
    void apps_come_and_go_without_a_failed_request_or_a_new_worker() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        var other = instance();
        serve(shop, one);
        var failed = new AtomicInteger();
        var served = new AtomicInteger();
        var over = new AtomicBoolean();
        var clients = new ArrayList<Future<?>>();
        for (int i = 0; i < 20; i++) {
            clients.add(keepAsking(over, served, failed));
        }
        var workers = real.workers();

        for (int i = 0; i < 50; i++) {
            var guest = Toys.app(10 + i, "guest-" + i);
            serve(List.of(shop, guest), Map.of(one, shop, other, guest), Map.of());
            assertThat(get("guest-" + i + ".localhost", "/")).matches(other::answered);
            serve(shop, one);
            assertThat(get("guest-" + i + ".localhost", "/")).matches(Reply.of(404));
        }
        over.set(true);
        clients.forEach(Eventually::await);

        assertThat(failed).hasValue(0);
        assertThat(served.get()).isGreaterThan(100);
        assertThat(real.workers()).isEqualTo(workers);
    }

    @Test
    void a_table_that_nginx_cannot_read_leaves_the_last_good_one() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        var next = new Version(version.timeline(), version.epoch(), version.seq() + 1);
        var odd = Toys.ready(++lastId, shop, 1, "no address", 8080);

        assertThat(await(nginx.push(RouteTable.of(next, List.of(shop), List.of(odd)))))
                .isInstanceOfSatisfying(
                        NginxManager.Pushed.Invalid.class,
                        invalid -> assertThat(invalid.reason()).contains("an address as host"));
        assertThat(get("shop.localhost", "/")).matches(one::answered);

        real.restart();

        real.await("nginx reaches the instance", () -> reaches(one));
        serve(shop, one);
    }

    @Test
    void a_table_for_which_the_memory_has_no_room_leaves_the_last_good_one() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        var huge = tableOf(Toys.app(2, "huge", hosts(16_700_000)));
        assertThat(huge.json().length()).isBetween(16_660_000, 16 << 20);

        assertThat(await(nginx.push(huge)))
                .isInstanceOfSatisfying(
                        NginxManager.Pushed.Invalid.class,
                        invalid ->
                                assertThat(invalid.reason())
                                        .contains("the shared memory 'routes' (50331648 bytes)"));
        assertThat(get("shop.localhost", "/")).matches(one::answered);
        assertThat(counters().version()).isEqualTo(version);
    }

    @Test
    void the_largest_tables_have_room_while_one_replaces_the_other() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        for (int bytes : List.of(12_000_000, 12_500_000, 11_000_000)) {
            serve(List.of(shop, Toys.app(2, "large", hosts(bytes))), Map.of(one, shop), Map.of());
            assertThat(get("shop.localhost", "/")).matches(one::answered);
        }
    }

    private static RouteTable tableOf(App app) {
        var next = new Version(version.timeline(), version.epoch(), version.seq() + 1);
        return RouteTable.of(next, List.of(app), List.of());
    }

    /** Returns a routing whose hosts make a table of about as many bytes. */
    private static Routing hosts(int bytes) {
        var label = "a".repeat(63);
        var rest = ".%s.%s.%s".formatted(label, label, label);
        var each = "{'host':'','path':'/'},".length() + 8 + rest.length();
        return Toys.routing(
                "/",
                false,
                IntStream.range(0, bytes / each)
                        .mapToObj(n -> "%08d%s".formatted(n, rest))
                        .toArray(String[]::new));
    }

    @Test
    void nginx_starts_with_the_newest_table_that_it_can_read() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        var tables = new ProxyFolder(real.folder).tables();
        var thawed = new Version(version.timeline(), version.epoch() - 1, 999);
        tables.write(thawed, 1, RouteTable.of(thawed, List.of(), List.of()).json());
        var next = new Version(version.timeline(), version.epoch() + 1, 0);
        var odd = Toys.ready(++lastId, shop, 1, "no address", 8080);
        var untold = tables.write(next, 1, RouteTable.of(next, List.of(shop), List.of(odd)).json());

        real.restart();

        real.await("nginx reaches the instance", () -> reaches(one));
        assertThat(counters().version()).isEqualTo(version);
        tables.forget(untold);
    }

    @Test
    void a_reload_by_hand_neither_breaks_nor_forgets_requests_in_flight() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        var slow = send("shop.localhost", HttpMethod.GET, "/hang");
        real.await("the request arrives", () -> one.hanging.size() == 1);

        real.reload();

        assertThat(counters().inFlight(one.id)).isOne();
        one.release();
        assertThat(await(slow)).matches(one::answered);
        awaitInFlight(one, 0);
    }

    // Limits

    @Test
    void a_body_may_be_as_long_as_the_app_allows_and_no_longer() {
        var shop = Toys.app(1, "shop", Toys.limited(100_000, Toys.USUAL, true));
        var one = instance();
        serve(shop, one);

        for (var chunked : List.of(false, true)) {
            assertThat(upload(100_000, chunked)).isEqualTo(200);
            assertThat(upload(100_001, chunked)).isEqualTo(413);
            assertThat(upload(2_000_000, chunked)).isEqualTo(413);
        }
        assertThat(one.requests).hasValue(2);
    }

    @Test
    void a_body_may_be_of_any_length_where_no_limit_is_set() {
        var shop = Toys.app(1, "shop", Toys.limited(0, Toys.USUAL, true));
        serve(shop, instance());

        assertThat(upload(20_000_000, false)).isEqualTo(200);
        assertThat(upload(20_000_000, true)).isEqualTo(200);
    }

    @Test
    void an_app_that_does_not_answer_in_its_time_is_given_up() {
        var second = Duration.ofSeconds(1);
        var timeouts = new Timeouts(second, second, second, second);
        var shop = Toys.app(1, "shop", Toys.limited(0, timeouts, true));
        var one = instance();
        serve(shop, one);
        var asked = System.nanoTime();

        assertThat(get("shop.localhost", "/hang")).matches(Reply.of(504));

        assertThat(Duration.ofNanos(System.nanoTime() - asked))
                .isBetween(Duration.ofMillis(900), Timeouts.DEFAULT.read().dividedBy(2));
        one.release();
    }

    @Test
    void an_app_that_wants_no_websocket_is_not_asked_for_one() {
        var upgrade = Map.of("Connection", "Upgrade", "Upgrade", "websocket");
        serve(Toys.app(1, "shop", Toys.limited(0, Toys.USUAL, false)), instance());

        assertThat(ask("shop.localhost", HttpMethod.GET, "/header/Upgrade", upgrade).body())
                .isEmpty();
    }

    // Endpoints

    @Test
    void an_older_table_is_refused() {
        push(List.of(), Map.of(), Map.of());

        assertThat(await(nginx.push(RouteTable.of(new Version(1, 0, 99), List.of(), List.of()))))
                .isEqualTo(new NginxManager.Pushed.Refused(version));
        assertThat(await(nginx.push(RouteTable.of(version, List.of(), List.of()))))
                .isEqualTo(new NginxManager.Pushed.Accepted(version, 0));
    }

    @Test
    void nginx_refuses_an_older_table_also_when_the_file_is_gone() throws IOException {
        push(List.of(), Map.of(), Map.of());
        loseTables();

        assertThat(await(nginx.push(RouteTable.of(new Version(1, 0, 99), List.of(), List.of()))))
                .isEqualTo(new NginxManager.Pushed.Refused(version));
    }

    @Test
    void nginx_serves_by_itself_after_a_restart() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);

        real.restart();

        real.await("nginx reaches the instance", () -> reaches(one));
        assertThat(counters().version()).isEqualTo(version);
    }

    @Test
    void a_table_that_a_restart_lost_is_pushed_again() throws IOException {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        loseTables();

        real.restart();
        real.await("nginx answers 503", () -> get("shop.localhost", "/").status() == 503);
        counters();

        assertThat(get("shop.localhost", "/")).matches(one::answered);
    }

    @Test
    void a_hundred_changes_of_endpoints_lose_no_request() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        var two = instance();
        var three = instance();
        serve(shop, one, two, three);
        var failed = new AtomicInteger();
        var served = new AtomicInteger();
        var over = new AtomicBoolean();
        var clients = new ArrayList<Future<?>>();
        for (int i = 0; i < 20; i++) {
            clients.add(keepAsking(over, served, failed));
        }

        for (int i = 0; i < 100; i++) {
            route(shop, i % 2 == 0 ? List.of(one, two) : List.of(two, three));
        }
        over.set(true);
        clients.forEach(Eventually::await);

        assertThat(failed).hasValue(0);
        assertThat(served.get()).isGreaterThan(100);
    }

    @Test
    void an_address_of_an_instance_that_left_is_not_used_by_its_old_app() {
        var shop = Toys.app(1, "shop");
        var blog = Toys.app(2, "blog");
        var one = instance();
        serve(List.of(shop, blog), Map.of(one, shop), Map.of());
        get("shop.localhost", "/");

        serve(List.of(shop, blog), Map.of(one, blog), Map.of());

        assertThat(get("shop.localhost", "/")).matches(Reply.of(503));
        assertThat(get("blog.localhost", "/")).matches(one::answered);
    }

    @Test
    void the_newest_instances_wait_where_nginx_has_no_room_and_all_others_are_served() {
        var shop = Toys.app(1, "shop");
        var crowd = Toys.app(2, "crowd");
        var one = instance();
        serve(shop, one);
        var other = instance();
        lastId += 20_000;
        var many = new ArrayList<Instance>();
        many.add(ready(one, shop, 1));
        many.add(ready(other, shop, 1));
        for (var id = other.id + 1; id <= other.id + 16_384; id++) {
            many.add(Toys.ready(id, crowd, 1, "127.0.0.1", 9));
        }
        version = new Version(version.timeline(), version.epoch(), version.seq() + 1);

        var pushed = await(nginx.push(RouteTable.of(version, List.of(shop, crowd), many)));

        assertThat(pushed)
                .isInstanceOfSatisfying(
                        NginxManager.Pushed.Accepted.class,
                        accepted -> assertThat(accepted.leftOut()).isGreaterThanOrEqualTo(2));
        get("shop.localhost", "/", 20);
        assertThat(List.of(one, other)).allMatch(toy -> toy.requests.get() > 0);
        serve(shop, one);
        assertThat(reaches(one)).isTrue();
    }

    // Balancing

    @Test
    void the_least_busy_instance_is_chosen() {
        var shop = Toys.app(1, "shop");
        var busy = instance();
        var idle = instance();
        serve(shop, busy);
        var slow = send("shop.localhost", HttpMethod.GET, "/hang");
        real.await("the request arrives", () -> busy.hanging.size() == 1);
        route(shop, List.of(busy, idle));

        for (int i = 0; i < 20; i++) {
            assertThat(get("shop.localhost", "/")).matches(idle::answered);
        }
        busy.release();
        await(slow);
    }

    @ParameterizedTest
    @EnumSource(value = Algorithm.class, mode = EnumSource.Mode.EXCLUDE, names = "IP_HASH")
    void equals_get_equal_shares(Algorithm algorithm) {
        var shop = Toys.app(1, "shop", Toys.balanced(algorithm));
        var toys = List.of(instance(), instance(), instance());
        serve(shop, toys.toArray(ToyInstance[]::new));

        get("shop.localhost", "/", 300);

        assertThat(toys)
                .allSatisfy(toy -> assertThat(toy.requests.get()).isCloseTo(100, within(40)));
    }

    @ParameterizedTest
    @EnumSource(value = Algorithm.class, mode = EnumSource.Mode.EXCLUDE, names = "IP_HASH")
    void a_canary_gets_its_share(Algorithm algorithm) {
        var shop = Toys.app(1, "shop", Toys.balanced(algorithm));
        var stable = instance();
        var canary = instance();
        serve(
                List.of(shop),
                Map.of(stable, shop, canary, shop),
                Map.of(stable.id, 90, canary.id, 10));

        get("shop.localhost", "/", 1000);

        assertThat(canary.requests.get()).isCloseTo(100, within(40));
    }

    /** In each step of a canary, the instances of a revision divide its requests evenly. */
    @ParameterizedTest(name = "{0}: {1} old, {2} new, {3} at once")
    @CsvSource({
        "LEAST_CONN, 4, 1, 1, 400",
        "LEAST_CONN, 4, 2, 1, 400",
        "LEAST_CONN, 3, 1, 20, 400",
        "LEAST_CONN, 4, 2, 20, 400",
        "LEAST_CONN, 1, 4, 20, 400",
        "ROUND_ROBIN, 4, 2, 1, 400",
        "ROUND_ROBIN, 3, 1, 20, 400",
        "RANDOM_TWO, 4, 2, 1, 2000",
        "RANDOM_TWO, 4, 1, 20, 2000"
    })
    void each_revision_divides_its_requests_evenly(
            Algorithm algorithm, int olds, int news, int atOnce, int requests) {
        var shop = Toys.app(1, "shop", Toys.balanced(algorithm));
        var old = instances(olds);
        var fresh = instances(news);
        var weights = new HashMap<Long, Integer>();
        old.forEach(toy -> weights.put(toy.id, 1000));
        fresh.forEach(toy -> weights.put(toy.id, 1000 * olds / news)); // half of all requests
        push(
                shop,
                Stream.concat(old.stream(), fresh.stream()).toList(),
                toy -> fresh.contains(toy) ? 2 : 1,
                weights);

        get("shop.localhost", "/", requests, atOnce);

        for (var revision : List.of(old, fresh)) {
            var counts = revision.stream().mapToInt(toy -> toy.requests.get()).toArray();
            assertThat(Arrays.stream(counts).sum())
                    .as("one revision gets half of the requests")
                    .isCloseTo(requests / 2, within(requests / 10));
            assertThat((double) Arrays.stream(counts).max().orElseThrow())
                    .as("the busiest of %s", Arrays.toString(counts))
                    .isLessThanOrEqualTo(1.3 * Arrays.stream(counts).average().orElseThrow());
        }
    }

    /** An instance with half the weight of the others gets half as many requests as they do. */
    @ParameterizedTest
    @CsvSource({"LEAST_CONN, 500", "ROUND_ROBIN, 500", "RANDOM_TWO, 2000"})
    void an_instance_that_starts_slowly_gets_its_share(Algorithm algorithm, int requests) {
        var shop = Toys.app(1, "shop", Toys.balanced(algorithm));
        var toys = instances(3);
        var weights = Map.of(toys.get(0).id, 1000, toys.get(1).id, 1000, toys.get(2).id, 500);
        push(shop, toys, _ -> 1, weights);

        get("shop.localhost", "/", requests, 1);

        assertThat(toys.get(2).requests.get()).isCloseTo(requests / 5, within(requests / 20));
    }

    /** While one instance has just failed, the others divide its requests evenly. */
    @Test
    void the_requests_of_an_instance_that_fails_go_to_all_others() {
        var shop = Toys.app(1, "shop");
        var toys = instances(4);
        serve(shop, toys.toArray(ToyInstance[]::new));
        toys.getFirst().dying = true;
        get("shop.localhost", "/", 20, 1);
        toys.forEach(toy -> toy.requests.set(0));

        get("shop.localhost", "/", 300, 1);

        assertThat(toys.subList(1, 4))
                .allSatisfy(toy -> assertThat(toy.requests.get()).isCloseTo(100, within(20)));
    }

    @Test
    void ip_hash_keeps_a_client_where_it_is() {
        var shop = Toys.app(1, "shop", Toys.balanced(Algorithm.IP_HASH));
        var toys = new ToyInstance[] {instance(), instance(), instance(), instance()};
        serve(shop, toys);
        var home = get("shop.localhost", "/").body();

        assertThat(get("shop.localhost", "/", 30)).allMatch(reply -> reply.body().equals(home));
        route(shop, Arrays.stream(toys).filter(toy -> !home.equals(toy.id + "")).toList());
        assertThat(get("shop.localhost", "/", 5)).noneMatch(reply -> reply.body().equals(home));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            textBlock =
                    """
                    autoserve_session=abc.12.xyz              | none
                    a=1; autoserve_session=abc; b="x y"       | a=1; b="x y"
                    autoserve_session=one;autoserve_session=2 | none
                    autoserve_session_of_mine=1; a=           | autoserve_session_of_mine=1; a=
                    a=autoserve_session=1; b=2                | a=autoserve_session=1; b=2
                    a=1;b=2                                   | a=1;b=2
                    """)
    void no_app_is_sent_the_session_of_the_dashboard(String sent, String received) {
        var shop = Toys.app(1, "shop");
        serve(shop, instance());

        var seen = ask("shop.localhost", HttpMethod.GET, "/header/cookie", Map.of("Cookie", sent));

        assertThat(seen.body()).isEqualTo(received == null ? "" : received);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            textBlock =
                    """
                    Set-Cookie=autoserve_session=stolen                  | none
                    Set-Cookie=autoserve_session=stolen&Set-Cookie=a=1   | a=1
                    Set-Cookie==autoserve_session=stolen                 | none
                    Set-Cookie=autoserve_session_of_mine=1               | autoserve_session_of_mine=1
                    """)
    void no_app_signs_a_user_in_to_the_dashboard(String sent, String received) {
        var shop = Toys.app(1, "shop");
        serve(shop, instance());

        assertThat(get("shop.localhost", "/answer?" + sent).headers().get("Set-Cookie"))
                .isEqualTo(received);
    }

    @Test
    void no_app_steers_nginx() {
        var shop = Toys.app(1, "shop");
        var toy = instance();
        serve(shop, toy);

        var reply = get("shop.localhost", "/answer?X-Accel-Redirect=/status/500");

        assertThat(reply).matches(toy::answered);
    }

    @Test
    void a_cookie_keeps_a_client_until_its_instance_goes() {
        var shop =
                Toys.app(1, "shop", Toys.routing("/", false, Algorithm.LEAST_CONN, "shop_session"));
        var one = instance();
        var two = instance();
        serve(shop, one, two);
        var first = get("shop.localhost", "/");
        var cookie = first.headers().getOrDefault("Set-Cookie", "").split(";", 2)[0];
        var home = one.answered(first) ? one : two;

        assertThat(cookie).startsWith("shop_session=");
        for (int i = 0; i < 20; i++) {
            var reply =
                    ask(
                            "shop.localhost",
                            HttpMethod.GET,
                            "/",
                            Map.of("Cookie", "autoserve_session=1; " + cookie));
            assertThat(reply).matches(home::answered);
            assertThat(reply.headers()).doesNotContainKey("Set-Cookie");
        }
        route(shop, List.of(home == one ? two : one));
        var moved = ask("shop.localhost", HttpMethod.GET, "/", Map.of("Cookie", cookie));
        assertThat(moved).matches(Reply.of(200));
        assertThat(moved.headers().get("Set-Cookie"))
                .startsWith("shop_session=")
                .doesNotStartWith(cookie);
    }

    // Failures

    @Test
    void a_get_is_repeated_elsewhere_and_counted_at_each() {
        var shop = Toys.app(1, "shop");
        var dying = instance();
        var sound = instance();
        dying.dying = true;
        serve(shop, dying, sound);

        var replies = get("shop.localhost", "/", 20);

        assertThat(replies).allMatch(sound::answered);
        assertThat(dying.requests.get()).isBetween(1, 10); // not used again after a failure
        real.await( // a worker counts a request after it has answered it
                "all tries are counted", () -> counted(sound).tries() == 20);
        assertThat(counted(dying).classes())
                .containsExactly(0L, 0L, 0L, 0L, (long) dying.requests.get());
        assertThat(counted(dying).inFlight()).isZero();
    }

    @Test
    void while_two_revisions_serve_one_is_asked_for_what_the_other_answers_by_500() {
        var shop = Toys.app(1, "shop");
        var good = instance();
        var bad = List.of(instance(), instance(), instance(), instance());
        bad.forEach(toy -> toy.failing = true);

        serve(shop, good, bad);
        assertThat(get("shop.localhost", "/", 40)).allMatch(good::answered);
        var posts = IntStream.range(0, 10).mapToObj(_ -> post()).toList();
        assertThat(posts).anyMatch(reply -> reply.body().equals("its own words"));
        serve(shop, bad.toArray(ToyInstance[]::new));
        assertThat(get("shop.localhost", "/", 10))
                .allMatch(reply -> reply.status() == 500 && reply.body().equals("its own words"));
    }

    /** Routes requests to the old instance as revision 1, and to the others as revision 2. */
    private static void serve(App app, ToyInstance old, List<ToyInstance> fresh) {
        push(
                app,
                Stream.concat(Stream.of(old), fresh.stream()).toList(),
                toy -> toy == old ? 1 : 2,
                Map.of());
    }

    private static Reply post() {
        return ask("shop.localhost", HttpMethod.POST, "/", Map.of());
    }

    @Test
    void a_post_that_was_sent_is_never_repeated() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        var two = instance();
        one.dying = true;
        two.dying = true;
        serve(shop, one, two);

        var reply = ask("shop.localhost", HttpMethod.POST, "/", Map.of());

        assertThat(reply).matches(Reply.of(502));
        assertThat(one.requests.get() + two.requests.get()).isOne();
        assertThat(counters().inFlight(one.id) + counters().inFlight(two.id)).isZero();
    }

    @Test
    void a_post_that_found_no_connection_goes_elsewhere() {
        var shop = Toys.app(1, "shop");
        var gone = instance();
        var sound = instance();
        serve(shop, gone, sound);
        gone.close();
        instances.remove(gone);

        for (int i = 0; i < 10; i++) {
            assertThat(ask("shop.localhost", HttpMethod.POST, "/", Map.of()))
                    .matches(sound::answered);
        }
    }

    @Test
    void reports_how_long_every_connection_to_an_instance_has_failed() {
        var shop = Toys.app(1, "shop");
        var gone = instance();
        serve(shop, gone);
        assertThat(get("shop.localhost", "/")).matches(gone::answered);
        assertThat(counted(gone).unreachable()).isZero();
        gone.close();
        instances.remove(gone);

        real.await(
                "nginx fails to connect again and again",
                () -> {
                    get("shop.localhost", "/");
                    return counted(gone).unreachable().isPositive();
                });
    }

    @Test
    void what_an_app_answers_is_passed_on_as_it_is() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);

        for (var status : List.of(201, 404, 500, 502, 503, 504)) {
            assertThat(get("shop.localhost", "/status/" + status))
                    .isEqualTo(new Reply(status, "", Map.of()));
        }
        assertThat(one.requests).hasValue(6);
    }

    // Counters

    @Test
    void counts_are_exact_under_load() {
        var shop = Toys.app(1, "shop");
        var toys = List.of(instance(), instance(), instance());
        serve(shop, toys.toArray(ToyInstance[]::new));

        var replies = get("shop.localhost", "/status/204", 2000);
        get("shop.localhost", "/status/404", 500);

        assertThat(replies).allMatch(Reply.of(204));
        toys.forEach(toy -> awaitInFlight(toy, 0));
        var counted = toys.stream().map(NginxManagerIT::counted).toList();
        assertThat(counted)
                .extracting(Counters.OfInstance::tries)
                .isEqualTo(toys.stream().map(toy -> (long) toy.requests.get()).toList());
        assertThat(counted.stream().mapToLong(one -> one.classes().get(1)).sum()).isEqualTo(2000);
        assertThat(counted.stream().mapToLong(one -> one.classes().get(3)).sum()).isEqualTo(500);
        assertThat(counted.stream().mapToLong(one -> one.latency().requests()).sum())
                .isEqualTo(2500);
    }

    @Test
    void a_killed_worker_loses_its_requests_in_flight_and_nothing_else() {
        var shop = Toys.app(1, "shop");
        var one = instance();
        serve(shop, one);
        get("shop.localhost", "/", 100);
        var slow = new ArrayList<Future<Reply>>();
        for (int i = 0; i < 10; i++) {
            slow.add(send("shop.localhost", HttpMethod.GET, "/hang"));
        }
        awaitInFlight(one, 10);

        real.killWorkers();

        awaitInFlight(one, 0);
        real.await("all requests fail", () -> slow.stream().allMatch(Future::failed));
        assertThat(counted(one).tries()).isEqualTo(100);
        assertThat(get("shop.localhost", "/")).matches(one::answered);
    }

    @Test
    void a_websocket_passes_counts_as_long_as_it_is_open_and_survives_changes()
            throws InterruptedException {
        var shop = Toys.app(1, "shop");
        var one = instance();
        var two = instance();
        serve(shop, one);
        var echoes = new ArrayBlockingQueue<String>(10);
        var sockets = real.vertx().createWebSocketClient();
        var socket =
                await(
                        sockets.connect(
                                new WebSocketConnectOptions()
                                        .setHost(real.address())
                                        .setPort(80)
                                        .setURI("/")
                                        .addHeader("Host", "shop.localhost")));
        socket.textMessageHandler(echoes::add);

        await(socket.writeTextMessage("before"));
        assertThat(echoes.poll(PATIENCE.toSeconds(), SECONDS)).isEqualTo("before");
        push(List.of(shop, Toys.app(2, "other")), Map.of(two, shop), Map.of());
        await(socket.writeTextMessage("after"));
        assertThat(echoes.poll(PATIENCE.toSeconds(), SECONDS)).isEqualTo("after");
        assertThat(counters().inFlight(one.id)).isOne();
        assertThat(counted(one).routed()).isFalse();

        await(socket.close());
        awaitInFlight(one, 0);
        assertThat(counted(one).classes()).startsWith(1L, 0L);
    }

    // Headers

    @Test
    void an_instance_is_told_who_asks_and_how() {
        var shop = Toys.app(1, "shop");
        serve(shop, instance());

        assertThat(get("shop.localhost", "/header/Host").body()).isEqualTo("shop.localhost");
        assertThat(get("shop.localhost", "/header/X-Real-IP").body()).isEqualTo(real.hostAddress());
        assertThat(get("shop.localhost", "/header/X-Forwarded-For").body())
                .isEqualTo(real.hostAddress());
        assertThat(get("shop.localhost", "/header/X-Forwarded-Proto").body()).isEqualTo("http");
        assertThat(get("shop.localhost", "/header/X-Forwarded-Host").body())
                .isEqualTo("shop.localhost");
        assertThat(get("shop.localhost", "/header/X-Request-Id").body()).matches("[0-9a-f]{32}");
        assertThat(
                        ask(
                                        "shop.localhost",
                                        HttpMethod.GET,
                                        "/header/X-Request-Id",
                                        Map.of("X-Request-Id", "mine"))
                                .body())
                .isEqualTo("mine");
    }

    // Helpers

    private static int upload(int bytes, boolean chunked) {
        var options =
                new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setHost(real.address())
                        .setPort(80)
                        .setURI("/")
                        .putHeader("Host", "shop.localhost");
        return await(
                client.request(options)
                        .compose(request -> {
                            if (chunked) {
                                request.setChunked(true);
                            }
                            return request.send(Buffer.buffer(new byte[bytes])).compose(Reply::of);
                        })
                        .map(Reply::status));
    }

    private ToyInstance instance() {
        var toy = new ToyInstance(real.vertx(), ++lastId);
        instances.add(toy);
        return toy;
    }

    private List<ToyInstance> instances(int count) {
        return Stream.generate(this::instance).limit(count).toList();
    }

    private void serve(App app, ToyInstance... toys) {
        route(app, List.of(toys));
    }

    private void serve(List<App> apps, Map<ToyInstance, App> toys, Map<Long, Integer> weights) {
        push(apps, toys, weights);
    }

    private static void route(App app, List<ToyInstance> toys) {
        push(List.of(app), toys.stream().collect(toMap(toy -> toy, _ -> app)), Map.of());
    }

    private static void push(
            App app,
            List<ToyInstance> toys,
            ToIntFunction<ToyInstance> revision,
            Map<Long, Integer> weights) {
        push(
                List.of(app),
                toys.stream().map(toy -> ready(toy, app, revision.applyAsInt(toy))).toList(),
                weights);
    }

    private static Instance ready(ToyInstance toy, App app, int revision) {
        return Toys.ready(toy.id, app, revision, real.hostAddress(), toy.port);
    }

    private static void push(
            List<App> apps, Map<ToyInstance, App> toys, Map<Long, Integer> weights) {
        push(
                apps,
                toys.entrySet().stream()
                        .map(entry -> {
                            var toy = entry.getKey();
                            var revision = weights.containsKey(toy.id) ? (int) toy.id : 1;
                            return ready(toy, entry.getValue(), revision);
                        })
                        .toList(),
                weights);
    }

    private static void push(List<App> apps, List<Instance> routed, Map<Long, Integer> weights) {
        version = new Version(version.timeline(), version.epoch(), version.seq() + 1);
        assertThat(await(nginx.push(RouteTable.of(version, apps, routed, weights))))
                .isEqualTo(new NginxManager.Pushed.Accepted(version, 0));
    }

    private static void loseTables() throws IOException {
        try (var files = Files.newDirectoryStream(real.folder, "table*")) {
            for (var file : files) {
                Files.delete(file);
            }
        }
    }

    private static Counters counters() {
        return await(nginx.counters());
    }

    private static Counters.OfInstance counted(ToyInstance toy) {
        return Objects.requireNonNull(counters().instances().get(toy.id));
    }

    private static boolean reaches(ToyInstance toy) {
        return toy.answered(get("shop.localhost", "/"));
    }

    private static Future<?> keepAsking(
            AtomicBoolean over, AtomicInteger served, AtomicInteger failed) {
        return send("shop.localhost", HttpMethod.GET, "/")
                .transform(reply -> {
                    (reply.succeeded() && reply.result().status() == 200 ? served : failed)
                            .incrementAndGet();
                    return over.get()
                            ? Future.succeededFuture()
                            : keepAsking(over, served, failed).mapEmpty();
                });
    }

    private static Reply get(String host, String path) {
        return ask(host, HttpMethod.GET, path, Map.of());
    }

    /** Sends this many requests, 20 at a time. */
    private static List<Reply> get(String host, String path, int times) {
        return get(host, path, times, 20);
    }

    private static List<Reply> get(String host, String path, int times, int atOnce) {
        var replies = new ArrayList<Reply>();
        while (replies.size() < times) {
            var together = new ArrayList<Future<Reply>>();
            for (int i = 0; i < Math.min(atOnce, times - replies.size()); i++) {
                together.add(send(host, HttpMethod.GET, path));
            }
            together.forEach(reply -> replies.add(await(reply)));
        }
        return replies;
    }

    private static Reply ask(
            String host, HttpMethod method, String path, Map<String, String> headers) {
        return await(
                send(host, method, path, headers)
                        .recover(_ -> Future.succeededFuture(new Reply(0, "", Map.of()))));
    }

    private static Future<Reply> send(String host, HttpMethod method, String path) {
        return send(host, method, path, Map.of());
    }

    private static Future<Reply> send(
            String host, HttpMethod method, String path, Map<String, String> headers) {
        var options =
                new RequestOptions()
                        .setMethod(method)
                        .setHost(real.address())
                        .setPort(80)
                        .setURI(path)
                        .putHeader("Host", host);
        headers.forEach(options::putHeader);
        return client.request(options).compose(request -> request.send().compose(Reply::of));
    }

    private static void awaitInFlight(ToyInstance toy, long count) {
        real.await(
                "%d requests are in flight".formatted(count),
                () -> counters().inFlight(toy.id) == count);
    }
}
