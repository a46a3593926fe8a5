package io.autoserve.model;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskTest {

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 31, 32, 0x12_3456_789aL, Task.LARGEST_ID})
    void a_task_is_found_by_its_name(long id) {
        var name = task(id).name();

        assertThat(name).matches("[0-9a-v]{8}");
        assertThat(Task.id(name)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "web", "0000000w", "000000000", "../admin"})
    void other_text_is_no_name(String text) {
        assertThatThrownBy(() -> Task.id(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void each_attempt_has_a_container_whose_name_no_instance_can_have() {
        var first = task(1);
        var second = first.retried(NOON, 1, "failed", NOON);

        assertThat(first.containerName()).isEqualTo("web.task-00000001.1");
        assertThat(second.containerName()).isEqualTo("web.task-00000001.2");
        assertThat(second.isAttempt(first)).isFalse();
    }

    @Test
    void an_ended_task_does_not_change() {
        var ended = task(1).ended(Task.TaskState.CANCELLED, null, "test", NOON);

        assertThatThrownBy(() -> ended.starting(1, "again", NOON))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ended.retried(NOON, 1, "again", NOON))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ended.ended(Task.TaskState.SUCCEEDED, 0, "again", NOON))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_request_has_limits() {
        assertThatThrownBy(() -> request(List.of(), 60, 0))
                .hasMessage("command must name a program, was empty");
        assertThatThrownBy(() -> request(List.of("true"), 0, 0))
                .hasMessage("the time limit must be 1 to 604800 seconds, was 0");
        assertThatThrownBy(() -> request(List.of("true"), 60, 11))
                .hasMessage("retries must be 0 to 10, was 11");
    }

    private static Task task(long id) {
        return Task.requested(id, app("web", 1), request(List.of("true"), 60, 1), "ann", NOON);
    }

    private static TaskRequest request(List<String> command, long seconds, int retries) {
        return new TaskRequest(command, null, Duration.ofSeconds(seconds), retries);
    }
}
