package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppTask;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.IdempotentRequest;
import io.autoserve.model.LogLine;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.Rights;
import io.autoserve.model.Scope;
import io.autoserve.model.Task;
import io.autoserve.model.Task.TaskState;
import io.autoserve.model.TaskRequest;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests the table of tasks on a real PostgreSQL. */
class TaskTableIT {
    private static final By ANN = By.actor("ann");

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final TaskTable table = store.tasks();

    @BeforeEach
    void register() {
        store.desiredState().apply(SpecDraft.of("web").image("web:1").spec(), "1", ANN);
    }

    @Test
    void a_requested_task_waits_for_the_leader_with_the_spec_of_its_revision() {
        store.desiredState().apply(SpecDraft.of("web").image("web:2").spec(), "2", ANN);

        var present = table.request("web", request(null), ANN);
        var earlier = table.request("web", request(1), ANN);

        assertThat(table.all("web", 10)).containsExactlyInAnyOrder(present, earlier);
        assertThat(table.find("web", earlier.name())).isEqualTo(earlier);
        assertThat(unfinished())
                .extracting(of -> of.task().name() + " " + of.app().spec().image())
                .containsExactlyInAnyOrder(present.name() + " web:2", earlier.name() + " web:1");
        assertThat(reasons("TaskRequested"))
                .contains(
                        "task %s: runs 'rake' with 1 argument with revision 1"
                                .formatted(earlier.name()));
    }

    @Test
    void what_cannot_run_is_refused() {
        assertThatThrownBy(() -> table.request("blog", request(null), ANN))
                .hasMessage("app 'blog' does not exist");
        assertThatThrownBy(() -> table.request("web", request(9), ANN))
                .hasMessageStartingWith("app 'web' has no kept revision 9");
        assertThatThrownBy(() -> table.find("web", "00000000"))
                .hasMessageStartingWith("app 'web' has no task '00000000'");

        store.desiredState().delete("web", ANN);
        assertThatThrownBy(() -> table.request("web", request(null), ANN))
                .hasMessage("app 'web' is being deleted");
    }

    @Test
    void an_app_has_a_limited_number_of_unfinished_tasks() {
        IntStream.range(0, 20).forEach(_ -> table.request("web", request(null), ANN));

        assertThatThrownBy(() -> table.request("web", request(null), ANN))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("app 'web' has 20 tasks that have not ended");
    }

    @Test
    void an_unfinished_task_counts_in_the_quota_like_an_instance() {
        var quota = new Quota(3, null, null); // the app reaches two, during a rollout
        var ci =
                new By(
                        "ci",
                        null,
                        new Rights(Scope.EVERYTHING, DomainScope.EVERYTHING, quota),
                        null);
        var first = table.request("web", request(null), ci);

        assertThatThrownBy(() -> table.request("web", request(null), ci))
                .hasMessageStartingWith(
                        "a task of app 'web' would exceed the quota of the token 'ci' for the apps *");

        end(first, TaskState.SUCCEEDED, List.of());
        table.request("web", request(null), ci);
    }

    @Test
    void a_repeated_request_runs_once() {
        var once = new By("ann", new IdempotentRequest("ann", "key", "content", null));

        var first = table.request("web", request(null), once);
        var second = table.request("web", request(null), once);

        assertThat(second).isEqualTo(first);
        assertThat(table.all("web", 10)).hasSize(1);
    }

    @Test
    void a_leader_whose_term_is_over_changes_nothing() {
        var task = table.request("web", request(null), ANN);
        var over = store.beginTerm(1);
        store.beginTerm(2);

        assertThatThrownBy(() -> table.start(over, task, "test")).isInstanceOf(Deposed.class);
        assertThat(table.find("web", task.name()).state()).isEqualTo(TaskState.PENDING);
    }

    @Test
    void an_earlier_attempt_and_an_ended_task_do_not_change() {
        var term = store.beginTerm(1);
        var first = table.request("web", request(null), ANN);
        table.close(
                term,
                first,
                Event.Type.TaskRetried,
                row -> row.retried(NOON, 1, "failed", NOON),
                List.of());

        assertThat(table.start(term, first, "test")).isEmpty();

        var second = table.find("web", first.name());
        assertThat(second.attempt()).isEqualTo(2);
        end(second, TaskState.FAILED, List.of());
        assertThat(table.start(store.beginTerm(1), second, "test")).isEmpty();
        assertThat(unfinished()).isEmpty();
    }

    @Test
    void a_cancelled_task_is_left_to_the_leader_and_an_ended_one_stays() {
        var task = table.request("web", request(null), ANN);

        assertThat(table.cancel("web", task.name(), By.actor("bob")).cancelledBy())
                .isEqualTo("bob");
        table.cancel("web", task.name(), By.actor("eve"));

        assertThat(unfinished().getFirst().task().cancelledBy()).isEqualTo("bob");
        assertThat(reasons("TaskCancelRequested")).hasSize(1);
        end(task, TaskState.CANCELLED, List.of());
        assertThat(table.cancel("web", task.name(), ANN).state()).isEqualTo(TaskState.CANCELLED);
        assertThatThrownBy(() -> table.cancel("blog", task.name(), ANN))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void the_last_lines_are_kept_and_cleaned() {
        var task = table.request("web", request(null), ANN);
        var lines =
                IntStream.range(0, 600)
                        .mapToObj(i -> new LogLine(NOON, false, "  \033[31mline\0 " + i))
                        .toList();

        end(task, TaskState.FAILED, lines);

        assertThat(table.output(task)).hasSize(TaskTable.MOST_LINES);
        assertThat(table.output(task).getLast().text()).isEqualTo("  line  599");
    }

    @Test
    void the_output_is_that_of_the_last_attempt_that_started() {
        var task = table.request("web", request(null), ANN);
        retry(task, List.of(new LogLine(NOON, false, "broken")));

        retry(table.find("web", task.name()), null);
        assertThat(table.output(task)).extracting(LogLine::text).containsExactly("broken");

        end(table.find("web", task.name()), TaskState.SUCCEEDED, List.of());
        assertThat(table.output(task)).isEmpty();
    }

    private void retry(Task task, @Nullable List<LogLine> output) {
        table.close(
                store.beginTerm(1),
                task,
                Event.Type.TaskRetried,
                row -> row.retried(NOON, 1, "failed", NOON),
                output);
    }

    @Test
    void long_output_is_cut() {
        var line = new LogLine(NOON, true, "x".repeat(10_000));

        assertThat(TaskTable.kept(List.of(line, line)))
                .allSatisfy(it -> assertThat(it.text()).hasSize(2_000))
                .hasSize(2);
        assertThat(TaskTable.kept(IntStream.range(0, 100).mapToObj(_ -> line).toList()))
                .hasSize(16);
    }

    @Test
    void a_deleted_app_takes_its_ended_tasks_along_but_waits_for_the_others() {
        var task = table.request("web", request(null), ANN);
        end(table.request("web", request(null), ANN), TaskState.SUCCEEDED, List.of());
        var app = store.desiredState().delete("web", ANN).app();

        assertThat(store.fencedWrites().delete(store.beginTerm(1), app)).isFalse();
        end(task, TaskState.CANCELLED, List.of());
        assertThat(store.fencedWrites().delete(store.beginTerm(1), app)).isTrue();
    }

    @Test
    void old_tasks_are_forgotten() {
        for (var i = 0; i < 22; i++) {
            end(table.request("web", request(null), ANN), TaskState.SUCCEEDED, List.of());
        }
        var unfinished = table.request("web", request(null), ANN);
        store.tables().execute("update tasks set state_since = now()");

        store.fencedWrites().forgetThePast(store.beginTerm(2));

        assertThat(table.all("web", 100))
                .hasSize(21)
                .extracting(Task::name)
                .contains(unfinished.name());
    }

    @Test
    void only_a_revision_with_a_new_template_needs_its_release_command() {
        assertThat(releases()).isEmpty();

        store.desiredState().apply(released("web:2"), "2", ANN);
        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.PENDING);
        assertThat(releases().getFirst().template()).isEqualTo(2);

        var other = SpecDraft.of("web").image("web:2").release("other").spec();
        store.desiredState().apply(other, "3", ANN);
        assertThat(releases().getFirst().template()).isEqualTo(2);
    }

    @Test
    void a_release_command_is_requested_once_and_not_beside_another_one() {
        var term = store.beginTerm(1);
        store.desiredState().apply(released("web:2"), "2", ANN);
        var first = table.release(term, app()).orElseThrow();
        assertThat(table.release(term, app())).isEmpty();
        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.RUNNING);

        store.desiredState().apply(released("web:3"), "3", ANN);
        assertThat(releases().getFirst().blocked()).isTrue();
        assertThat(releases().getFirst().unreleasedBefore()).isFalse();
        assertThat(table.release(term, app())).isEmpty();

        end(first, TaskState.SUCCEEDED, List.of());
        assertThat(releases().getFirst().blocked()).isFalse();
        assertThat(table.release(store.beginTerm(1), app())).isPresent();
    }

    @Test
    void the_end_of_the_task_is_the_end_of_the_release() {
        store.desiredState().apply(released("web:2"), "2", ANN);
        var task = table.release(store.beginTerm(1), app()).orElseThrow();

        end(task, TaskState.UNKNOWN, List.of());

        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.FAILED);
        assertThat(releases().getFirst().reason())
                .isEqualTo("task %s: test".formatted(task.name()));
        store.desiredState().restart("web", ANN);
        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.PENDING);
    }

    @Test
    void a_new_revision_of_the_same_template_runs_a_failed_command_again() {
        store.desiredState().apply(released("web:2"), "2", ANN);
        end(table.release(store.beginTerm(1), app()).orElseThrow(), TaskState.FAILED, List.of());
        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.FAILED);

        var corrected = SpecDraft.of("web").image("web:2").release("corrected").spec();
        store.desiredState().apply(corrected, "3", ANN);

        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.PENDING);
        assertThat(table.release(store.beginTerm(1), app()).orElseThrow().command())
                .containsExactly("corrected");
    }

    @Test
    void a_new_revision_does_not_run_a_command_again_that_succeeded() {
        store.desiredState().apply(released("web:2"), "2", ANN);
        end(table.release(store.beginTerm(1), app()).orElseThrow(), TaskState.SUCCEEDED, List.of());

        var other = SpecDraft.of("web").image("web:2").release("other").spec();
        store.desiredState().apply(other, "3", ANN);

        assertThat(releases().getFirst().state()).isEqualTo(ReleaseStatus.ReleaseState.SUCCEEDED);
    }

    @Test
    void a_revision_that_drops_its_failed_command_serves_while_the_next_command_runs() {
        var blog = SpecDraft.of("blog").image("blog:1");
        var app = store.desiredState().apply(blog.release("migrate").spec(), "1", ANN).app();
        end(table.release(store.beginTerm(1), app).orElseThrow(), TaskState.FAILED, List.of());

        store.desiredState().apply(SpecDraft.of("blog").image("blog:1").spec(), "2", ANN);
        assertThat(releases()).isEmpty();

        var next = SpecDraft.of("blog").image("blog:2").release("migrate").spec();
        store.desiredState().apply(next, "3", ANN);
        assertThat(releases())
                .singleElement()
                .satisfies(release -> assertThat(release.unreleasedBefore()).isFalse());
    }

    private static AppSpec released(String image) {
        return SpecDraft.of("web").image(image).release("migrate").spec();
    }

    private App app() {
        return store.stateReader().clusterState().apps().getFirst();
    }

    private List<ReleaseStatus> releases() {
        return List.copyOf(store.stateReader().clusterState().releases().values());
    }

    @ParameterizedTest
    @EnumSource
    void the_column_accepts_each_state_of_a_release(ReleaseStatus.ReleaseState state) {
        store.desiredState().apply(released("web:2"), "2", ANN);

        store.tables().execute("update releases set state = '%s'".formatted(state));

        assertThat(releases()).extracting(ReleaseStatus::state).containsExactly(state);
    }

    @ParameterizedTest
    @EnumSource
    void the_column_accepts_each_state(TaskState state) {
        table.request("web", request(null), ANN);

        store.tables()
                .execute(
                        "update tasks set container_id = 'c', started_at = now(), state = '%s'"
                                .formatted(state));

        assertThat(table.all("web", 1)).first().extracting(Task::state).isEqualTo(state);
    }

    private void end(Task task, TaskState end, List<LogLine> output) {
        table.close(
                store.beginTerm(1),
                task,
                Event.Type.TaskSucceeded,
                row -> row.ended(end, null, "test", NOON),
                output);
    }

    private List<AppTask> unfinished() {
        return store.stateReader().clusterState().tasks();
    }

    private List<String> reasons(String type) {
        return store.tables()
                .execute("select reason from events where type = '%s'".formatted(type));
    }

    private static TaskRequest request(@Nullable Integer revision) {
        return new TaskRequest(List.of("rake", "db:migrate"), revision, Duration.ofMinutes(1), 1);
    }
}
