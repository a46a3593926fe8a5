package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.access.TokenText;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class TokenTableIT {
    private static final Executor THREADS = Thread::startVirtualThread;
    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final StateReader stateReader = store.stateReader();
    private final TokenTable tokens = new TokenTable(store.database(), () -> NOON);

    private static Token token(String id, String name) {
        return new Token(
                id + "0".repeat(12 - id.length()),
                name,
                Role.DEPLOYER,
                new Scope(List.of("shop-*", "blog")),
                new DomainScope(List.of("*.example.com")),
                hash(id),
                "ann",
                NOON,
                NOON.plusSeconds(60),
                new Quota(7, 2L << 30, null));
    }

    private static String hash(String text) {
        return "%064x".formatted(text.hashCode() & 0xffffffffL);
    }

    private List<Event> events() {
        return stateReader.events(EventQuery.behind(0, 100));
    }

    @Test
    void keeps_a_token_and_tells_it_as_an_event() {
        var token = token("a", "ci");

        var seq = tokens.create(token, By.actor("ann"));

        assertThat(stateReader.clusterState().tokens()).containsExactly(token);
        var event = events().getLast();
        assertThat(event.seq()).isEqualTo(seq);
        assertThat(event.actor()).isEqualTo("ann");
        assertThat(event.type()).isEqualTo("TokenCreated");
        assertThat(event.change()).isEqualTo(new Change.PutToken(token));
        assertThat(event.reason())
                .contains("deployer for shop-*, blog, for the domains *.example.com");
    }

    @Test
    void keeps_a_token_of_each_role() {
        for (var role : Role.values()) {
            var text = TokenText.mint(new Random(role.name().hashCode()));
            var token =
                    new Token(
                            text.id(),
                            role.word(),
                            role,
                            Scope.EVERYTHING,
                            DomainScope.EVERYTHING,
                            text.hash(),
                            "ann",
                            NOON,
                            null);
            tokens.create(token, By.actor("ann"));

            assertThat(stateReader.clusterState().tokens()).contains(token);
        }
    }

    @Test
    void a_name_is_taken_while_its_token_is_valid() {
        tokens.create(token("a", "ci"), By.actor("ann"));

        assertThatThrownBy(() -> tokens.create(token("b", "ci"), By.actor("ann")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("token 'ci' already exists");
        tokens.revoke("ci", By.actor("bob"));
        tokens.create(token("b", "ci"), By.actor("ann"));

        assertThat(stateReader.clusterState().tokens()).containsExactly(token("b", "ci"));
    }

    @Test
    void revokes_by_name_or_by_id_once_and_says_who() {
        tokens.create(token("a", "ci"), By.actor("ann"));
        tokens.create(token("b", "cd"), By.actor("ann"));

        tokens.revoke("ci", By.actor("bob"));
        tokens.revoke(token("b", "cd").id(), By.actor("bob"));
        assertThatThrownBy(() -> tokens.revoke("ci", By.actor("bob")))
                .hasMessage("token 'ci' does not exist");

        assertThat(stateReader.clusterState().tokens()).isEmpty();
        assertThat(events().getLast().actor()).isEqualTo("bob");
        assertThat(events().getLast().change())
                .isEqualTo(new Change.DropToken(token("b", "cd").id()));
    }

    @Test
    void a_deleted_app_leaves_no_hook_to_a_later_app_of_its_name() {
        var desiredState = store.desiredState();
        var web = desiredState.apply(SpecDraft.of("web").spec(), "raw", By.actor("ann")).app();
        tokens.create(hook("a", "web"), By.actor("ann"));
        tokens.create(hook("b", "blog"), By.actor("ann"));

        desiredState.delete("web", By.actor("ann"));
        store.fencedWrites().delete(store.beginTerm(1), web);

        assertThat(stateReader.clusterState().tokens()).containsExactly(hook("b", "blog"));
    }

    private static Token hook(String id, String app) {
        return new Token(
                id.repeat(12),
                "hook-" + app,
                Role.HOOK,
                new Scope(List.of(app)),
                DomainScope.EVERYTHING,
                hash(id),
                "ann",
                NOON,
                null);
    }

    @Test
    void three_controllers_appoint_one_admin() {
        var controllers =
                IntStream.range(0, 3)
                        .mapToObj(_ ->
                                CompletableFuture.runAsync(
                                        () -> tokens.appoint("a".repeat(12), hash("a"), "machine"),
                                        THREADS))
                        .toList();
        controllers.forEach(CompletableFuture::join);

        assertThat(stateReader.clusterState().tokens())
                .singleElement()
                .satisfies(admin -> {
                    assertThat(admin.role()).isEqualTo(Role.ADMIN);
                    assertThat(admin.name()).isEqualTo("admin");
                });
        assertThat(events()).hasSize(1);
    }

    @Test
    void another_admin_takes_the_place_of_the_one_before_who_never_returns() {
        tokens.appoint("a".repeat(12), hash("a"), "machine");
        tokens.appoint("b".repeat(12), hash("b"), "machine");
        tokens.appoint("a".repeat(12), hash("a"), "machine");

        assertThat(stateReader.clusterState().tokens())
                .extracting(Token::id)
                .containsExactly("b".repeat(12));

        tokens.revoke("admin", By.actor("ann"));
        tokens.appoint("b".repeat(12), hash("b"), "machine");
        assertThat(stateReader.clusterState().tokens()).isEmpty();
    }

    @Test
    void tells_only_events_of_the_apps_and_the_actor_that_are_asked_for() {
        tokens.create(token("a", "ci"), By.actor("ann"));
        tokens.create(token("b", "cd"), By.actor("bob"));

        assertThat(events("ann", Scope.EVERYTHING)).hasSize(1);
        assertThat(events(null, new Scope(List.of("*-web")))).isEmpty();
        assertThat(events(null, Scope.EVERYTHING)).hasSize(2);
    }

    private List<Event> events(@Nullable String actor, Scope apps) {
        return stateReader.events(new EventQuery(null, apps, null, actor, null, null, 10));
    }
}
