package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.Instance;
import io.autoserve.model.Version;
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
