package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class PullProgressTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PullProgress progress = new PullProgress("shop:2");

    @Test
    void names_the_image_while_no_size_is_known() throws Exception {
        lines(
                """
                {"status": "Pulling from library/shop", "id": "2"}
                {"status": "Pulling fs layer", "id": "a", "progressDetail": {}}
                """);

        assertThat(progress.sentence()).isEqualTo("pulling image 'shop:2'");
    }

    @Test
    void adds_up_the_layers() throws Exception {
        lines(
                """
                {"status": "Pulling fs layer", "id": "a", "progressDetail": {}}
                {"status": "Already exists", "id": "b", "progressDetail": {}}
                {"status": "Downloading", "id": "a", "progressDetail": {"current": 2000000, "total": 30000000}}
                {"status": "Downloading", "id": "c", "progressDetail": {"current": 5000000, "total": 5000000}}
                {"status": "Download complete", "id": "c", "progressDetail": {}}
                {"status": "Pull complete", "id": "c", "progressDetail": {}}
                """);

        assertThat(progress.sentence())
                .isEqualTo("pulling image 'shop:2': 7 of 35 MB, 2 of 3 layers");
        assertThat(progress.error()).isNull();
    }

    @Test
    void keeps_the_reason_of_a_failure() throws Exception {
        lines(
                "{\"error\": \"manifest unknown\", \"errorDetail\": {\"message\": \"manifest unknown\"}}");

        assertThat(progress.error()).isEqualTo("manifest unknown");
    }

    private void lines(String lines) throws JsonProcessingException {
        for (var line : lines.lines().toList()) {
            progress.line(JSON.readTree(line));
        }
    }
}
