package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.autoserve.model.AppSpec.Variable;
import io.autoserve.model.AppSpec.Variable.Key;
import io.autoserve.model.AppTask;
import io.autoserve.model.Hidden;
import io.autoserve.model.Launch;
import io.autoserve.model.Refusal;
import io.autoserve.model.Task;
import io.autoserve.model.TaskRequest;
import io.autoserve.model.Term;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LaunchesTest {
    private static final Term TERM = new Term(5, new UUID(0, 1));

    private final Map<String, String> values = new HashMap<>();
    private final Launches launches =
            new Launches(name -> Optional.ofNullable(values.get(name)).map(Hidden::new));

    @Test
    void a_launch_is_for_the_slot_the_instance_and_the_term() {
        var launch = launch();

        assertThat(launch.name()).isEqualTo("web-2");
        assertThat(launch.index()).isEqualTo(2);
        assertThat(launch.instanceId()).isEqualTo(102);
        assertThat(launch.term().epoch()).isEqualTo(5);
    }

    @Test
    void variables_have_their_values_in_the_order_of_the_spec() {
        values.put("db", "word");

        var launch =
                launch(
                        new Variable.Literal("MODE", "fast"),
                        new Variable.FromSecret("PASSWORD", "db", null),
                        new Variable.FromInstance("NAME", Key.INSTANCE_NAME),
                        new Variable.FromInstance("PORT", Key.INSTANCE_PORT),
                        new Variable.FromInstance("APP", Key.APP_NAME),
                        new Variable.FromInstance("REPLICAS", Key.APP_REPLICAS),
                        new Variable.FromInstance("REVISION", Key.APP_REVISION));

        assertThat(launch.environment())
                .containsExactly(
                        entry("MODE", "fast"),
                        entry("PASSWORD", "word"),
                        entry("NAME", "web-2"),
                        entry("PORT", "8080"),
                        entry("APP", "web"),
                        entry("REPLICAS", "3"),
                        entry("REVISION", "1"));
        assertThat(launch.addressVariables()).isEmpty();
    }

    @Test
    void a_task_replaces_the_command_and_keeps_the_rest() {
        var spec =
                SpecDraft.of("web")
                        .environment(
                                new Variable.Literal("MODE", "fast"),
                                new Variable.FromInstance("NAME", Key.INSTANCE_NAME),
                                new Variable.FromInstance("ADDRESS", Key.INSTANCE_IP))
                        .spec();
        var request = new TaskRequest(List.of("rake", "x"), null, Duration.ofMinutes(1), 0);
        var web = app(spec, 3);
        var task = Task.requested(7, web, request, "ann", NOON).starting(42, "test", NOON);

        var launch = launches.of(new AppTask(web, task), TERM);

        assertThat(launch.task()).isTrue();
        assertThat(launch.name()).isEqualTo("web.task-00000007.1");
        assertThat(launch.instanceId()).isEqualTo(7);
        assertThat(launch.command()).containsExactly("rake", "x");
        assertThat(launch.args()).isEmpty();
        assertThat(launch.number()).isEqualTo(42);
        assertThat(launch.addressVariables()).containsExactly("ADDRESS");
        assertThat(launch.environment())
                .containsExactly(entry("MODE", "fast"), entry("NAME", "web.task-00000007.1"));
    }

    @Test
    void only_the_engine_knows_the_address() {
        var launch =
                launch(
                        new Variable.FromInstance("ADDRESS", Key.INSTANCE_IP),
                        new Variable.FromInstance("NAME", Key.INSTANCE_NAME));

        assertThat(launch.addressVariables()).containsExactly("ADDRESS");
        assertThat(launch.environment()).containsOnlyKeys("NAME");
    }

    @Test
    void a_field_of_a_secret_is_read_from_its_json() {
        values.put("db", "{\"user\": \"ann\", \"port\": 5432}");

        var launch =
                launch(
                        new Variable.FromSecret("DB_USER", "db", "user"),
                        new Variable.FromSecret("DB_PORT", "db", "port"));

        assertThat(launch.environment())
                .containsExactly(entry("DB_USER", "ann"), entry("DB_PORT", "5432"));
    }

    @Test
    void a_secret_that_does_not_exist_is_refused() {
        assertRefused(new Variable.FromSecret("A", "db", null), "secret 'db' does not exist");
    }

    @Test
    void a_field_that_has_no_plain_value_is_refused() {
        values.put("db", "{\"user\": {\"first\": \"ann\"}, \"none\": null}");

        for (var field : new String[] {"user", "none", "missing"}) {
            assertRefused(
                    new Variable.FromSecret("A", "db", field),
                    "secret 'db' has no field '%s'".formatted(field));
        }
    }

    @Test
    void a_secret_that_is_no_json_is_refused_without_quoting_it() {
        values.put("db", "pass word");

        assertRefused(
                new Variable.FromSecret("A", "db", "user"),
                "secret 'db' is not a JSON object, so it has no fields");
    }

    private void assertRefused(Variable variable, String message) {
        assertThatThrownBy(() -> launch(variable))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal -> {
                            assertThat(refusal.kind()).isEqualTo(Refusal.Kind.CONFLICT);
                            assertThat(refusal).hasMessage(message);
                        });
    }

    private Launch launch(Variable... variables) {
        var app = app(SpecDraft.of("web").environment(variables).spec(), 3);
        return launches.of(app, starting(app, 2), TERM);
    }
}
