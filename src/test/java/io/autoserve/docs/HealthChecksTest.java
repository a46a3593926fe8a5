package io.autoserve.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks that the health checks of the platform's containers cost little, because Docker repeats
 * them all the time.
 */
class HealthChecksTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "src/main/docker/controller/healthy",
                "src/main/docker/postgres/etcd-healthy",
                "src/main/docker/postgres/postgres-healthy",
                "nginx/Dockerfile"
            })
    void start_no_slow_program(String file) throws IOException {
        assertThat(check(Files.readString(Path.of(file))))
                .doesNotContainPattern("\\b(curl|grep|python3|etcdctl|openssl)\\b")
                .doesNotContain("exec pg_isready"); // the one in /usr/bin is a script in Perl
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/main/docker/controller", "src/main/docker/postgres", "nginx"})
    void of_an_image_run_once_a_minute(String image) throws IOException {
        assertThat(Files.readString(Path.of(image, "Dockerfile")))
                .contains("HEALTHCHECK --interval=60s ");
    }

    /** Returns the script, or the part of a Dockerfile that has the check, without comments. */
    private static String check(String text) {
        return text.substring(Math.max(0, text.indexOf("HEALTHCHECK"))).replaceAll("(?m)^#.*$", "");
    }
}
