package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests commands on folders of specs: {@code apply} applies all or none, {@code export} writes
 * them, and {@code diff} compares them.
 */
class FilesTest {
    private static final String SPEC =
            """
            apiVersion: v1
            kind: App
            metadata: {name: NAME}
            spec:
              image: shop/web:1.4
              ports: [{containerPort: 8080}]
            """;

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @TempDir Path folder;

    @BeforeEach
    void write() throws IOException {
        spec("a.yaml", "one");
        spec("b.yml", "two");
        Files.writeString(folder.resolve("README.md"), "no spec");
    }

    @AfterEach
    void close() {
        api.close();
    }

    private Path spec(String file, String name) throws IOException {
        return Files.writeString(folder.resolve(file), SPEC.replace("NAME", name));
    }

    private void takes(String app) {
        var answer = Answers.RUNNING.replace("\"web\"", "\"" + app + "\"");
        api.answers("PUT /api/v1/apps/" + app + "?dryRun=true", 200, "{\"outcome\":\"Changed\"}")
                .answers("PUT /api/v1/apps/" + app, 200, answer);
    }

    @Test
    void a_folder_is_applied_after_all_of_it_was_checked() {
        takes("one");
        takes("two");

        var said = session.run("apply", "-f", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(said.out().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        ✓ one  changed  revision 2  DIR/a.yaml
                        ✓ two  changed  revision 2  DIR/b.yml
                        """);
        assertThat(api.requests())
                .extracting(LoopbackApi.Request::path)
                .containsExactly(
                        "/api/v1/apps/one?dryRun=true",
                        "/api/v1/apps/two?dryRun=true",
                        "/api/v1/apps/one",
                        "/api/v1/apps/two");
    }

    @Test
    void every_fault_of_every_file_is_told_and_nothing_is_applied() throws IOException {
        spec("c.yaml", "one");
        var fault = "{\"pointer\":\"/spec/image\",\"line\":5,\"message\":\"must be an image\"}";
        var problem = Answers.problem(422, "Unprocessable Content", "1 fault", fault);
        api.answers("PUT /api/v1/apps/one?dryRun=true", 422, problem)
                .answers("PUT /api/v1/apps/two?dryRun=true", 422, problem);

        var said = session.run("apply", folder.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        DIR/c.yaml  one is also in DIR/a.yaml
                        DIR/a.yaml:5 /spec/image  must be an image
                        DIR/b.yml:5 /spec/image  must be an image
                        DIR/c.yaml:5 /spec/image  must be an image
                        autoserve: 4 errors in 3 specs: nothing was applied
                        """);
        assertThat(api.requests()).allMatch(it -> it.path().endsWith("?dryRun=true"));
    }

    @Test
    void a_folder_without_specs_is_none_to_apply() throws IOException {
        var empty = Files.createDirectory(folder.resolve("empty"));

        assertThat(session.run("apply", empty.toString()).exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(session.run("apply").err())
                .contains("no spec is given: name a file or a folder");
    }

    @Test
    void what_is_exported_is_word_for_word_what_was_written() throws IOException {
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[{\"name\":\"one\"},{\"name\":\"two\"}]}")
                .answers("GET /api/v1/apps/one/spec?raw=true", 200, "# mine\nname: one\n")
                .answers("GET /api/v1/apps/two/spec?raw=true", 200, "name: two\n");
        var out = folder.resolve("out");

        assertThat(session.run("export", "--all", "-o", out.toString()).exit()).isZero();
        assertThat(out.resolve("one.yaml")).hasContent("# mine\nname: one\n");
        assertThat(session.run("export", "one", "two").out())
                .isEqualTo("# mine\nname: one\n---\nname: two\n");
    }

    @Test
    void no_file_that_says_something_else_is_written_over() throws IOException {
        api.answers("GET /api/v1/apps/one/spec?raw=true", 200, "name: one\n");
        var file = Files.writeString(folder.resolve("one.yaml"), "mine\n");

        var refused = session.run("export", "one", "-o", folder.toString());
        assertThat(refused.err()).contains("one.yaml has different content: use --force");
        assertThat(file).hasContent("mine\n");

        session.run("export", "one", "-o", folder.toString(), "--force");
        assertThat(file).hasContent("name: one\n");
    }

    @Test
    void an_app_that_cannot_be_exported_does_not_keep_the_others_from_it() {
        api.answers("GET /api/v1/apps/one/spec?raw=true", 200, "name: one\n")
                .answers("GET /api/v1/apps/two/spec?raw=true", 200, "name: two\n");
        var out = folder.resolve("out");

        var written = session.run("export", "gone", "one", "two", "-o", out.toString());
        var printed = session.run("export", "gone", "one", "two");

        assertThat(written.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(written.err())
                .isEqualTo(
                        """
                        gone  Not found: there is no app 'web'
                        autoserve: 1 of 3 apps were not exported
                        """);
        assertThat(out.resolve("two.yaml")).hasContent("name: two\n");
        assertThat(printed.out()).isEqualTo("name: one\n---\nname: two\n");
    }

    @Test
    void an_export_ends_where_no_controller_answers() {
        api.close();

        var said = session.run("export", "one", "two");

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(said.err().lines()).hasSize(1);
    }

    @Test
    void every_file_that_cannot_be_read_is_named() {
        var said = session.run("apply", "no-one.yaml", folder.toString(), "no-two.yaml");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.err())
                .isEqualTo(
                        """
                        there is no file no-one.yaml
                        there is no file no-two.yaml
                        autoserve: 2 specs cannot be read
                        """);
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void what_is_no_yaml_is_one_fault_among_the_others() throws IOException {
        Files.writeString(folder.resolve("c.yaml"), "a: [");
        Files.writeString(folder.resolve("d.yaml"), "b: [");
        takes("one");
        takes("two");

        var said = session.run("apply", folder.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err())
                .contains(
                        "c.yaml:1",
                        "d.yaml:1",
                        "the spec is not valid YAML",
                        "2 errors in 4 specs");
        assertThat(api.requests()).allMatch(it -> it.path().endsWith("?dryRun=true"));
    }

    @Test
    void specs_are_validated_without_a_controller() throws IOException {
        var valid = session.run("validate", folder.toString());
        spec("c.yaml", "three");
        Files.writeString(folder.resolve("b.yml"), SPEC.replace("NAME", "two") + "  replicas: 3\n");
        var invalid = session.run("validate", folder.toString());

        assertThat(valid.exit()).isZero();
        assertThat(valid.out().replace(folder.toString(), "DIR"))
                .isEqualTo("✓ DIR/a.yaml is valid\n✓ DIR/b.yml is valid\n");
        assertThat(invalid.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(invalid.out().replace(folder.toString(), "DIR"))
                .isEqualTo("✓ DIR/a.yaml is valid\n✓ DIR/c.yaml is valid\n");
        assertThat(invalid.err().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        DIR/b.yml:7:3 /spec/replicas  unknown field 'replicas': use spec.scaling.minReplicas
                        autoserve: 1 of 3 specs have errors
                        """);
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void a_difference_is_shown_line_by_line() throws IOException {
        var file = spec("web.yaml", "web");
        api.answers(
                "GET /api/v1/apps/web/spec",
                200,
                "{\"apiVersion\":\"v1\",\"kind\":\"App\",\"metadata\":{\"name\":\"web\"},\"spec\":{\"image\":\"shop/web:1.3\"}}");

        var said = session.run("diff", file.toString(), "--exit-code");

        assertThat(said.exit()).isEqualTo(1);
        assertThat(said.out())
                .startsWith("--- web as registered\n+++ " + file + "\n@@")
                .contains("image: shop/web:1.3", "image: shop/web:1.4");
    }

    @Test
    void an_app_that_is_not_there_is_all_new() throws IOException {
        var said = session.run("diff", spec("web.yaml", "web").toString());

        assertThat(said.exit()).isZero();
        assertThat(said.out().lines().skip(3)).isNotEmpty().allMatch(line -> line.startsWith("+"));
    }

    @Test
    void each_document_of_a_file_is_a_spec() throws IOException {
        var file = folder.resolve("all.yaml");
        Files.writeString(
                file,
                "# all\n---\n%s---\n# nothing\n---\n%s---\n"
                        .formatted(SPEC.replace("NAME", "one"), SPEC.replace("NAME", "two")));
        var fault = "{\"pointer\":\"/spec/image\",\"line\":5,\"message\":\"must be an image\"}";
        takes("one");
        api.answers(
                "PUT /api/v1/apps/two?dryRun=true",
                422,
                Answers.problem(422, "Unprocessable Content", "1 fault", fault));

        var refused = session.run("apply", file.toString());

        assertThat(refused.err().replace(folder.toString(), "DIR"))
                .startsWith("DIR/all.yaml:16 /spec/image  must be an image\n");
        assertThat(api.requests())
                .extracting(LoopbackApi.Request::body)
                .containsExactly(SPEC.replace("NAME", "one"), SPEC.replace("NAME", "two"));
        assertThat(session.run("validate", file.toString()).out().replace(folder.toString(), "DIR"))
                .isEqualTo("✓ DIR/all.yaml:3 is valid\n✓ DIR/all.yaml:12 is valid\n");
        assertThat(session.run("plan", file.toString()).err())
                .contains("'plan' needs the spec of one app, but 2 specs are given");
    }

    @Test
    void one_app_twice_in_one_file_is_refused() throws IOException {
        var file = folder.resolve("all.yaml");
        Files.writeString(file, "%s---\n%s".formatted(SPEC, SPEC).replace("NAME", "one"));
        takes("one");

        assertThat(session.run("apply", file.toString()).err().replace(folder.toString(), "DIR"))
                .contains("DIR/all.yaml:8  one is also in DIR/all.yaml\n");
        assertThat(session.run("validate", file.toString()).err().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        DIR/all.yaml:8  one is also in DIR/all.yaml
                        autoserve: 1 of 2 specs have errors
                        """);
    }

    @Test
    void a_later_spec_of_an_app_is_an_overlay() throws IOException {
        var overlay = folder.resolve("production.yaml");
        Files.writeString(overlay, "metadata: {name: one}\nspec: {image: 'shop/web:1.5'}\n");
        var base = folder.resolve("a.yaml").toString();
        takes("one");

        var said = session.run("apply", "-f", base, "-f", overlay.toString());

        assertThat(said.exit()).isZero();
        assertThat(api.requests())
                .singleElement()
                .extracting(LoopbackApi.Request::body)
                .asString()
                .contains("name: one", "image: shop/web:1.5", "containerPort: 8080");
        assertThat(session.run("validate", overlay.toString()).exit())
                .isEqualTo(Exit.REFUSED.code());
        assertThat(session.run("validate", base, overlay.toString()).out())
                .isEqualTo("✓ %s + %s is valid\n".formatted(base, overlay));
    }

    @Test
    void one_app_twice_in_one_file_of_overlays_is_refused() throws IOException {
        var overlay = folder.resolve("production.yaml");
        Files.writeString(
                overlay,
                "metadata: {name: one}\nspec: {user: a}\n---\nmetadata: {name: one}\nspec: {user: b}\n");
        var base = folder.resolve("a.yaml").toString();

        var said = session.run("validate", base, overlay.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err().replace(folder.toString(), "DIR"))
                .contains(
                        "DIR/production.yaml:4  the overlay of one is also in DIR/production.yaml: keep one");
    }

    @Test
    void an_overlay_does_not_hide_errors_of_the_text() throws IOException {
        var overlay = folder.resolve("production.yaml");
        Files.writeString(
                overlay, "metadata: {name: one}\nspec: {user: 010}\nscaling: {minReplicas: 0}\n");
        var base = folder.resolve("a.yaml").toString();

        var said = session.run("apply", base, overlay.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err()).contains(overlay + ":2:").contains("010, which YAML reads as 8");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void variables_come_from_files_and_options() throws IOException {
        var file = folder.resolve("web.yaml");
        Files.writeString(file, SPEC.replace("NAME", "$APP").replace("1.4", "${TAG:-latest}"));
        var variables = Files.writeString(folder.resolve("a.env"), "APP=one\nTAG=1.5\n");
        takes("one");

        session.run("apply", file.toString(), "--env-file", variables.toString(), "--set", "TAG=2");
        var refused = session.run("validate", file.toString(), "--set", "TAG=2");

        assertThat(api.requests())
                .singleElement()
                .extracting(LoopbackApi.Request::body)
                .isEqualTo(SPEC.replace("NAME", "one").replace("1.4", "2"));
        assertThat(refused.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(refused.err().replace(folder.toString(), "DIR"))
                .isEqualTo(
                        """
                        DIR/web.yaml:3  the variable APP is not set
                        autoserve: 1 variable in DIR/web.yaml cannot be replaced: use --set NAME=VALUE or --env-file FILE, and write $$ for a dollar sign
                        """);
        assertThat(session.run("validate", file.toString()).err()).contains("was '$APP'");
    }

    @Test
    void a_variable_that_no_spec_has_is_refused() throws IOException {
        var file = folder.resolve("web.yaml");
        Files.writeString(file, SPEC.replace("NAME", "one").replace("1.4", "${TAG:-latest}"));
        var variables = Files.writeString(folder.resolve("a.env"), "OTHER=1\n");

        var misspelt = session.run("apply", file.toString(), "--set", "TGA=1.5");
        var fromFile = session.run("validate", file.toString(), "--env-file", variables.toString());

        assertThat(misspelt.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(misspelt.err()).contains("--set: no spec has the variable TGA: check the name");
        assertThat(fromFile.exit()).isZero();
        assertThat(api.requests()).isEmpty();
    }
}
