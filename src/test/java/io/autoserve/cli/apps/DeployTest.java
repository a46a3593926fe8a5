package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests {@code deploy} with a program that takes the place of Docker. */
class DeployTest {
    private static final String SPEC =
            """
            # mine
            apiVersion: v1
            kind: App
            metadata: {name: web}
            spec: {image: shop/web:1.3, ports: [{containerPort: 8080}]}
            """;
    private static final String APP = "/api/v1/apps/web";

    @TempDir private Path folder;
    @AutoClose private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @BeforeEach
    void install() throws IOException {
        docker(0);
        Files.writeString(folder.resolve("Dockerfile"), "FROM scratch\nEXPOSE 7000\n");
    }

    @Test
    void an_image_takes_the_place_of_the_earlier_one_and_the_rest_of_the_spec_stays() {
        appIsThere();

        var said = session.run("deploy", "--app", "web", "--image", "shop/web:1.4");

        assertThat(said.exit()).isZero();
        assertThat(said.out())
                .isEqualTo(
                        """
                        web changed, revision 2 with the image shop/web:1.4
                        Roll back with 'autoserve rollback web'.
                        """);
        assertThat(api.requests().getLast().path()).isEqualTo(APP + "?from=2");
        assertThat(api.requests().getLast().body())
                .isEqualTo(SPEC.replace("shop/web:1.3", "\"shop/web:1.4\""));
    }

    @Test
    void a_folder_is_built_under_a_new_name_and_then_deployed() {
        appIsThere();

        var said = session.run("deploy", "--app", "web", "--build", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(said.err()).contains("build --tag localhost/web:20260131-120000 " + folder);
        assertThat(api.requests().getLast().body())
                .contains("image: \"localhost/web:20260131-120000\"", "# mine");
    }

    @Test
    void a_pushed_image_is_deployed_by_its_digest() throws IOException {
        var digest = "sha256:" + "1a".repeat(32);
        docker(
                """
                case $1 in
                    image) echo '["other.example.com/web@sha256:0", "registry.example.com:5000/shop/web@%s"]' ;;
                    *) echo "$@" ;;
                esac
                """
                        .formatted(digest));
        appIsThere();
        var image = "registry.example.com:5000/shop/web:20260131-120000";

        var said =
                session.run(
                        "deploy",
                        "--app",
                        "web",
                        "--build",
                        folder.toString(),
                        "--push",
                        "registry.example.com:5000/shop/web");

        assertThat(said.exit()).isZero();
        assertThat(said.err()).contains("build --tag " + image, "push " + image);
        assertThat(api.requests().getLast().body())
                .contains("image: \"%s@%s\"".formatted(image, digest));
    }

    @Test
    void a_failed_push_deploys_nothing() throws IOException {
        docker("[ \"$1\" = build ]");
        appIsThere();

        var said =
                session.run(
                        "deploy",
                        "--app",
                        "web",
                        "--build",
                        folder.toString(),
                        "--push",
                        "shop/web");

        assertThat(said.err())
                .contains("the push of shop/web:20260131-120000 failed with the exit code 1");
        assertThat(api.requests()).noneMatch(request -> request.method().equals("PUT"));
    }

    @Test
    void an_app_that_is_new_gets_its_spec_from_the_dockerfile() {
        api.answers("GET " + APP, 404, Answers.problem(404, "Not Found", "no app", ""))
                .answers("PUT " + APP, 201, Answers.RUNNING);

        var said = session.run("deploy", "--app", "web", "--build", folder.toString());

        assertThat(said.exit()).isZero();
        assertThat(api.requests().getLast().body())
                .contains("name: web", "localhost/web:20260131-120000", "containerPort: 7000");
    }

    @Test
    void a_failed_build_deploys_nothing() throws IOException {
        docker(3);
        appIsThere();

        var said = session.run("deploy", "--app", "web", "--build", folder.toString());

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err()).contains("failed with the exit code 3: nothing was deployed");
        assertThat(api.requests()).noneMatch(request -> request.method().equals("PUT"));
    }

    @Test
    void a_build_that_takes_too_long_is_ended_and_deploys_nothing() throws IOException {
        docker("sleep 600; echo never");
        appIsThere();

        var said =
                session.run(
                        "deploy",
                        "--app",
                        "web",
                        "--build",
                        folder.toString(),
                        "--build-timeout",
                        "100ms");

        assertThat(said.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(said.err()).contains("was ended after 0.1 s: nothing was deployed");
        assertThat(api.requests()).noneMatch(request -> request.method().equals("PUT"));
    }

    @Test
    void what_cannot_be_deployed_is_refused_before_the_build() {
        assertThat(session.run("deploy", "--image", "a:1").err()).contains("--image needs --app");
        assertThat(session.run("deploy", "--image", "a:1", "--build", ".").err())
                .contains("use either --image, or --build and --push");
        assertThat(session.run("deploy", "--app", "web", "--push", "shop/web:1").err())
                .contains("--push needs a repository without a tag");
        assertThat(session.run("deploy", "--build", folder.resolve("none").toString()).exit())
                .isEqualTo(Exit.NOT_FOUND.code());
        var elsewhere =
                new Session()
                        .with("AUTOSERVE_URL", "http://192.0.2.1:8000")
                        .run("deploy", "--app", "web", "--build", folder.toString());
        assertThat(elsewhere.err()).contains("--build needs an installation on this machine");
        assertThat(api.requests()).isEmpty();
    }

    private void appIsThere() {
        api.answers("GET " + APP, 200, Answers.RUNNING)
                .answers("GET " + APP + "/spec?raw=true", 200, "application/yaml", SPEC)
                .answers("PUT " + APP + "?from=2", 200, Answers.RUNNING);
    }

    /** Installs a program that shows its arguments and ends with an exit code. */
    private void docker(int exit) throws IOException {
        docker("echo \"$@\"\nexit " + exit);
    }

    private void docker(String script) throws IOException {
        var program = folder.resolve("docker");
        Files.writeString(program, "#!/bin/sh\n%s\n".formatted(script));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        session.with("AUTOSERVE_DOCKER_CLI", program.toString());
    }
}
