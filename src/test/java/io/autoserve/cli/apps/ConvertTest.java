package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code import} and {@code init}, which convert files of other tools to specs. */
class ConvertTest {
    @TempDir private Path folder;

    @Test
    void import_prints_the_specs_and_lists_what_is_not_carried_over_on_standard_error()
            throws IOException {
        var file =
                file(
                        "compose.yaml",
                        "services:\n  web: {image: web:1, expose: [$PORT], links: [a]}\n");
        file(".env", "PORT=8080\n");

        var said = new Session().run("import", file);

        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .isEqualTo(
                        """
                        apiVersion: v1
                        kind: App
                        metadata:
                          name: web
                        spec:
                          image: web:1
                          ports:
                            - containerPort: 8080
                        """);
        assertThat(said.err())
                .isEqualTo(
                        file
                                + ":2 services.web.links  all apps share one network: it is left out\n");
    }

    @Test
    void variables_of_the_environment_win_and_a_file_can_be_named() throws IOException {
        var file = file("compose.yaml", "services: {web: {image: 'web:$TAG', expose: [$PORT]}}\n");
        var other = file("other.env", "PORT=9090\nTAG=1\n");

        var said = new Session().with("TAG", "2").run("import", file, "--env-file", other);

        assertThat(said.out()).contains("image: web:2", "containerPort: 9090");
    }

    @Test
    void folders_of_the_machine_are_named_from_the_root() throws IOException {
        var file =
                file(
                        "compose.yaml",
                        "services:\n  web: {image: web, expose: [80], volumes: ['~/a:/a', ./b:/b]}\n");

        var said = new Session().with("HOME", "/home/ann").run("import", file, "--host-paths");

        assertThat(said.out()).contains("name: /home/ann/a\n", "name: " + folder + "/b\n");
    }

    @Test
    void import_writes_a_file_for_each_service_and_names_errors_to_correct() throws IOException {
        var file = file("compose.yaml", "services: {web: {image: 'Web', expose: [80]}}\n");
        var out = folder.resolve("apps");

        var said = new Session().run("import", file, "-o", out.toString());

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(out.resolve("web.yaml")).content().contains("image: Web");
        assertThat(said.err())
                .contains(
                        "web.yaml:6", "1 error must be corrected before the specs can be applied");
    }

    @Test
    void a_file_that_is_no_compose_file_is_refused() throws IOException {
        var said = new Session().run("import", file("compose.yaml", "kind: App\n"));

        assertThat(said.exit()).isEqualTo(Exit.REFUSED.code());
        assertThat(said.err()).contains("the file has no services: it must be a Compose file");
    }

    @Test
    void init_writes_a_spec_and_says_how_to_continue() throws IOException {
        var file = file("Dockerfile", "FROM scratch\nEXPOSE 7000\nHEALTHCHECK CMD /check\n");

        var said =
                new Session()
                        .run("init", folder.toString(), "--name", "web", "-o", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(folder.resolve("web.yaml"))
                .content()
                .contains("image: localhost/web:latest", "containerPort: 7000");
        assertThat(said.out())
                .isEqualTo(
                        "✓ %s/web.yaml%nRun 'docker build -t localhost/web:latest %s', then 'autoserve apply web.yaml --wait'.%n"
                                .formatted(folder, Path.of(file).getParent()));
        assertThat(
                        new Session()
                                .run(
                                        "init",
                                        file,
                                        "--name",
                                        "web",
                                        "--image",
                                        "a/b:1",
                                        "-o",
                                        folder.toString())
                                .err())
                .contains("has different content: use --force to overwrite it");
    }

    @Test
    void init_names_a_dockerfile_that_docker_does_not_find_by_itself() throws IOException {
        var file = file("Containerfile", "FROM scratch\nEXPOSE 7000\n");

        var said =
                new Session()
                        .run("init", folder.toString(), "--name", "web", "-o", folder.toString());

        assertThat(said.out())
                .contains(
                        "Run 'docker build -t localhost/web:latest -f %s %s', then"
                                .formatted(file, folder));
    }

    @Test
    void init_converts_a_compose_file_if_there_is_no_dockerfile() throws IOException {
        file("docker-compose.yml", "services: {one: {image: one, expose: [80]}}\n");

        var said = new Session().run("init", folder.toString(), "-o", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(folder.resolve("one.yaml")).exists();
        assertThat(new Session().run("init", folder.resolve("none").toString()).exit())
                .isEqualTo(Exit.NOT_FOUND.code());
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }
}
