package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.proxy.Hosts.Conflict;
import io.autoserve.proxy.Hosts.Place;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostsTest {

    @Test
    void every_app_is_reached_under_its_name_on_localhost() {
        var hosts = Hosts.of(List.of(Toys.app(1, "shop"), Toys.app(2, "blog")));

        assertThat(hosts.byApp())
                .containsEntry("shop", List.of(new Place("shop.localhost", "/")))
                .containsEntry("blog", List.of(new Place("blog.localhost", "/")));
        assertThat(hosts.conflicts()).isEmpty();
    }

    @Test
    void a_worker_is_reached_under_no_host() {
        var worker = Fixtures.app(SpecDraft.of("jobs").worker().spec(), 1);

        assertThat(Hosts.of(List.of(worker)).byApp()).isEmpty();
        assertThat(Hosts.of(List.of(worker)).conflicts()).isEmpty();
    }

    @Test
    void paths_of_one_domain_lead_to_different_apps() {
        var hosts =
                Hosts.of(
                        List.of(
                                Toys.app(1, "shop", Toys.routing("/", false, "example.com")),
                                Toys.app(2, "api", Toys.routing("/api/", false, "Example.com"))));

        assertThat(hosts.byApp().get("shop")).contains(new Place("example.com", "/"));
        assertThat(hosts.byApp().get("api"))
                .containsExactly(new Place("api.localhost", "/"), new Place("example.com", "/api"));
    }

    @Test
    void the_default_app_answers_for_unknown_hosts() {
        var hosts =
                Hosts.of(
                        List.of(Toys.app(1, "shop", Toys.routing("/", true)), Toys.app(2, "blog")));

        assertThat(hosts.byApp().get("shop")).contains(new Place("", "/"));
    }

    @Test
    void of_two_that_claim_the_same_the_older_wins_and_the_other_is_told() {
        var older = Toys.app(1, "zoo", Toys.routing("/", true, "example.com"));
        var newer = Toys.app(2, "ant", Toys.routing("/", true, "example.com"));
        var hosts = Hosts.of(List.of(newer, older));

        assertThat(hosts.byApp().get("zoo"))
                .contains(new Place("example.com", "/"), new Place("", "/"));
        assertThat(hosts.byApp().get("ant")).containsExactly(new Place("ant.localhost", "/"));
        assertThat(hosts.conflicts())
                .containsExactly(
                        new Conflict("ant", "example.com/", "another app already has it"),
                        new Conflict("ant", "default app, /", "another app already has it"));
        assertThat(hosts.unserved())
                .isEqualTo(
                        Map.of(
                                "ant",
                                List.of(
                                        "example.com/ is not served: another app already has it",
                                        "default app, / is not served: another app already has it")));
        assertThat(hosts).isEqualTo(Hosts.of(List.of(older, newer)));
    }

    @Test
    void nobody_takes_the_name_of_another_on_localhost() {
        var thief = Toys.app(1, "thief", Toys.routing("/", false, "shop.localhost"));
        var hosts = Hosts.of(List.of(thief, Toys.app(2, "shop")));

        assertThat(hosts.byApp().get("shop")).containsExactly(new Place("shop.localhost", "/"));
        assertThat(hosts.conflicts()).extracting(Conflict::app).containsExactly("thief");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.com; } server { listen 81",
                "a.com\n",
                "a.com }",
                "$host",
                "\"a\"",
                "a..com",
                "-a.com",
                "~^.*$",
                "*",
                "a.com#",
                "",
                "_",
                "münchen.de"
            })
    void a_domain_that_is_none_is_told_and_not_served(String domain) {
        var hosts = Hosts.of(List.of(Toys.app(1, "shop", Toys.routing("/", false, domain))));

        assertThat(hosts.byApp()).isEqualTo(Hosts.of(List.of(Toys.app(1, "shop"))).byApp());
        assertThat(hosts.conflicts())
                .containsExactly(new Conflict("shop", domain, "it is not a domain name"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a b", "/a;", "/a{", "/a}", "/a\"", "/$uri", "/a\n", "/#", "//", "/..", "/a/../b",
                "/\\"
            })
    void a_path_that_could_be_read_otherwise_is_told_and_not_served(String path) {
        var hosts = Hosts.of(List.of(Toys.app(1, "shop", Toys.routing(path, false, "a.com"))));

        assertThat(hosts.byApp()).isEqualTo(Hosts.of(List.of(Toys.app(1, "shop"))).byApp());
        assertThat(hosts.conflicts()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a;", "a\")} os.execute(\"", "a=b", ""})
    void a_cookie_name_that_is_none_makes_the_app_not_sticky(String cookie) {
        var app =
                Toys.app(1, "shop", Toys.routing("/", false, Routing.Algorithm.LEAST_CONN, cookie));

        assertThat(Hosts.of(List.of(app)).conflicts()).hasSize(1);
        assertThat(Names.cookie(app.spec().routing())).isNull();
    }

    @Test
    void an_app_being_deleted_is_gone_for_new_requests() {
        var deleted = Toys.app(1, "shop", Routing.DEFAULT, App.Intent.DELETE);

        assertThat(Hosts.of(List.of(deleted))).isEqualTo(Hosts.of(List.of()));
    }
}
