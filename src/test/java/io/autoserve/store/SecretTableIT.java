package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.Rights;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.secrets.KeyFile;
import io.autoserve.store.SecretTable.Entry;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests secrets in a real PostgreSQL, which gets only sealed values. */
class SecretTableIT {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Keeper ADMIN =
            new Keeper(By.actor("tester"), Role.ADMIN, Scope.EVERYTHING);
    @AutoClose private static final Postgres postgres = Postgres.start();

    @TempDir private Path folder;
    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final Postgres.Database tables = store.tables();
    private Path keys;
    private final StateReader stateReader = store.stateReader();
    private final DesiredState desiredState = store.desiredState();
    private SecretTable secrets;

    @BeforeEach
    void addKey() throws Exception {
        keys = folder.resolve("keys");
        KeyFile.add(keys, RANDOM);
        secrets = new SecretTable(store.database(), new KeyFile(keys, RANDOM), () -> NOON);
    }

    @Test
    void the_newest_version_is_read_and_the_database_cannot_tell_it() {
        set("db", "hunter2");
        assertThat(set("db", "hunter3").version()).isEqualTo(2);

        assertThat(read("db")).isEqualTo("hunter3");
        assertThat(secrets.read("unknown")).isEmpty();
        assertThat(tables.execute("select s::text from secrets s").toString())
                .doesNotContain("hunter");
    }

    @Test
    void every_change_is_an_event_without_the_value() {
        set("db", "hunter2");
        secrets.reseal(By.actor("tester"));
        secrets.delete("db", ADMIN);

        assertThat(events())
                .extracting(Event::type)
                .containsExactly("SecretSet", "SecretsResealed", "SecretDeleted");
        assertThat(events()).extracting(Event::actor).containsOnly("tester");
        assertThat(events().toString()).doesNotContain("hunter");
    }

    @Test
    void a_value_copied_into_another_row_does_not_open() {
        set("harmless", "for everybody");
        set("precious", "for few");
        tables.execute(
                "update secrets set sealed = (select sealed from secrets where name = 'precious') where name = 'harmless'");

        assertThatThrownBy(() -> secrets.read("harmless"))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith(
                        "secret 'harmless', version 1 for all apps cannot be decrypted");
    }

    @Test
    void an_earlier_version_cannot_be_put_back() {
        set("db", "leaked");
        var leaked = tables.execute("select sealed from secrets").getFirst();
        set("db", "fresh");
        tables.execute("update secrets set sealed = '" + leaked + "'");

        assertThatThrownBy(() -> secrets.read("db")).isInstanceOf(Refusal.class);
    }

    @Test
    void a_row_that_was_moved_to_other_apps_does_not_open() {
        secrets.set("db", new Hidden("hunter2"), new Scope(List.of("shop", "blog")), ADMIN);
        for (var apps : List.of("{*}", "{shop}", "{blog,shop}", "{\"shop, blog\"}")) {
            tables.execute("update secrets set apps = '" + apps + "'");

            assertThatThrownBy(() -> secrets.read("db"))
                    .as(apps)
                    .isInstanceOf(RuntimeException.class);
            assertThatThrownBy(() -> secrets.limit("db", Scope.EVERYTHING, ADMIN))
                    .as(apps)
                    .isInstanceOf(RuntimeException.class);
        }
        tables.execute("update secrets set apps = '{shop,blog}'");
        assertThat(read("db")).isEqualTo("hunter2");
    }

    @Test
    void other_apps_and_a_new_key_keep_the_value() throws Exception {
        set("db", "hunter2");
        secrets.limit("db", new Scope(List.of("shop-*")), ADMIN);
        assertThat(read("db")).isEqualTo("hunter2");

        KeyFile.add(keys, RANDOM);
        secrets.reseal(By.actor("tester"));
        assertThat(read("db")).isEqualTo("hunter2");
    }

    @Test
    void tells_which_apps_use_it_also_those_that_may_be_taken_back_to_it() {
        set("old", "1");
        set("new", "2");
        desiredState.register(shop("old"), "name: shop", By.actor("tester"));
        desiredState.apply(shop("new"), "name: shop", By.actor("tester"));

        assertThat(secrets.all())
                .extracting(Entry::name, entry -> String.join(",", entry.apps()))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("new", "shop"),
                        org.assertj.core.groups.Tuple.tuple("old", "shop"));
    }

    @Test
    void what_is_in_use_is_not_deleted() {
        set("db", "hunter2");
        desiredState.register(shop("db"), "name: shop", By.actor("tester"));

        assertThatThrownBy(() -> secrets.delete("db", ADMIN))
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "secret 'db' is in use by shop: apply specs that do not name it, and retry after their rollouts");

        desiredState.delete("shop", By.actor("tester"));
        assertThat(secrets.delete("db", ADMIN).name()).isEqualTo("db");
        assertThatThrownBy(() -> secrets.delete("db", ADMIN))
                .hasMessage("secret 'db' does not exist");
    }

    @Test
    void a_spec_that_names_what_is_not_there_is_refused_with_its_place() {
        set("db", "hunter2");

        assertThatThrownBy(() ->
                        desiredState.register(shop("db", "mail"), "name: shop", By.actor("tester")))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults())
                                        .containsExactly(
                                                new Refusal.Fault(
                                                        "/spec/environment/1/key",
                                                        "secret 'mail' does not exist: 'autoserve secret set mail' creates it")));
        desiredState.register(shop("db"), "name: shop", By.actor("tester"));
        assertThatThrownBy(() -> desiredState.apply(shop("mail"), "name: shop", By.actor("tester")))
                .isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> secrets.require(shop("mail"), Scope.EVERYTHING))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void after_a_rotation_the_old_key_is_needed_no_more() throws Exception {
        set("db", "hunter2");
        set("mail", "hunter3");
        KeyFile.add(keys, RANDOM);
        set("mail", "hunter4");

        assertThat(secrets.reseal(By.actor("tester")).resealed()).isEqualTo(1);

        forgetTheOldKey();
        assertThat(read("db")).isEqualTo("hunter2");
        assertThat(read("mail")).isEqualTo("hunter4");
    }

    @Test
    void a_rotation_that_cannot_open_one_changes_none() throws Exception {
        set("broken", "1");
        set("whole", "2");
        tables.execute("update secrets set sealed = 'AAAA' where name = 'broken'");
        KeyFile.add(keys, RANDOM);
        var before = tables.execute("select key_id || sealed from secrets order by name");

        assertThatThrownBy(() -> secrets.reseal(By.actor("tester")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("'broken'");

        assertThat(tables.execute("select key_id || sealed from secrets order by name"))
                .isEqualTo(before);
    }

    @Test
    void without_its_key_a_secret_says_which_one_is_missing() throws Exception {
        var id = set("db", "hunter2").keyId();
        KeyFile.add(keys, RANDOM);
        forgetTheOldKey();

        assertThatThrownBy(() -> secrets.read("db"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("sealed by key " + id);
    }

    private void forgetTheOldKey() throws Exception {
        var lines = Files.readAllLines(keys);
        Files.writeString(keys, lines.getLast());
    }

    @Test
    void a_spec_may_name_only_secrets_that_are_for_its_app() {
        secrets.set("mail", new Hidden("1"), new Scope(List.of("blog", "news-*")), ADMIN);

        assertThatThrownBy(
                        () -> desiredState.register(shop("mail"), "name: shop", By.actor("tester")))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults().getFirst().message())
                                        .startsWith(
                                                "secret 'mail' is not available to the app 'shop'"));

        secrets.set("mail", new Hidden("2"), new Scope(List.of("sh*")), ADMIN);
        desiredState.register(shop("mail"), "name: shop", By.actor("tester"));
    }

    @Test
    void a_secret_is_not_taken_from_an_app_that_uses_it() {
        set("db", "1");
        desiredState.register(shop("db"), "name: shop", By.actor("tester"));

        assertThatThrownBy(
                        () -> secrets.set("db", new Hidden("2"), new Scope(List.of("blog")), ADMIN))
                .hasMessage("secret 'db' is in use by shop: it cannot be limited to blog");

        assertThatThrownBy(() -> secrets.limit("db", new Scope(List.of("blog")), ADMIN))
                .hasMessage("secret 'db' is in use by shop: it cannot be limited to blog");

        assertThat(read("db")).isEqualTo("1");
        assertThat(set("db", "2").scope()).isEqualTo(Scope.EVERYTHING);
    }

    @Test
    void its_apps_change_and_its_value_stays() {
        set("db", "1");

        var limited = secrets.limit("db", new Scope(List.of("blog", "shop-*")), ADMIN);

        assertThat(limited.scope().patterns()).containsExactly("blog", "shop-*");
        assertThat(limited.version()).isEqualTo(1);
        assertThat(read("db")).isEqualTo("1");
        assertThat(events().getLast().type()).isEqualTo("SecretLimited");
        assertThat(events().getLast().reason())
                .isEqualTo("secret 'db' may be used by blog, shop-*");
        assertThatThrownBy(
                        () -> desiredState.register(shop("db"), "name: shop", By.actor("tester")))
                .isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> secrets.limit("mail", Scope.EVERYTHING, ADMIN))
                .hasMessage("secret 'mail' does not exist");
    }

    @Test
    void a_deployer_keeps_what_is_for_apps_of_theirs_alone() {
        set("of-all", "1");
        secrets.set("of-blog", new Hidden("1"), new Scope(List.of("blog")), ADMIN);
        var deployer = new Keeper(By.actor("ci"), Role.DEPLOYER, new Scope(List.of("shop*")));

        var own = secrets.set("db", new Hidden("1"), null, deployer);
        assertThat(own.scope()).isEqualTo(deployer.apps());
        desiredState.register(shop("db", "of-all"), "name: shop", By.actor("ci"));

        for (var other : List.of("of-all", "of-blog")) {
            assertThatThrownBy(() -> secrets.set(other, new Hidden("2"), null, deployer))
                    .isInstanceOfSatisfying(
                            Refusal.class,
                            it -> assertThat(it.kind()).isEqualTo(Refusal.Kind.FORBIDDEN));
            assertThat(read(other)).isEqualTo("1");
        }
        assertThatThrownBy(() -> secrets.limit("of-all", deployer.apps(), deployer))
                .hasMessageContaining("shop*");
        assertThatThrownBy(() -> secrets.delete("of-all", deployer)).hasMessageContaining("shop*");
    }

    @Test
    void a_secret_that_a_deployer_may_not_see_seems_not_to_exist() {
        secrets.set("of-blog", new Hidden("1"), new Scope(List.of("blog")), ADMIN);
        var shops = new Scope(List.of("shop*"));
        var deployer = new Keeper(By.actor("ci"), Role.DEPLOYER, shops);
        var author =
                new By("ci", null, new Rights(shops, DomainScope.EVERYTHING, Quota.NONE), null);

        for (var name : List.of("of-blog", "absent")) {
            var missing = "secret '%s' does not exist".formatted(name);
            assertThatThrownBy(() -> secrets.limit(name, shops, deployer)).hasMessage(missing);
            assertThatThrownBy(() -> secrets.delete(name, deployer)).hasMessage(missing);
            assertThatThrownBy(() -> desiredState.register(shop(name), "name: shop", author))
                    .hasMessage("%1$s: 'autoserve secret set %2$s' creates it", missing, name);
            assertThatThrownBy(() -> secrets.require(shop(name), shops))
                    .hasMessage("%1$s: 'autoserve secret set %2$s' creates it", missing, name);
        }
        assertThat(read("of-blog")).isEqualTo("1");
    }

    private Entry set(String name, String value) {
        return secrets.set(name, new Hidden(value), null, ADMIN);
    }

    private String read(String name) {
        return secrets.read(name).orElseThrow().reveal();
    }

    private List<Event> events() {
        return stateReader.events(
                new EventQuery(null, Scope.EVERYTHING, null, null, null, null, 100));
    }

    private static AppSpec shop(String... secrets) {
        return SpecDraft.of("shop").secrets(secrets).spec();
    }
}
