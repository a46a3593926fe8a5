package io.autoserve.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.access.HostOwnership.HeldHost;
import io.autoserve.model.AppSpec.Routing;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal.Fault;
import io.autoserve.model.Rights;
import io.autoserve.model.Scope;
import io.autoserve.testing.Cost;
import io.autoserve.testing.Fixtures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which hosts a token may give to an app, by what other apps have. */
class HostOwnershipTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    # what               | held: app host path, the first holder first     | new: app host path     | token    | permitted
                    a free host          |                                                 | evil shop.test /       | evil*    | true
                    another host         | shop shop.test /                                | evil evil.test /       | evil*    | true
                    the same place       | shop shop.test /                                | evil shop.test /       | evil*    | false
                    the same place       | shop shop.test /                                | evil shop.test /       | evil*,shop | false
                    the same place       | shop shop.test /                                | evil shop.test /       | *        | false
                    the same path with a slash at the end | shop shop.test /a              | evil shop.test /a/     | *        | false
                    the same wildcard    | shop *.shop.test /                              | evil *.shop.test /     | *        | false
                    another path of the wildcard | shop *.shop.test /                      | evil *.shop.test /a    | *        | true
                    a path below         | shop shop.test /                                | evil shop.test /login  | evil*    | false
                    a path below         | shop shop.test /                                | evil shop.test /login  | *        | true
                    a path beside        | shop shop.test /api                             | evil shop.test /login  | evil*    | false
                    a path above         | shop shop.test /api                             | evil shop.test /       | evil*    | false
                    a name below         | shop *.shop.test /                              | evil a.shop.test /     | evil*    | false
                    a name below         | shop *.shop.test /                              | evil a.shop.test /     | *        | true
                    a deep name below    | shop *.shop.test /                              | evil a.b.shop.test /   | evil*    | false
                    a wildcard below     | shop *.shop.test /                              | evil *.a.shop.test /   | evil*    | false
                    a wildcard above     | shop a.shop.test /                              | evil *.shop.test /     | evil*    | false
                    a wildcard above     | shop a.shop.test /                              | evil *.shop.test /     | *        | true
                    a wildcard above     | shop *.a.shop.test /                            | evil *.shop.test /     | evil*    | false
                    the name of the wildcard itself | shop *.shop.test /                   | evil shop.test /       | evil*    | true
                    a name that only looks like one below | shop *.shop.test /             | evil a.myshop.test /   | evil*    | true
                    the default app      | shop default /                                  | evil default /         | evil*    | false
                    the default app      | shop default /                                  | evil default /         | *        | false
                    a path of the default app | shop default /                             | evil default /api        | evil*    | false
                    a host beside the default app | shop default /                         | evil evil.test /       | evil*    | true
                    an own host again    | shop shop.test /; evil shop.test /a             | evil shop.test /a      | evil*    | true
                    an own host with a slash at the end | shop shop.test /; evil shop.test /a | evil shop.test /a/  | evil*    | true
                    another path of a host that another app owns | shop shop.test /; evil shop.test /a | evil shop.test /b | evil* | false
                    a path below an own host | evil shop.test /; shop shop.test /api       | evil shop.test /b      | evil*    | true
                    a name below an own wildcard | evil *.shop.test /; shop a.shop.test /  | evil a.shop.test /b    | evil*    | true
                    a place below an own wildcard that another app has | evil *.shop.test /; shop a.shop.test / | evil a.shop.test / | evil* | false
                    another path of an own wildcard | shop a.shop.test /; evil *.shop.test / | evil *.shop.test /b | evil*    | true
                    a path of a host that an app of the token owns | evil-1 shop.test /; shop shop.test /api | evil-2 shop.test /b | evil* | true
                    a path of a host that an app of the token only shares | shop shop.test /; evil-1 shop.test /api | evil-2 shop.test /b | evil* | false
                    the place of an app on a host that the token owns | evil-1 shop.test /; shop shop.test /api | evil-2 shop.test /api | evil* | false
                    """)
    void a_host_and_all_below_it_belong_to_the_app_that_has_it_first(
            String what, @Nullable String held, String wanted, String token, boolean permitted) {
        var asked = wanted.split(" ", -1);

        var faults =
                HostOwnership.taken(
                        asked[0],
                        routing(asked[2], host(asked[1])),
                        held(held),
                        new Rights(
                                new Scope(List.of(token.split(","))),
                                DomainScope.EVERYTHING,
                                Quota.NONE));

        assertThat(faults.isEmpty()).as(what).isEqualTo(permitted);
    }

    @Test
    void each_refused_host_is_named_with_its_place_and_its_owner_is_not() {
        var held =
                List.of(
                        new HeldHost("shop", "a.shop.test", "/", 1),
                        new HeldHost("shop", HostOwnership.ANY_HOST, "/", 2));

        var faults =
                HostOwnership.taken(
                        "evil",
                        routing("/", "evil.test", "a.shop.test", HostOwnership.ANY_HOST),
                        held,
                        new Rights(
                                new Scope(List.of("evil*")), DomainScope.EVERYTHING, Quota.NONE));

        assertThat(faults)
                .containsExactly(
                        new Fault(
                                "/spec/routing/domains/1",
                                "'a.shop.test' belongs to another app: choose another host, or use a token that also covers that app"),
                        new Fault(
                                "/spec/routing/default",
                                "another app is the default app already: remove 'default: true', or use a token that also covers that app"));
    }

    @Test
    void a_conflict_names_the_other_app_to_a_caller_who_may_change_it() {
        var held =
                List.of(
                        new HeldHost("shop", "shop.test", "/", 1),
                        new HeldHost("docs", "docs.test", "/", 2),
                        new HeldHost("shop", HostOwnership.ANY_HOST, "/", 3));
        var routing = routing("/", "shop.test", "docs.test", HostOwnership.ANY_HOST);
        var rights =
                new Rights(new Scope(List.of("new", "shop")), DomainScope.EVERYTHING, Quota.NONE);

        assertThat(HostOwnership.taken("new", routing, held, rights))
                .containsExactly(
                        new Fault(
                                "/spec/routing/domains/0",
                                "'shop.test' is routed to app 'shop' already: choose another host or path, or first remove it there"),
                        new Fault(
                                "/spec/routing/domains/1",
                                "'docs.test' belongs to another app: choose another host, or use a token that also covers that app"),
                        new Fault(
                                "/spec/routing/default",
                                "app 'shop' is the default app already: remove 'default: true' here, or first there"));
        assertThat(
                        HostOwnership.taken(
                                "new",
                                routing("/a", "shop.test"),
                                List.of(new HeldHost("shop", "shop.test", "/a/", 1)),
                                rights))
                .extracting(Fault::message)
                .singleElement()
                .asString()
                .startsWith("'shop.test/a' is routed to app 'shop' already");
    }

    @Test
    void a_wildcard_above_a_host_of_another_app_is_refused_because_of_that_name() {
        var faults =
                HostOwnership.taken(
                        "evil",
                        routing("/", "*.shop.test"),
                        List.of(new HeldHost("shop", "a.shop.test", "/", 1)),
                        new Rights(
                                new Scope(List.of("evil*")), DomainScope.EVERYTHING, Quota.NONE));

        assertThat(faults)
                .extracting(Fault::message)
                .containsExactly(
                        "a name below '*.shop.test' belongs to another app: choose another host, or use a token that also covers that app");
    }

    @Test
    void a_token_for_the_names_below_a_host_is_told_that_it_does_not_cover_the_host() {
        var rights =
                new Rights(Scope.EVERYTHING, new DomainScope(List.of("*.shop.test")), Quota.NONE);

        assertThat(HostOwnership.outside(routing("/", "shop.test"), rights))
                .extracting(Fault::message)
                .containsExactly(
                        "not permitted for 'shop.test': the token is limited to the domains *.shop.test, and '*.shop.test' does not cover shop.test itself");
    }

    @ParameterizedTest
    @CsvSource({
        "*, shop.test, true",
        "*, '', true",
        "shop.test, shop.test, true",
        "shop.test, a.shop.test, false",
        "shop.test, *.shop.test, false",
        "*.shop.test, shop.test, false",
        "*.shop.test, a.shop.test, true",
        "*.shop.test, a.b.shop.test, true",
        "*.shop.test, *.shop.test, true",
        "*.shop.test, *.a.shop.test, true",
        "*.a.shop.test, *.shop.test, false",
        "*.shop.test, a.myshop.test, false",
        "*.shop.test, '', false",
    })
    void a_token_gives_only_its_domains(String domains, String host, boolean permitted) {
        var rights = new Rights(Scope.EVERYTHING, new DomainScope(List.of(domains)), Quota.NONE);

        assertThat(HostOwnership.outside(routing("/", host), rights).isEmpty())
                .isEqualTo(permitted);
    }

    @Test
    void a_host_outside_of_the_token_is_named_with_its_place() {
        var rights =
                new Rights(
                        Scope.EVERYTHING,
                        new DomainScope(List.of("*.a.test", "b.test")),
                        Quota.NONE);

        assertThat(HostOwnership.outside(routing("/", "b.test", "c.test"), rights))
                .containsExactly(
                        new Fault(
                                "/spec/routing/domains/1",
                                "not permitted for 'c.test': the token is limited to the domains *.a.test, b.test"));
    }

    @Test
    void the_largest_routing_is_decided_fast_among_many_hosts() {
        var held =
                IntStream.range(0, 2_000)
                        .mapToObj(
                                i -> new HeldHost("app-" + i, "h%d.shop.test".formatted(i), "/", i))
                        .toList();
        var wildcards =
                IntStream.range(0, 100)
                        .mapToObj(i -> "*.%sshop.test".formatted("a.".repeat(i)))
                        .toArray(String[]::new);
        var rights = new Rights(new Scope(List.of("evil")), DomainScope.EVERYTHING, Quota.NONE);

        assertThat(
                        Cost.least(() ->
                                HostOwnership.taken("evil", routing("/", wildcards), held, rights)))
                .isLessThan(Duration.ofMillis(500));
    }

    private static List<HeldHost> held(@Nullable String text) {
        var held = new ArrayList<HeldHost>();
        for (var each : text == null ? new String[0] : text.split("; ", -1)) {
            var words = each.split(" ", -1);
            held.add(new HeldHost(words[0], host(words[1]), words[2], held.size()));
        }
        return held;
    }

    private static String host(String word) {
        return word.equals("default") ? HostOwnership.ANY_HOST : word;
    }

    private static Routing routing(String path, String... hosts) {
        return Fixtures.routing(
                path,
                Arrays.asList(hosts).contains(HostOwnership.ANY_HOST),
                Arrays.stream(hosts).filter(it -> !it.isEmpty()).toArray(String[]::new));
    }
}
