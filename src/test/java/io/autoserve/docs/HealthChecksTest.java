package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that the health checks of the platform's containers cost little, because Docker repeats
 * them all the time.
 */
class HealthChecksTest {
    private static final Pattern LINE = Pattern.compile("(?m)^HEALTHCHECK .*(?:\\\\\n.*)?$");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/main/docker/controller/healthy",
                "src/main/docker/postgres/etcd-healthy",
                "src/main/docker/postgres/postgres-healthy",
                "nginx/Dockerfile"
            })
    void start_no_slow_program(String file) throws IOException {
        var text = Files.readString(Path.of(file));
        var check = LINE.matcher(text).results().map(it -> it.group()).findFirst().orElse(code(text));

        assertThat(check)
                .doesNotContainPattern("\\b(curl|grep|python3|etcdctl|sh -c)\\b")
                .doesNotContain("exec pg_isready"); // the one in /usr/bin is a script in Perl
    }

    private static String code(String script) {
        return script.replaceAll("(?m)^#.*$", "");
    }

    @Test
    void of_images_run_once_a_minute() throws IOException {
        for (var image : new String[] {"src/main/docker/controller", "src/main/docker/postgres", "nginx"}) {
            assertThat(Files.readString(Path.of(image, "Dockerfile")))
                    .contains("HEALTHCHECK --interval=60s ");
        }
    }
}
