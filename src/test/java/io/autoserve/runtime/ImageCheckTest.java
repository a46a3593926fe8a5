package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.api.model.ContainerConfig;
import io.autoserve.model.AppSpec.HealthCheck;
import io.autoserve.model.AppSpec.HealthCheck.Probe;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests how the HEALTHCHECK of an image becomes a check of AutoServe. */
class ImageCheckTest {
    private static final HealthCheck CURL =
            new HealthCheck(
                    new Probe.Command(List.of("/bin/sh", "-c", "curl -f http://localhost/")),
                    Duration.ZERO,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(3),
                    5,
                    1);

    @Test
    void a_command_for_the_shell_keeps_its_times() {
        assertThat(
                        of(
                                """
                                {"Test": ["CMD-SHELL", "curl -f http://localhost/"],
                                 "Interval": 10000000000, "Timeout": 3000000000, "Retries": 5}
                                """))
                .contains(CURL);
    }

    @Test
    void a_command_without_times_has_those_of_docker() {
        assertThat(of("{\"Test\": [\"CMD\", \"/check\", \"--quick\"], \"Interval\": 0}"))
                .contains(
                        new HealthCheck(
                                new Probe.Command(List.of("/check", "--quick")),
                                Duration.ZERO,
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(30),
                                3,
                                1));
    }

    @Test
    void a_check_runs_once_a_second_at_most() {
        assertThat(of("{\"Test\": [\"CMD\", \"/check\"], \"Interval\": 1000000}"))
                .map(HealthCheck::period)
                .contains(Duration.ofSeconds(1));
    }

    @Test
    void a_check_may_take_as_long_as_the_image_permits_even_if_that_is_longer_than_its_interval() {
        var check =
                of(
                        """
                        {"Test": ["CMD", "/check"], "Interval": 2000000000, "Timeout": 10000000000}
                        """);
        assertThat(check.orElseThrow().timeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(check.orElseThrow().period()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{\"Test\": []}",
                "{\"Test\": [\"NONE\"]}",
                "{\"Test\": [\"CMD\"]}",
                "{\"Test\": [\"CMD-SHELL\"]}"
            })
    void an_image_may_have_none(String check) {
        assertThat(of(check)).isEmpty();
        assertThat(ImageCheck.of(null)).isEmpty();
    }

    @Test
    void the_label_keeps_the_check() {
        assertThat(ImageCheck.read(ImageCheck.text(CURL))).isEqualTo(CURL);
        assertThat(ImageCheck.text(null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "{}", "{\"command\": []}"})
    void a_damaged_label_is_no_check(String label) {
        assertThat(ImageCheck.read(label)).isNull();
    }

    @Test
    void a_check_that_is_too_long_is_left_out() {
        var check = of("{\"Test\": [\"CMD\", \"%s\"]}".formatted("a".repeat(9000)));
        assertThat(ImageCheck.text(check.orElseThrow())).isEmpty();
    }

    private static Optional<HealthCheck> of(String check) {
        try {
            return ImageCheck.of(
                    new ObjectMapper()
                            .readValue(
                                    "{\"Healthcheck\": %s}".formatted(check),
                                    ContainerConfig.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
