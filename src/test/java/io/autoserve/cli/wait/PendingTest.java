package io.autoserve.cli.wait;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.wait.AppWait.Pending;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingTest {
    private static final String DOING = "web-2: the image is being pulled, 40 %";

    @Test
    void what_an_instance_does_is_shown_if_the_wait_takes_long() {
        var pending = pending("");

        assertThat(pending.reason(Duration.ofSeconds(1))).isEmpty();
        assertThat(pending.reason(Duration.ofSeconds(5))).isEqualTo(DOING);
    }

    @Test
    void trouble_is_shown_at_once() {
        assertThat(pending("web-2: no database").reason(Duration.ZERO))
                .isEqualTo("web-2: no database");
    }

    @Test
    void the_last_reason_is_named_once() {
        assertThat(pending("").last()).isEqualTo("2 of 3 ready; web-1 is slow");
        assertThat(pending("web-1 is slow").last()).isEqualTo("2 of 3 ready; web-1 is slow");
        assertThat(pending("web-2: no database").last())
                .isEqualTo("2 of 3 ready; web-1 is slow; web-2: no database");
    }

    private static Pending pending(String trouble) {
        return new Pending("2 of 3 ready", "", "2 of 3 ready; web-1 is slow", trouble, DOING, true);
    }
}
