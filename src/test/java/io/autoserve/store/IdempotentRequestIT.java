package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event.Change.PutApp;
import io.autoserve.model.Hidden;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.TlsChoices;
import io.autoserve.model.Token;
import io.autoserve.secrets.KeyFile;
import io.autoserve.store.DesiredState.Granted;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends requests again with the same idempotency key, on a real PostgreSQL. */
class IdempotentRequestIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    @TempDir private Path folder;
    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Postgres.Database tables = store.tables();
    private final DesiredState desiredState = store.desiredState();

    static Stream<Named<BiFunction<DesiredState, By, Granted>>> writes() {
        return Stream.of(
                Named.of("apply", (it, by) -> it.apply(web(3), "raw", by)),
                Named.of("scale", (it, by) -> it.scale("web", 3, by)),
                Named.of("start", (it, by) -> it.start("web", by)),
                Named.of("stop", (it, by) -> it.stop("web", by)),
                Named.of("restart", (it, by) -> it.restart("web", by)),
                Named.of("delete", (it, by) -> it.delete("web", by)));
    }

    @ParameterizedTest
    @MethodSource("writes")
    void is_done_once_and_answered_alike_though_the_app_is_gone_meanwhile(
            BiFunction<DesiredState, By, Granted> write) {
        desiredState.register(web(1), "raw", By.actor("ann"));
        var first = write.apply(desiredState, ann("a"));
        var others = desiredState.delete("web", By.actor("bob"));
        store.fencedWrites().delete(store.beginTerm(1), others.app());
        var before = events();

        var again = write.apply(desiredState, ann("a"));

        assertThat(again.app()).isEqualTo(first.app());
        assertThat(again.outcome()).isEqualTo(first.outcome());
        assertThat(again.seq()).isGreaterThanOrEqualTo(first.seq());
        assertThat(events()).isEqualTo(before);
    }

    @Test
    void is_stored_without_the_spec_and_answered_with_it() {
        desiredState.register(large(), "raw", By.actor("ann"));
        var first = desiredState.scale("web", 3, ann("a"));

        assertThat(Integer.parseInt(answerLength())).isLessThan(4096);
        assertThat(desiredState.scale("web", 3, ann("a")).app()).isEqualTo(first.app());
    }

    @Test
    void is_answered_with_an_outline_of_the_spec_once_the_app_is_gone() {
        desiredState.register(large(), "raw", By.actor("ann"));
        var first = desiredState.delete("web", ann("a"));
        store.fencedWrites().delete(store.beginTerm(1), first.app());

        var again = desiredState.delete("web", ann("a"));

        assertThat(again.app())
                .isEqualTo(PutApp.of(first.app(), false, List.of()).with(large().outline()));
    }

    @Test
    void does_not_undo_what_somebody_else_wished_since() {
        desiredState.register(web(1), "raw", By.actor("ann"));
        desiredState.scale("web", 2, ann("a"));
        desiredState.scale("web", 3, new By("bob", idempotentRequest("b")));

        assertThat(desiredState.scale("web", 2, ann("a")).app().replicas()).isEqualTo(2);

        assertThat(tables.execute("select replicas from apps")).containsExactly("3");
    }

    @Test
    void that_found_nothing_to_do_does_not_undo_it_either() {
        desiredState.register(web(1), "raw", By.actor("ann"));
        assertThat(desiredState.scale("web", 1, ann("a")).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        desiredState.scale("web", 3, By.actor("bob"));

        desiredState.scale("web", 1, ann("a"));

        assertThat(tables.execute("select replicas from apps")).containsExactly("3");
    }

    @Test
    void to_register_an_app_is_no_conflict_with_itself() {
        var first = desiredState.register(web(1), "raw", ann("a"));

        assertThat(desiredState.register(web(1), "raw", ann("a")).app()).isEqualTo(first.app());
        assertThatThrownBy(() -> desiredState.register(web(1), "raw", ann("b")))
                .hasMessageContaining("already exists");
    }

    @Test
    void asked_of_many_at_once_is_done_by_one_and_answered_by_all() {
        var registered = desiredState.register(web(1), "raw", By.actor("ann")).app();

        var all =
                IntStream.range(0, 6)
                        .mapToObj(_ ->
                                CompletableFuture.supplyAsync(
                                        () -> desiredState.restart("web", ann("a")),
                                        Thread::startVirtualThread))
                        .toList();

        assertThat(all)
                .allSatisfy(one ->
                        assertThat(one.join().app().restart()).isEqualTo(registered.restart() + 1));
    }

    @Test
    void is_refused_under_the_key_of_another_one() {
        desiredState.register(web(1), "raw", ann("a"));

        var other = new IdempotentRequest("ann", "a", "something else", null);
        assertThatThrownBy(() -> desiredState.scale("web", 2, new By("ann", other)))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.KEY_IN_USE));

        assertThat(tables.execute("select replicas from apps")).containsExactly("1");
    }

    @Test
    void has_a_key_of_its_own_for_each_who_asks_and_each_part() {
        desiredState.register(web(1), "raw", By.actor("ann"));
        var bobs = new IdempotentRequest("bob", "a", "content", null);
        for (var idempotentRequest :
                new IdempotentRequest[] {
                    idempotentRequest("a"), bobs, idempotentRequest("a").part("web")
                }) {
            desiredState.restart("web", new By(idempotentRequest.asker(), idempotentRequest));
        }

        assertThat(tables.execute("select restart from apps")).containsExactly("3");
    }

    @Test
    void that_was_refused_may_be_tried_again() {
        assertThatThrownBy(() -> desiredState.scale("web", 2, ann("a")))
                .hasMessage("app 'web' does not exist");
        desiredState.register(web(1), "raw", By.actor("ann"));

        assertThat(desiredState.scale("web", 2, ann("a")).outcome())
                .isEqualTo(ApplyOutcome.CHANGED);
    }

    /**
     * If a controller was frozen for longer than idempotency keys are certain to be kept, it cannot
     * know whether another controller has run the request. The key of that run may be deleted
     * already.
     */
    @Test
    void is_not_done_when_it_was_asked_too_long_ago() {
        desiredState.register(web(1), "raw", By.actor("ann"));
        var late = idempotentRequest("a", Instant.now().minus(Duration.ofMinutes(6)));

        assertThatThrownBy(() -> desiredState.scale("web", 2, new By("ann", late)))
                .hasMessageContaining("too old");

        assertThat(tables.execute("select replicas from apps")).containsExactly("1");
    }

    @Test
    void is_forgotten_when_nobody_is_let_in_with_it_any_more() {
        var fencedWrites = store.fencedWrites();
        var term = store.beginTerm(1);
        desiredState.register(web(1), "raw", ann("a"));
        fencedWrites.forgetIdempotentRequests(term);
        assertThat(tables.execute("select key from idempotent_requests")).containsExactly("a");

        tables.execute("update idempotent_requests set asked = asked - interval '11 minutes'");
        fencedWrites.forgetIdempotentRequests(term);

        assertThat(tables.execute("select key from idempotent_requests")).isEmpty();
    }

    @Test
    void about_secrets_domains_nodes_and_tokens_is_done_once_as_well() throws Exception {
        var random = new SecureRandom();
        KeyFile.add(folder.resolve("keys"), random);
        var keys = new KeyFile(folder.resolve("keys"), random);
        var database = store.database();
        var secrets = new SecretTable(database, keys, () -> NOON);
        var certificates = new CertificateTable(database, store.fencedWrites(), keys, () -> NOON);
        var nodes = new NodeTable(database, () -> NOON);
        var tokens = new TokenTable(database, () -> NOON);
        var choices = new TlsChoices(true, false);
        tokens.create(
                new Token(
                        "a".repeat(12),
                        "ci",
                        Role.VIEWER,
                        Scope.EVERYTHING,
                        DomainScope.EVERYTHING,
                        "0".repeat(64),
                        "ann",
                        NOON,
                        null),
                By.actor("ann"));

        once("a", by -> secrets.set("pass", new Hidden("word"), null, keeper(by)));
        once("b", by -> secrets.limit("pass", new Scope(List.of("web")), keeper(by)));
        once("c", secrets::reseal);
        once("d", by -> secrets.delete("pass", keeper(by)));
        once("e", by -> certificates.order("a.example", choices, by));
        once("f", by -> certificates.remove("a.example", by));
        once("g", by -> nodes.drain("here", true, by));
        once("h", by -> tokens.revoke("ci", by).token());
    }

    private static Keeper keeper(By by) {
        return new Keeper(by, Role.ADMIN, Scope.EVERYTHING);
    }

    private static By ann(String key) {
        return new By("ann", idempotentRequest(key));
    }

    private void once(String key, Function<By, Object> write) {
        var first = write.apply(ann(key));
        var before = events();

        assertThat(write.apply(ann(key))).isEqualTo(first);
        assertThat(events()).isEqualTo(before);
    }

    private static AppSpec large() {
        return SpecDraft.of("web")
                .environment(new Variable.Literal("TEXT", "x".repeat(200_000)))
                .spec();
    }

    private String answerLength() {
        return tables.execute("select length(answer) from idempotent_requests").getFirst();
    }

    private String events() {
        return tables.execute("select count(*) from events").getFirst();
    }

    private static IdempotentRequest idempotentRequest(String key) {
        return idempotentRequest(key, null);
    }

    private static IdempotentRequest idempotentRequest(String key, @Nullable Instant asked) {
        return new IdempotentRequest("ann", key, "content", asked);
    }

    private static AppSpec web(int surge) {
        return spec("web", rollout(surge, 0));
    }
}
