package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import io.autoserve.secrets.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the ways to pass secrets to the command line. */
class SecretsTest {
    private static final String USERS = "[\"shop\",\"web\"]";

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());
    @TempDir private Path folder;

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void a_value_comes_in_without_the_line_end_that_echo_makes() {
        api.answers("PUT /api/v1/secrets/db", 201, secret("[]", "[]"));

        var said = session.typing("hunter2\n").run("secret", "set", "db");

        assertThat(said.out()).isEqualTo("db is now at version 2\n");
        assertThat(api.requests().getFirst().body()).isEqualTo("hunter2");
        assertThat(api.requests().getFirst().contentType()).isEqualTo("text/plain");
    }

    @Test
    void a_file_is_taken_to_the_letter() throws IOException {
        api.answers("PUT /api/v1/secrets/db", 201, secret("[]", "[]"));
        var file = Files.writeString(folder.resolve("key.pem"), "a\nb\n");

        session.run("secret", "set", "db", "--from-file", file.toString());

        assertThat(api.requests().getFirst().body()).isEqualTo("a\nb\n");
    }

    @Test
    void says_who_is_restarted_and_who_still_has_the_old_value() {
        api.answers("PUT /api/v1/secrets/db", 200, secret(USERS, "[]"));
        api.answers("PUT /api/v1/secrets/db?restart=true", 200, secret(USERS, "[\"shop\"]"));

        assertThat(session.typing("x").run("secret", "set", "db").out())
                .isEqualTo(
                        "db is now at version 2; run 'autoserve restart' to pass the new value to shop, web\n");
        assertThat(session.typing("x").run("secret", "set", "db", "--restart").out())
                .isEqualTo(
                        "db is now at version 2; restarting shop; run 'autoserve restart' to pass the new value to web\n");
    }

    @Test
    void a_secret_is_limited_to_some_apps() {
        api.answers("PUT /api/v1/secrets/db?apps=shop-*%2Cblog", 201, secret("[]", "[]"));

        var said =
                session.typing("x")
                        .run("secret", "set", "db", "--apps", "shop-*", "--apps", "blog");

        assertThat(said.out()).isEqualTo("db is now at version 2\n");
    }

    @Test
    void its_apps_change_without_its_value() {
        api.answers("PUT /api/v1/secrets/db/apps", 200, secret("[]", "[]"));

        var some = session.run("secret", "limit", "db", "--apps", "shop-*", "--apps", "blog");
        var all = session.run("secret", "limit", "db", "--all");
        var neither = session.run("secret", "limit", "db");

        assertThat(some.exit()).isZero();
        assertThat(all.out()).isEqualTo("db can be used by all apps\n");
        assertThat(api.requests())
                .extracting(LoopbackApi.Request::body)
                .containsExactly("{\"allowed\":[\"shop-*\",\"blog\"]}", "{\"allowed\":[\"*\"]}");
        assertThat(neither.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(neither.err()).contains("--apps", "--all");
    }

    @Test
    void the_list_lines_up() {
        api.answers("GET /api/v1/secrets", 200, "{\"secrets\":[" + secret(USERS, "[]") + "]}");

        assertThat(session.run("secret", "list").out())
                .isEqualTo(
                        """
                        NAME  VERSION  BY   AGE  KEY       FOR     USED BY
                        db    2        ann  2h   9f86d081  *, web  shop, web
                        """);
    }

    @Test
    void a_fresh_key_is_added_before_all_is_sealed_anew() throws IOException {
        api.answers(
                "POST /api/v1/secret-keys/reseal", 200, "{\"keyId\":\"9f86d081\",\"resealed\":3}");
        var file = Files.writeString(folder.resolve("keys"), "first\n");

        var said = session.run("secret", "rotate-key", "--add-to", file.toString());

        assertThat(said.out())
                .isEqualTo("all values are sealed with key 9f86d081; 3 were sealed again\n");
        assertThat(Files.readAllLines(file)).startsWith("first").hasSize(3);
    }

    @Test
    void a_fresh_key_is_used_once_the_controllers_have_it() throws IOException {
        var file = folder.resolve("keys");
        KeyFile.add(file, new SecureRandom());
        var before = new KeyFile(file, new SecureRandom()).get().newest();
        api.answers(
                        "POST /api/v1/secret-keys/reseal",
                        200,
                        "{\"keyId\":\"%s\",\"resealed\":0}".formatted(before))
                .answers(
                        "POST /api/v1/secret-keys/reseal",
                        200,
                        "{\"keyId\":\"9f86d081\",\"resealed\":3}");

        var said = session.run("secret", "rotate-key", "--add-to", file.toString());

        assertThat(said.out())
                .isEqualTo("all values are sealed with key 9f86d081; 3 were sealed again\n");
    }

    private static String secret(String apps, String restarted) {
        return """
        {"name":"db","version":2,"keyId":"9f86d081","actor":"ann","changedAt":"2026-01-31T09:59:00Z",
         "allowed":["*","web"],"apps":%s,"restarted":%s}\
        """
                .formatted(apps, restarted);
    }
}
