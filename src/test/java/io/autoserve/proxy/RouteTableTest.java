package io.autoserve.proxy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Scaling.Sleep;
import io.autoserve.model.Instance;
import io.autoserve.model.RequestRules;
import io.autoserve.model.RequestRules.BasicAuth;
import io.autoserve.model.RequestRules.Cors;
import io.autoserve.model.RequestRules.Headers;
import io.autoserve.model.RequestRules.PathRule;
import io.autoserve.model.RequestRules.RateLimit;
import io.autoserve.model.RequestRules.Redirect;
import io.autoserve.model.RequestRules.Treatment;
import io.autoserve.model.Version;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RouteTableTest {
    private static final Version VERSION = new Version(1, 7, 42);

    @Test
    void says_who_serves_what_and_how() {
        var shop =
                Toys.app(1, "shop", Toys.routing("/", false, Algorithm.RANDOM_TWO, "shop_session"));
        var instances =
                List.of(
                        Toys.ready(12, shop, 2, "172.20.0.6", 8080),
                        Toys.ready(11, shop, 1, "172.20.0.5", 8080));
        var table =
                RouteTable.of(
                                VERSION,
                                List.of(
                                        shop,
                                        Toys.app(2, "idle", Toys.buffered(false, true, 16 << 20))),
                                instances,
                                Map.of(12L, 5))
                        .closing(List.of(10L, 9L));

        assertThat(table.json())
                .isEqualTo(
                        """
                        {"version":{"timeline":1,"epoch":7,"seq":42},
                        "apps":{
                        "idle":{"hosts":[{"host":"idle.localhost","path":"/"}],"algorithm":"least_conn","sticky":"","maxBody":16777216,"websocket":true,
                         "buffering":{"requests":false,"responses":true},
                         "timeouts":{"connect":2000,"send":60000,"read":60000,"idle":3600000},"endpoints":[]},
                        "shop":{"hosts":[{"host":"shop.localhost","path":"/"}],"algorithm":"random_two","sticky":"shop_session","maxBody":16777216,"websocket":true,
                         "buffering":{"requests":true,"responses":true},
                         "timeouts":{"connect":2000,"send":60000,"read":60000,"idle":3600000},"endpoints":[
                          {"instance":"11","revision":1,"host":"172.20.0.5","port":8080,"weight":100},
                          {"instance":"12","revision":2,"host":"172.20.0.6","port":8080,"weight":5}]}},
                        "closing":["9","10"]}
                        """);
    }

    @Test
    void says_how_to_treat_requests_while_an_app_sleeps() {
        var sleep =
                new Sleep(
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(20),
                        List.of("/health"),
                        List.of("Bot \"a\""));
        var app = Toys.sleeping(1, "shop", Routing.DEFAULT, sleep, App.Intent.RUN);
        var stopped = Toys.sleeping(2, "shop", Routing.DEFAULT, sleep, App.Intent.STOP);

        assertThat(RouteTable.of(VERSION, List.of(app), List.of()).json())
                .contains(
                        """
                        "endpoints":[],
                         "sleep":{"hold":20000,"paths":["/health"],"agents":["Bot \\"a\\""]}}},
                        """);
        assertThat(RouteTable.of(VERSION, List.of(stopped), List.of()).json())
                .doesNotContain("sleep");
    }

    @Test
    void has_no_route_to_a_worker() {
        var worker = Fixtures.app(SpecDraft.of("jobs").worker().spec(), 1);
        var instances = List.of(Fixtures.ready(worker, 0));

        assertThat(RouteTable.of(VERSION, List.of(worker), instances).routes()).isEmpty();
    }

    @Test
    void an_app_that_was_a_worker_sends_no_requests_to_its_old_instances() {
        var shop = Toys.app(1, "shop");
        var table =
                RouteTable.of(
                        VERSION,
                        List.of(shop),
                        List.of(
                                Toys.ready(11, shop, 1, "172.20.0.5", 0),
                                Toys.ready(12, shop, 2, "172.20.0.6", 8080)));

        assertThat(requireNonNull(table.routes().get("shop")).endpoints())
                .extracting(RouteTable.Endpoint::instance)
                .containsExactly(12L);
    }

    @Test
    void has_the_rules_of_an_app_with_all_that_applies_to_a_path() {
        var whole =
                new Treatment(
                        Headers.UNCHANGED,
                        new Headers(Map.of("X-Say", "\"\\"), List.of("Server")),
                        List.of(),
                        null,
                        new RateLimit(10, 50),
                        null,
                        false);
        var api =
                new Treatment(
                        new Headers(Map.of("X-Api", "2"), List.of()),
                        new Headers(Map.of(), List.of("x-say")),
                        List.of("10.0.0.0/8"),
                        new BasicAuth("users", "Shop"),
                        new RateLimit(0.5, 0),
                        new Cors(List.of("*"), List.of("PUT"), List.of(), false, Duration.ZERO),
                        true);
        var rules =
                new RequestRules(
                        Map.of("www.a.b", "a.b"),
                        whole,
                        List.of(
                                new PathRule("/api", 9000, true, null, true, api),
                                new PathRule(
                                        "/old",
                                        null,
                                        false,
                                        new Redirect("/new", true),
                                        true,
                                        Treatment.NONE),
                                new PathRule("/open", null, false, null, false, Treatment.NONE)),
                        true,
                        Map.of(503, "<p>\n"),
                        0.25,
                        0.5);
        var shop = Toys.app(1, "shop", Toys.ruled(rules));
        var users = Map.of("users", Map.of("ann", "1:2:3"), "others", Map.of("bob", "4:5:6"));

        assertThat(RouteTable.of(VERSION, List.of(shop), List.of()).admitting(users).json())
                .contains(
                        """
                        "endpoints":[],
                         "users":{"users":{"ann":"1:2:3"}},
                         "redirects":{"www.a.b":"a.b"},
                         "whole":{"response":{"set":{"X-Say":"\\"\\\\"},"remove":["Server"]},"limit":{"rate":10.0,"burst":50,"own":false}},
                         "paths":[\
                        {"path":"/api","port":9000,"strip":true,"request":{"set":{"X-Api":"2"},"remove":[]},"response":{"set":{},"remove":["x-say","Server"]},\
                        "allow":["10.0.0.0/8"],"auth":{"realm":"Shop","secret":"users"},"limit":{"rate":0.5,"burst":0,"own":true},\
                        "cors":{"origins":["*"],"methods":["PUT"],"headers":[],"credentials":false,"maxAge":0},"maintenance":true},\
                        {"path":"/old","to":"/new","status":308,"response":{"set":{"X-Say":"\\"\\\\"},"remove":["Server"]},"limit":{"rate":10.0,"burst":50,"own":false}},\
                        {"path":"/open"}],
                         "compression":true,
                         "errorPages":{"503":"<p>\\u000a"},
                         "logSample":0.25,
                         "traceSample":0.5}},
                        """);
    }

    @Test
    void keeps_the_routes_of_apps_that_it_does_not_understand() {
        var table = RouteTable.of(VERSION, List.of(Toys.app(2, "shop")), List.of());
        var kept = table.keeping(Map.of("club", "{\"hosts\":[],\"dance\":true}"));

        assertThat(kept.json()).contains("\n\"club\":{\"hosts\":[],\"dance\":true},\n\"shop\":{");
        assertThat(kept.same(table)).isFalse();
        assertThat(kept.closing(List.of()).same(kept)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = Instance.State.class, mode = EnumSource.Mode.EXCLUDE, names = "RUNNING")
    void leaves_out_what_does_not_run(Instance.State state) {
        var shop = Toys.app(1, "shop");
        var table =
                RouteTable.of(
                        VERSION,
                        List.of(shop),
                        List.of(Toys.instance(11, shop, 1, "172.20.0.5", 8080, state)));

        assertThat(table.json()).contains("\"endpoints\":[]").doesNotContain("172.20.0.5");
    }

    @Test
    void a_namesake_does_not_inherit_the_instances_of_a_deleted_app() {
        var gone = Toys.app(1, "shop");
        var namesake = Toys.app(2, "shop");
        var table =
                RouteTable.of(
                        VERSION,
                        List.of(namesake),
                        List.of(Toys.ready(11, gone, 1, "172.20.0.5", 8080)));

        assertThat(table.json()).contains("\"endpoints\":[]").doesNotContain("172.20.0.5");
    }

    @Test
    void the_order_in_which_instances_are_listed_does_not_matter() {
        var shop = Toys.app(1, "shop");
        var one = Toys.ready(1, shop, 1, "172.20.0.5", 8080);
        var two = Toys.ready(2, shop, 1, "172.20.0.6", 8080);

        assertThat(RouteTable.of(VERSION, List.of(shop), List.of(two, one)))
                .isEqualTo(RouteTable.of(VERSION, List.of(shop), List.of(one, two)));
    }
}
