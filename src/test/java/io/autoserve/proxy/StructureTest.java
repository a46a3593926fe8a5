package io.autoserve.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Routing;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StructureTest {

    @Test
    void every_app_is_reached_under_its_name_on_localhost() {
        var structure = Structure.of(List.of(Toys.app(1, "shop"), Toys.app(2, "blog")));

        assertThat(leadsTo(structure, "shop.localhost", "/")).isEqualTo("shop");
        assertThat(leadsTo(structure, "blog.localhost", "/")).isEqualTo("blog");
        assertThat(structure.conflicts()).isEmpty();
    }

    @Test
    void paths_of_one_domain_lead_to_different_apps() {
        var structure =
                Structure.of(
                        List.of(
                                Toys.app(1, "shop", Toys.routing("/", false, "example.com")),
                                Toys.app(2, "api", Toys.routing("/api/", false, "Example.com"))));

        assertThat(leadsTo(structure, "example.com", "/")).isEqualTo("shop");
        assertThat(leadsTo(structure, "example.com", "= /api")).isEqualTo("api");
        assertThat(leadsTo(structure, "example.com", "/api/")).isEqualTo("api");
        assertThat(leadsTo(structure, "api.localhost", "/")).isEqualTo("api");
    }

    @Test
    void the_default_app_answers_for_unknown_hosts() {
        var structure =
                Structure.of(
                        List.of(Toys.app(1, "shop", Toys.routing("/", true)), Toys.app(2, "blog")));

        assertThat(leadsTo(structure, "_", "/")).isEqualTo("shop");
    }

    @Test
    void of_two_that_claim_the_same_the_older_wins_and_the_other_is_told() {
        var older = Toys.app(1, "zoo", Toys.routing("/", true, "example.com"));
        var newer = Toys.app(2, "ant", Toys.routing("/", true, "example.com"));
        var structure = Structure.of(List.of(newer, older));

        assertThat(leadsTo(structure, "example.com", "/")).isEqualTo("zoo");
        assertThat(leadsTo(structure, "_", "/")).isEqualTo("zoo");
        assertThat(structure.conflicts())
                .containsExactly(
                        new Structure.Conflict("ant", "example.com/", "taken by app zoo"),
                        new Structure.Conflict("ant", "default app, /", "taken by app zoo"));
        assertThat(structure).isEqualTo(Structure.of(List.of(older, newer)));
    }

    @Test
    void nobody_takes_the_name_of_another_on_localhost() {
        var thief = Toys.app(1, "thief", Toys.routing("/", false, "shop.localhost"));
        var structure = Structure.of(List.of(thief, Toys.app(2, "shop")));

        assertThat(leadsTo(structure, "shop.localhost", "/")).isEqualTo("shop");
        assertThat(structure.conflicts())
                .extracting(Structure.Conflict::app)
                .containsExactly("thief");
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
    void a_domain_that_is_none_never_reaches_the_text(String domain) {
        var structure =
                Structure.of(List.of(Toys.app(1, "shop", Toys.routing("/", false, domain))));

        assertThat(structure.text()).isEqualTo(Structure.of(List.of(Toys.app(1, "shop"))).text());
        assertThat(structure.conflicts())
                .containsExactly(new Structure.Conflict("shop", domain, "not a domain"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/a b", "/a;", "/a{", "/a}", "/a\"", "/$uri", "/a\n", "/#", "//", "/..", "/a/../b",
                "/\\"
            })
    void a_path_that_nginx_would_read_otherwise_never_reaches_the_text(String path) {
        var structure =
                Structure.of(List.of(Toys.app(1, "shop", Toys.routing(path, false, "a.com"))));

        assertThat(structure.text()).isEqualTo(Structure.of(List.of(Toys.app(1, "shop"))).text());
        assertThat(structure.conflicts()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a;", "a\")} os.execute(\"", "a=b", ""})
    void a_cookie_name_that_is_none_makes_the_app_not_sticky(String cookie) {
        var app =
                Toys.app(1, "shop", Toys.routing("/", false, Routing.Algorithm.LEAST_CONN, cookie));
        var structure = Structure.of(List.of(app));

        assertThat(structure.text()).isEqualTo(Structure.of(List.of(Toys.app(1, "shop"))).text());
        assertThat(structure.conflicts()).hasSize(1);
    }

    @Test
    void an_app_being_deleted_is_gone_for_new_requests() {
        var deleted = Toys.app(1, "shop", Routing.DEFAULT, App.Intent.DELETE);

        assertThat(Structure.of(List.of(deleted))).isEqualTo(Structure.of(List.of()));
    }

    /** The app that nginx would pass a request for this location of this server to. */
    private static String leadsTo(Structure structure, String server, String location) {
        var block =
                Pattern.compile(
                                "server_name %s;.*?\n    location %s \\{.*?proxy_pass http://app-([^;]+);"
                                        .formatted(Pattern.quote(server), Pattern.quote(location)),
                                Pattern.DOTALL)
                        .matcher(structure.text());
        return block.find() ? block.group(1) : "nobody";
    }
}
