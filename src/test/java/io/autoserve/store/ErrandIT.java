package io.autoserve.store;

import static io.autoserve.testing.Await.await;
import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Errand;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Token;
import io.autoserve.secrets.KeyFile;
import io.autoserve.store.Wishes.Granted;
import io.autoserve.store.Wishes.Outcome;
import io.autoserve.testing.Postgres;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Repeats requests under their idempotency key, on a real PostgreSQL. */
class ErrandIT {
    @AutoClose private static final Postgres postgres = Postgres.start();

    @TempDir private Path folder;
    private final Vertx vertx = Vertx.vertx();
    private Postgres.Database tables;
    private Database database;
    private Wishes wishes;

    @BeforeEach
    void connect() {
        tables = postgres.create();
        var databases = tables.connect(vertx);
        database = new Database(databases.pool(8));
        wishes = new Wishes(database, () -> NOON);
    }

    @AfterEach
    void disconnect() {
        await(vertx.close());
    }

    static Stream<Named<Function<Wishes, Granted>>> writes() {
        return Stream.of(
                Named.of("apply", it -> it.apply(web(3), "raw", "ann")),
                Named.of("scale", it -> it.scale("web", 3, "ann")),
                Named.of("start", it -> it.start("web", "ann")),
                Named.of("stop", it -> it.stop("web", "ann")),
                Named.of("restart", it -> it.restart("web", "ann")),
                Named.of("delete", it -> it.delete("web", "ann")));
    }

    @ParameterizedTest
    @MethodSource("writes")
    void is_done_once_and_answered_alike_though_the_app_is_gone_meanwhile(
            Function<Wishes, Granted> write) {
        wishes.register(web(1), "raw", "ann");
        var first = write.apply(wishes.on(errand("a")));
        var others = wishes.delete("web", "bob");
        new Claims(database, "c", () -> NOON).delete(lead(), others.app());
        var before = events();

        var again = write.apply(wishes.on(errand("a")));

        assertThat(again.app()).isEqualTo(first.app());
        assertThat(again.outcome()).isEqualTo(first.outcome());
        assertThat(again.seq()).isGreaterThanOrEqualTo(first.seq());
        assertThat(events()).isEqualTo(before);
    }

    @Test
    void does_not_undo_what_somebody_else_wished_since() {
        wishes.register(web(1), "raw", "ann");
        wishes.on(errand("a")).scale("web", 2, "ann");
        wishes.on(errand("b")).scale("web", 3, "bob");

        assertThat(wishes.on(errand("a")).scale("web", 2, "ann").app().replicas()).isEqualTo(2);

        assertThat(tables.execute("select replicas from apps")).containsExactly("3");
    }

    @Test
    void that_found_nothing_to_do_does_not_undo_it_either() {
        wishes.register(web(1), "raw", "ann");
        assertThat(wishes.on(errand("a")).scale("web", 1, "ann").outcome())
                .isEqualTo(Outcome.UNCHANGED);
        wishes.scale("web", 3, "bob");

        wishes.on(errand("a")).scale("web", 1, "ann");

        assertThat(tables.execute("select replicas from apps")).containsExactly("3");
    }

    @Test
    void to_register_an_app_is_no_conflict_with_itself() {
        var first = wishes.on(errand("a")).register(web(1), "raw", "ann");

        assertThat(wishes.on(errand("a")).register(web(1), "raw", "ann").app())
                .isEqualTo(first.app());
        assertThatThrownBy(() -> wishes.on(errand("b")).register(web(1), "raw", "ann"))
                .hasMessageContaining("exists already");
    }

    @Test
    void asked_of_many_at_once_is_done_by_one_and_answered_by_all() {
        var registered = wishes.register(web(1), "raw", "ann").app();

        var all =
                IntStream.range(0, 6)
                        .mapToObj(_ ->
                                CompletableFuture.supplyAsync(
                                        () -> wishes.on(errand("a")).restart("web", "ann"),
                                        Thread::startVirtualThread))
                        .toList();

        assertThat(all)
                .allSatisfy(one ->
                        assertThat(one.join().app().restart()).isEqualTo(registered.restart() + 1));
    }

    @Test
    void is_refused_under_the_key_of_another_one() {
        wishes.on(errand("a")).register(web(1), "raw", "ann");

        var other = new Errand("ann", "a", "something else", null);
        assertThatThrownBy(() -> wishes.on(other).scale("web", 2, "ann"))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> assertThat(refusal.kind()).isEqualTo(Refusal.Kind.KEY_IN_USE));

        assertThat(tables.execute("select replicas from apps")).containsExactly("1");
    }

    @Test
    void has_a_key_of_its_own_for_each_who_asks_and_each_part() {
        wishes.register(web(1), "raw", "ann");
        var bobs = new Errand("bob", "a", "content", null);
        for (var errand : new Errand[] {errand("a"), bobs, errand("a").part("web")}) {
            wishes.on(errand).restart("web", errand.asker());
        }

        assertThat(tables.execute("select restart from apps")).containsExactly("3");
    }

    @Test
    void that_was_refused_may_be_tried_again() {
        assertThatThrownBy(() -> wishes.on(errand("a")).scale("web", 2, "ann"))
                .hasMessage("no app is called 'web'");
        wishes.register(web(1), "raw", "ann");

        assertThat(wishes.on(errand("a")).scale("web", 2, "ann").outcome())
                .isEqualTo(Outcome.CHANGED);
    }

    /**
     * A controller that was frozen for so long cannot know whether the request has run, since its
     * key may be forgotten.
     */
    @Test
    void is_not_done_when_it_was_asked_too_long_ago() {
        wishes.register(web(1), "raw", "ann");
        var late = errand("a", Instant.now().minus(Duration.ofMinutes(6)));

        assertThatThrownBy(() -> wishes.on(late).scale("web", 2, "ann"))
                .hasMessageContaining("too long ago");

        assertThat(tables.execute("select replicas from apps")).containsExactly("1");
    }

    @Test
    void is_forgotten_when_nobody_is_let_in_with_it_any_more() {
        var claims = new Claims(database, "c", () -> NOON);
        var term = lead();
        wishes.on(errand("a")).register(web(1), "raw", "ann");
        claims.forgetErrands(term);
        assertThat(tables.execute("select key from errands")).containsExactly("a");

        tables.execute("update errands set asked = asked - interval '11 minutes'");
        claims.forgetErrands(term);

        assertThat(tables.execute("select key from errands")).isEmpty();
    }

    @Test
    void about_secrets_domains_nodes_and_tokens_is_done_once_as_well() throws Exception {
        var random = new SecureRandom();
        KeyFile.add(folder.resolve("keys"), random);
        var keys = new KeyFile(folder.resolve("keys"), random);
        var secrets = new SecretTable(database, keys, () -> NOON);
        var claims = new Claims(database, "c", () -> NOON);
        var certificates = new CertificateTable(database, claims, keys, () -> NOON);
        var nodes = new NodeTable(database, () -> NOON);
        var tokens = new TokenTable(database, () -> NOON);
        var ann = new Keeper("ann", Role.ADMIN, Scope.EVERYTHING);
        var choices = new CertificateTable.Choices(true, false);
        tokens.create(
                new Token(
                        "a".repeat(12),
                        "ci",
                        Role.VIEWER,
                        Scope.EVERYTHING,
                        "0".repeat(64),
                        "ann",
                        NOON,
                        null),
                "ann");

        once("a", it -> secrets.on(it).set("pass", new Hidden("word"), null, ann));
        once("b", it -> secrets.on(it).limit("pass", new Scope(List.of("web")), ann));
        once("c", it -> secrets.on(it).reseal("ann"));
        once("d", it -> secrets.on(it).delete("pass", ann));
        once("e", it -> certificates.on(it).order("a.example", choices, "ann"));
        once("f", it -> certificates.on(it).remove("a.example", "ann"));
        once("g", it -> nodes.on(it).drain("here", true, "ann"));
        once("h", it -> tokens.on(it).revoke("ci", "ann").token());
    }

    private void once(String key, Function<Errand, Object> write) {
        var first = write.apply(errand(key));
        var before = events();

        assertThat(write.apply(errand(key))).isEqualTo(first);
        assertThat(events()).isEqualTo(before);
    }

    private Term lead() {
        var term = new Term(1, UUID.randomUUID());
        tables.execute("update leader set epoch = 1, id = '%s'".formatted(term.id()));
        return term;
    }

    private String events() {
        return tables.execute("select count(*) from events").getFirst();
    }

    private static Errand errand(String key) {
        return errand(key, null);
    }

    private static Errand errand(String key, @Nullable Instant asked) {
        return new Errand("ann", key, "content", asked);
    }

    private static AppSpec web(int surge) {
        return spec("web", rollout(surge, 0));
    }
}
