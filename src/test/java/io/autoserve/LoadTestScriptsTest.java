package io.autoserve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Runs the test of the functions that the scripts in {@code load-tests} share. */
class LoadTestScriptsTest {

    @Test
    void find_nginx_and_count_answers() throws Exception {
        var test =
                new ProcessBuilder("src/test/sh/load_tests_test.sh")
                        .redirectErrorStream(true)
                        .start();
        var output = new String(test.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, test.waitFor(), output);
    }
}
