package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.DemoApp;
import io.autoserve.testing.RunningPlatform;
import org.junit.jupiter.api.Test;

/**
 * Lets a controller lead although the tables contain a row that only a newer version can read. This
 * can happen during an upgrade.
 */
class UnreadableAppIT {
    private static final DemoApp STRANGE = DemoApp.named("e2e-strange");
    private static final DemoApp KNOWN = DemoApp.named("e2e-known");

    @Test
    void a_leader_leaves_an_app_that_it_does_not_understand_as_it_is_and_cares_for_the_others() {
        try (var platform = RunningPlatform.start()) {
            var api = platform.startController();
            for (var app : new DemoApp[] {STRANGE, KNOWN}) {
                api.apply(app);
                api.awaitReady(app.name(), 1);
                platform.awaitServed(app.name() + ".localhost");
            }
            var before = platform.containersOf(STRANGE.name());

            platform.database().execute("alter table apps drop constraint apps_intent_check");
            platform.database()
                    .execute(
                            "update apps set intent = 'HIBERNATE' where name = '%s'"
                                    .formatted(STRANGE.name()));
            platform.database()
                    .query(
                            "select append_event(0, 'newer', '%s', 'AppHibernated', 'because', '{\"kind\": \"PutHibernation\"}')"
                                    .formatted(STRANGE.name()));

            var lost = platform.containersOf(KNOWN.name());
            docker("kill", "--signal", "KILL", KNOWN.name() + "-0");
            api.await(
                    KNOWN.name(),
                    "another container",
                    app ->
                            app.at("/replicas/ready").asInt() == 1
                                    && !platform.containersOf(KNOWN.name()).equals(lost));
            api.scale(KNOWN.name(), 3);
            api.awaitReady(KNOWN.name(), 3); // which requires new routes, too

            assertThat(platform.get(STRANGE.name() + ".localhost", "/").status()).isEqualTo(200);
            assertThat(platform.containersOf(STRANGE.name())).isEqualTo(before);
            assertThat(api.get("/api/v1/apps/" + STRANGE.name()).status()).isEqualTo(503);
            assertThat(api.tryScale(STRANGE.name(), 5).status()).isEqualTo(503);
        }
    }
}
