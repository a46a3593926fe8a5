package io.autoserve.store;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.Refusal.Fault;
import io.autoserve.model.Rights;
import io.autoserve.model.Scope;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests on a real PostgreSQL which app gets a host. */
class HostTableIT {
    private static final Executor THREADS = Thread::startVirtualThread;
    private static final By ADMIN = By.actor("ann");
    private static final String TAKEN =
            "'shop.example.com' belongs to another app: choose another host, or use a token that also covers that app";
    private static final String CONFLICT =
            "'shop.example.com' is routed to app 'shop' already: choose another host or path, or first remove it there";

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final DesiredState desiredState = store.desiredState();

    @Test
    void a_host_belongs_to_the_app_that_had_it_first() {
        apply("shop", limited("shop"), "shop.example.com");

        assertThatThrownBy(() -> apply("evil", limited("evil"), "evil.com", "shop.example.com"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT);
                            assertThat(refusal.faults())
                                    .containsExactly(new Fault("/spec/routing/domains/1", TAKEN));
                        });
        assertThat(store.stateReader().clusterState().apps()).hasSize(1);
        desiredState.apply(draft("evil", "/evil", "shop.example.com").spec(), "raw", ADMIN);
    }

    @Test
    void no_two_apps_get_the_same_path_of_a_host() {
        apply("shop", ADMIN, "shop.example.com");

        assertThatThrownBy(() -> apply("blog", ADMIN, "shop.example.com"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT);
                            assertThat(refusal.faults())
                                    .containsExactly(
                                            new Fault("/spec/routing/domains/0", CONFLICT));
                        });
        assertThatThrownBy(() ->
                        desiredState.rehearsed(spec("blog", false, "shop.example.com"), ADMIN))
                .hasMessage(CONFLICT);
        desiredState.rehearsed(spec("shop", false, "shop.example.com"), ADMIN);
        apply("shop", ADMIN, "shop.example.com", "www.example.com");
    }

    @Test
    void wildcards_above_and_names_below_belong_to_the_owner_too() {
        apply("shop", limited("shop"), "*.shop.example.com", "eu.example.com");

        assertTaken("evil", "a.b.shop.example.com");
        assertTaken("evil", "*.a.shop.example.com");
        assertThatThrownBy(() -> apply("evil", limited("evil"), "*.example.com"))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("a name below '*.example.com' belongs to another app");
        assertThatCode(() -> apply("evil", limited("evil"), "shop.example.com", "example.com"))
                .doesNotThrowAnyException();
    }

    @Test
    void the_default_app_is_an_owner_as_well() {
        desiredState.apply(spec("shop", true), "raw", limited("shop"));

        assertThatThrownBy(() -> desiredState.apply(spec("evil", true), "raw", limited("evil")))
                .hasMessageStartingWith("another app is the default app already");
        assertThatThrownBy(() ->
                        desiredState.apply(
                                spec("evil", true),
                                "raw",
                                new By("ci", null, domains("*.example.com"), null)))
                .hasMessageStartingWith("not permitted for the default app");
    }

    @Test
    void a_dry_run_is_refused_as_well() {
        apply("shop", ADMIN, "shop.example.com");

        assertThatThrownBy(() ->
                        desiredState.rehearsed(
                                spec("evil", false, "shop.example.com"), limited("evil")))
                .hasMessage(TAKEN);
        assertThatThrownBy(() ->
                        desiredState.rehearsed(
                                spec("evil", false, "other.example.com"),
                                new By("ci", null, domains("*.evil.com"), null)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.FORBIDDEN));
    }

    @Test
    void a_dropped_host_is_free_and_does_not_come_back_by_itself() {
        apply("shop", limited("shop"), "shop.example.com");
        apply("shop", limited("shop"), "www.example.com");
        apply("evil", limited("evil"), "shop.example.com");

        assertTaken("shop", "shop.example.com");
        assertThatThrownBy(() -> desiredState.undo("shop", 1, limited("shop"))).hasMessage(TAKEN);
        assertThatThrownBy(() -> desiredState.undo("shop", 1, ADMIN))
                .hasMessageStartingWith("'shop.example.com' is routed to app 'evil' already");
        assertThatThrownBy(() -> apply("third", limited("third", "shop"), "shop.example.com"))
                .as("the owner is now 'evil'")
                .hasMessage(TAKEN);
    }

    @Test
    void a_rollout_keeps_the_hosts_of_the_revision_to_which_it_may_return() {
        desiredState.apply(
                draft("shop", "/", "shop.example.com").image("demo:1").spec(), "1", ADMIN);
        desiredState.apply(draft("shop", "/").image("demo:2").spec(), "2", ADMIN);
        assertTaken("evil", "shop.example.com");

        store.tables()
                .execute(
                        "update apps set rollout_from = null, rollout_step = null, rollout_paused = null, rollout_started_at = null, rollout_stepped_at = null, rollout_reason = null");
        apply("evil", limited("evil"), "shop.example.com");
    }

    @Test
    void a_stopped_app_keeps_its_hosts_and_a_deleted_one_does_not() {
        apply("shop", ADMIN, "shop.example.com");
        desiredState.stop("shop", ADMIN);
        assertTaken("evil", "shop.example.com");

        desiredState.delete("shop", ADMIN);
        apply("evil", limited("evil"), "shop.example.com");
    }

    @Test
    void another_change_of_an_app_needs_no_right_to_the_owner() {
        apply("shop", ADMIN, "shop.example.com");
        desiredState.apply(draft("docs", "/docs", "shop.example.com").spec(), "raw", ADMIN);
        var docs = draft("docs", "/docs/", "shop.example.com").image("demo:2").spec();
        desiredState.apply(docs, "raw", limited("docs"));

        var moved = draft("docs", "/api", "shop.example.com").spec();
        assertThatThrownBy(() -> desiredState.apply(moved, "raw", limited("docs")))
                .hasMessage(TAKEN);
    }

    @Test
    void a_revision_with_a_domain_outside_of_the_token_is_not_restored() {
        apply("shop", ADMIN, "shop.example.com");
        apply("shop", ADMIN, "shop.example.org");
        var by = new By("ci", null, domains("*.example.org"), null);

        assertThatThrownBy(() -> desiredState.undo("shop", 1, by))
                .hasMessage(
                        "not permitted for 'shop.example.com': the token is limited to the domains *.example.org");
        assertThatThrownBy(() -> apply("shop", by, "shop.example.com")).isInstanceOf(Refusal.class);
    }

    @Test
    void of_many_apps_that_ask_for_a_host_at_once_one_gets_it() {
        var tries =
                IntStream.range(0, 16)
                        .mapToObj(i ->
                                CompletableFuture.runAsync(
                                        () ->
                                                apply(
                                                        "app-" + i,
                                                        limited("app-" + i),
                                                        i % 2 == 0
                                                                ? "*.example.com"
                                                                : "shop.example.com"),
                                        THREADS))
                        .toList();

        await(
                "all have tried",
                () -> tries,
                them -> them.stream().allMatch(CompletableFuture::isDone));
        assertThat(tries).filteredOn(one -> !one.isCompletedExceptionally()).hasSize(1);
        assertThat(store.stateReader().clusterState().apps()).hasSize(1);
    }

    private void assertTaken(String app, String host) {
        assertThatThrownBy(() -> apply(app, limited(app), host))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("'%s' belongs to another app".formatted(host));
    }

    private void apply(String app, By by, String... hosts) {
        desiredState.apply(spec(app, false, hosts), "raw", by);
    }

    /** Returns the author with a token for these apps. */
    private static By limited(String... apps) {
        return new By(
                "ci",
                null,
                new Rights(new Scope(List.of(apps)), DomainScope.EVERYTHING, Quota.NONE),
                null);
    }

    private static Rights domains(String... domains) {
        return new Rights(Scope.EVERYTHING, new DomainScope(List.of(domains)), Quota.NONE);
    }

    private static AppSpec spec(String app, boolean isDefault, String... hosts) {
        return SpecDraft.of(app).routing(Fixtures.routing("/", isDefault, hosts)).spec();
    }

    private static SpecDraft draft(String app, String path, String... hosts) {
        return SpecDraft.of(app).routing(Fixtures.routing(path, false, hosts));
    }
}
