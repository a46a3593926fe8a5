package io.autoserve.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.api.AccessRules;
import io.autoserve.api.ApiServer;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.SpecReader;
import io.autoserve.testing.FakePlatform;
import io.autoserve.testing.Fixtures;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Runs commands in instances through a real API server. The fake instances echo their input. */
class ApiWebSocketTest {
    private final FakePlatform platform = new FakePlatform();
    private final Vertx vertx = Vertx.vertx();
    private final ApiServer server =
            new ApiServer(
                    new ApiServer.Settings(
                            "127.0.0.1", 0, Duration.ofSeconds(15), 1 << 20, AccessRules.OPEN),
                    platform,
                    new SpecReader(Allowance.NOTHING),
                    new Random(1),
                    InstantSource.system());

    @BeforeEach
    void serve() {
        vertx.deployVerticle(server).await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private Session session() {
        return new Session()
                .with("AUTOSERVE_URL", "http://127.0.0.1:" + server.port())
                .with("USER", "ann");
    }

    private void run(String app) {
        var wanted = Fixtures.app(app, 1);
        platform.register(wanted.spec(), "", By.actor("ann")).await();
        platform.put(Fixtures.ready(wanted, 0), Event.Type.InstanceReady);
    }

    @Test
    void the_exit_code_is_the_commands() {
        run("web");

        assertThat(session().run("exec", "web", "--", "exit", "7").exit()).isEqualTo(7);
        assertThat(platform.attachments().visits())
                .contains("ann runs 'exit' with 1 argument in web-0");
    }

    @Test
    void what_is_piped_in_reaches_the_command_and_its_end_too() {
        run("web");
        var text = "a line of text\n".repeat(10_000);

        var said = session().typing(text).run("exec", "web", "-i", "--", "cat");

        assertThat(said.exit()).isZero();
        assertThat(said.out()).isEqualTo(text);
    }

    @Test
    void without_that_nothing_is_read() {
        run("web");

        assertThat(session().typing("text").run("exec", "web", "--", "exit", "0").out()).isEmpty();
    }

    @Test
    void an_unknown_app_or_instance_is_told_in_the_apis_words() {
        run("web");

        var nobody = session().run("exec", "nobody", "--", "sh");
        var other = session().run("exec", "web", "--instance", "web-7", "--", "sh");

        assertThat(nobody.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(nobody.err()).contains("app 'nobody' does not exist");
        assertThat(other.err()).contains("web has no instance web-7");
    }

    @Test
    void a_controller_that_is_not_there_is_told() {
        var said =
                new Session()
                        .with("AUTOSERVE_URL", "http://127.0.0.1:1")
                        .run("exec", "web", "--", "sh");

        assertThat(said.exit()).isEqualTo(Exit.UNREACHABLE.code());
        assertThat(said.err()).contains("no controller answers at http://127.0.0.1:1");
    }

    @Test
    void a_pair_of_ports_that_is_none_is_told_at_once() {
        var said = session().run("port-forward", "web", "80:http");

        assertThat(said.exit()).isEqualTo(Exit.USAGE.code());
        assertThat(said.err())
                .contains("'80:http' is not a pair of ports such as 8080 or 9000:8080");
    }
}
