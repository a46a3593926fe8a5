package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Rollout;
import io.autoserve.model.AppSpec.Rollout.Step;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.Footprint;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.Rights;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Token;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests quotas on a real PostgreSQL. The token covers the apps shop-*. */
class QuotasIT {
    private static final Executor THREADS = Thread::startVirtualThread;
    private static final By ADMIN = By.actor("ann");
    private static final Scope SHOPS = new Scope(List.of("shop-*"));
    private static final long MEBIBYTE = 1L << 20;

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final DesiredState desiredState = store.desiredState();

    private static By quota(Quota quota) {
        return new By("ci", null, new Rights(SHOPS, DomainScope.EVERYTHING, quota), null);
    }

    private static By instances(int instances) {
        return quota(new Quota(instances, null, null));
    }

    private static By memory(long mebibytes) {
        return quota(new Quota(null, mebibytes * MEBIBYTE, null));
    }

    @Test
    void all_apps_in_the_scope_count_whoever_created_them() {
        desiredState.apply(manual("shop-web", 3), "raw", ADMIN); // and one more in a rollout
        desiredState.apply(manual("blog", 9), "raw", ADMIN);

        desiredState.apply(manual("shop-cart", 5), "raw", instances(10));

        assertThatThrownBy(() -> desiredState.apply(manual("shop-pay", 1), "raw", instances(10)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT))
                .hasMessageStartingWith(
                        "app 'shop-pay' would exceed the quota of the token 'ci' for the apps shop-*: the quota is 10 instances, of which other apps use 10 instances, and this app asks for 2 instances");
    }

    @Test
    void many_small_apps_count_too() {
        for (var i = 0; i < 5; i++) {
            desiredState.apply(empty("shop-" + i), "raw", instances(5));
        }

        assertThatThrownBy(() -> desiredState.apply(empty("shop-5"), "raw", instances(5)))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void the_maximum_of_the_autoscaler_counts() {
        assertThatThrownBy(
                        () -> desiredState.apply(automatic("shop-web", 10), "raw", instances(10)))
                .hasMessageContaining("this app asks for 11 instances");
    }

    @Test
    void a_canary_counts_beside_all_old_instances() {
        assertThatThrownBy(() -> desiredState.apply(canary("shop-web", 5, 99), "raw", instances(5)))
                .hasMessageContaining("this app asks for 10 instances");
        desiredState.apply(canary("shop-web", 5, 20), "raw", instances(6));
    }

    @Test
    void scaling_and_returning_count_like_a_new_spec() {
        var author = instances(10);
        desiredState.apply(manual("shop-web", 9), "raw", author);
        assertThatThrownBy(() -> desiredState.scale("shop-web", 10, author))
                .hasMessageContaining("this app asks for 11 instances");

        desiredState.apply(manual("shop-web", 2), "raw", author);
        desiredState.apply(manual("shop-cart", 2), "raw", author);
        assertThatThrownBy(() -> desiredState.undo("shop-web", 1, author))
                .hasMessageContaining("this app asks for 10 instances");
    }

    @Test
    void a_rehearsal_is_refused_like_the_change_itself() {
        assertThatThrownBy(() -> desiredState.rehearsed(manual("shop-web", 10), instances(10)))
                .hasMessageContaining("this app asks for 11 instances");
        assertThat(store.stateReader().clusterState().apps()).isEmpty();
    }

    @Test
    void an_app_above_a_quota_can_be_changed_and_reduced() {
        desiredState.apply(manual("shop-web", 20), "raw", ADMIN);

        assertThat(desiredState.apply(manual("shop-web", 19), "raw", instances(10)).outcome())
                .isEqualTo(ApplyOutcome.CHANGED);
        assertThat(desiredState.restart("shop-web", instances(10)).outcome())
                .isEqualTo(ApplyOutcome.CHANGED);
    }

    @Test
    void a_paused_rollout_to_smaller_instances_frees_nothing() {
        var author = memory(40);
        desiredState.apply(sized("shop-web", 20), "raw", author); // two instances in a rollout
        desiredState.apply(sized("shop-web", 10), "raw", author);
        desiredState.pause("shop-web", author);

        assertThatThrownBy(() -> desiredState.apply(sized("shop-cart", 10), "raw", author))
                .hasMessageContaining("of which other apps use 40Mi of memory");
    }

    @Test
    void instances_that_are_leaving_count_until_they_are_gone() {
        var author = memory(40);
        var term = store.beginTerm(1);
        var app = desiredState.apply(sized("shop-web", 10), "raw", author).app();
        start(term, app, 0);
        store.tables().execute("update instances set state = 'DRAINING', drain_until = now()");

        assertThatThrownBy(() -> desiredState.apply(sized("shop-cart", 10), "raw", author))
                .hasMessageContaining("of which other apps use 30Mi of memory");
    }

    @Test
    void instances_of_a_superseded_revision_count_with_their_own_limits() {
        supersededInstance();

        // two of 6 MiB, of which one still has 40 MiB
        assertThatThrownBy(() -> desiredState.apply(sized("shop-cart", 40), "raw", memory(50)))
                .hasMessageContaining("of which other apps use 46Mi of memory");
        assertThatThrownBy(() -> desiredState.apply(sized("shop-cart", 10), "raw", memory(50)))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void instances_of_a_superseded_revision_count_when_their_own_app_changes() {
        supersededInstance();

        assertThatThrownBy(() -> desiredState.scale("shop-web", 7, memory(60)))
                .hasMessageContaining("this app asks for 82Mi of memory");
        assertThat(desiredState.restart("shop-web", memory(10)).outcome())
                .isEqualTo(ApplyOutcome.CHANGED);
    }

    /**
     * Makes the app shop-web, whose revisions have 5, 40 and 6 MiB. The rollout to the third one
     * replaces the first one, and an instance of the second one runs.
     */
    private void supersededInstance() {
        var term = store.beginTerm(1);
        desiredState.apply(sized("shop-web", 5), "raw", ADMIN);
        var superseded = desiredState.apply(sized("shop-web", 40), "raw", ADMIN).app();
        start(term, superseded, 0);
        desiredState.apply(sized("shop-web", 6), "raw", ADMIN);
    }

    @Test
    void instances_beyond_the_reach_count_until_they_leave() {
        var term = store.beginTerm(1);
        var app = desiredState.apply(manual("shop-web", 3), "raw", ADMIN).app();
        for (var index = 0; index < 3; index++) {
            start(term, app, index);
        }
        desiredState.scale("shop-web", 1, ADMIN);

        assertThatThrownBy(() -> desiredState.apply(manual("shop-cart", 1), "raw", instances(4)))
                .hasMessageContaining("of which other apps use 3 instances");
    }

    private void start(Term term, App app, int index) {
        var writes = store.fencedWrites();
        var instance = writes.occupy(term, app, index, "test").orElseThrow();
        writes.move(
                term,
                instance.id(),
                Event.Type.InstanceStarted,
                it -> Optional.of(it.running(Fixtures.container(it), Fixtures.NOON)));
    }

    @Test
    void a_spec_is_unchanged_if_only_the_default_of_the_installation_was_added() {
        var limits = new InstanceLimits(new Resources(0, 10 * MEBIBYTE), Resources.UNLIMITED);
        var standard = new DesiredState(store.database(), () -> Fixtures.NOON, 100, limits);
        var app = standard.apply(manual("shop-web", 1), "raw", ADMIN).app();

        assertThat(standard.unchanged(manual("shop-web", 1))).contains(app);
        assertThat(standard.unchanged(manual("shop-web", 2))).isEmpty();
        assertThat(standard.unchanged(manual("shop-pay", 1))).isEmpty();
    }

    @Test
    void a_spec_without_a_limit_needs_the_default_of_the_installation() {
        assertThatThrownBy(() -> desiredState.apply(manual("shop-web", 1), "raw", memory(40)))
                .hasMessageContaining("set spec.resources.memory");

        var limits = new InstanceLimits(new Resources(0, 10 * MEBIBYTE), Resources.UNLIMITED);
        var limited = new DesiredState(store.database(), () -> Fixtures.NOON, 100, limits);
        var app = limited.apply(manual("shop-web", 1), "raw", memory(40)).app();

        assertThat(app.spec().resources()).isEqualTo(new Resources(0, 10 * MEBIBYTE));
        assertThat(limited.apply(manual("shop-web", 1), "raw", memory(40)).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        assertThatThrownBy(() -> limited.scale("shop-web", 4, memory(40)))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void a_return_to_a_revision_without_a_limit_gets_the_default() {
        desiredState.apply(manual("shop-web", 1), "raw", ADMIN);
        var limits = new InstanceLimits(new Resources(0, 10 * MEBIBYTE), Resources.UNLIMITED);
        var limited = new DesiredState(store.database(), () -> Fixtures.NOON, 100, limits);
        limited.apply(sized("shop-web", 8), "raw", ADMIN);

        var returned = limited.undo("shop-web", 1, memory(40)).app();

        assertThat(returned.spec().resources().memoryBytes()).isEqualTo(10 * MEBIBYTE);
        assertThat(returned.template()).isEqualTo(3);
    }

    @Test
    void more_than_the_installations_maximum_is_refused() {
        var limits = new InstanceLimits(Resources.UNLIMITED, new Resources(0, 10 * MEBIBYTE));
        var limited = new DesiredState(store.database(), () -> Fixtures.NOON, 100, limits);

        assertThatThrownBy(() -> limited.apply(sized("shop-web", 11), "raw", ADMIN))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults())
                                        .extracting(Refusal.Fault::pointer)
                                        .containsExactly("/spec/resources/memory"));
    }

    @Test
    void a_moved_tag_makes_no_revision_above_a_maximum_that_was_lowered() {
        var app = desiredState.apply(sized("shop-web", 11), "raw", ADMIN).app();
        var old = "sha256:" + "0".repeat(64);
        store.fencedWrites()
                .resolve(store.beginTerm(1), app, new Image(old, old), ImageAccess.PUBLIC);
        var limits = new InstanceLimits(Resources.UNLIMITED, new Resources(0, 10 * MEBIBYTE));
        var limited = new DesiredState(store.database(), () -> Fixtures.NOON, 100, limits);

        assertThatThrownBy(() -> limited.apply(sized("shop-web", 11), "raw", null, old, ADMIN))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("memory must be at most");
    }

    @Test
    void concurrent_changes_never_exceed_a_quota_together() {
        var author = instances(10); // room for five apps of two instances
        var changes =
                IntStream.range(0, 12)
                        .mapToObj(i ->
                                CompletableFuture.supplyAsync(
                                        () -> applied(manual("shop-" + i, 1), author), THREADS))
                        .toList();

        var applied = changes.stream().filter(CompletableFuture::join).count();

        assertThat(applied).isEqualTo(5);
        assertThat(store.stateReader().clusterState().apps()).hasSize(5);
    }

    private boolean applied(AppSpec spec, By author) {
        try {
            desiredState.apply(spec, "raw", author);
            return true;
        } catch (Refusal refused) {
            return false;
        }
    }

    @Test
    void tells_what_the_apps_of_a_token_can_use() {
        desiredState.apply(
                SpecDraft.of("shop-web")
                        .resources(500, 10 * MEBIBYTE)
                        .rollout(Fixtures.rollout(1, 0))
                        .scaling(new ScalingDraft().bounds(2, 100).scaling())
                        .spec(),
                "raw",
                ADMIN);
        var token =
                new Token(
                        "a".repeat(12),
                        "ci",
                        Role.DEPLOYER,
                        SHOPS,
                        DomainScope.EVERYTHING,
                        "0".repeat(64),
                        "ann",
                        Fixtures.NOON,
                        null);

        assertThat(desiredState.used(List.of(token)))
                .containsEntry(token.id(), new Footprint(3, 30 * MEBIBYTE, 1500));
    }

    private static AppSpec manual(String name, int replicas) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().bounds(replicas, 100).scaling())
                .rollout(Fixtures.rollout(1, 0))
                .spec();
    }

    private static AppSpec empty(String name) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().bounds(0, 100).scaling())
                .rollout(Fixtures.rollout(0, 1))
                .spec();
    }

    private static AppSpec automatic(String name, int maxReplicas) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().auto(1, maxReplicas).requests(100).scaling())
                .rollout(Fixtures.rollout(1, 0))
                .spec();
    }

    /** An app whose rollouts add no instance but those of the canary. */
    private static AppSpec canary(String name, int replicas, int weight) {
        return SpecDraft.of(name)
                .scaling(new ScalingDraft().bounds(replicas, 100).scaling())
                .rollout(
                        new Rollout(
                                Strategy.ROLLING,
                                List.of(new Step(weight, Duration.ofMinutes(1))),
                                0,
                                1,
                                Duration.ZERO,
                                Duration.ofMinutes(10),
                                Duration.ZERO,
                                Duration.ofSeconds(30),
                                true))
                .spec();
    }

    /** An app of one instance, and a second one in a rollout. */
    private static AppSpec sized(String name, long mebibytes) {
        return SpecDraft.of(name)
                .resources(0, mebibytes * MEBIBYTE)
                .scaling(new ScalingDraft().bounds(1, 100).scaling())
                .rollout(Fixtures.rollout(1, 0))
                .spec();
    }
}
