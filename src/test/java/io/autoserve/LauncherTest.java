package io.autoserve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/**
 * Runs the test of the launcher as a part of the build. The launcher and its test are shell
 * scripts.
 */
class LauncherTest {

    @Test
    void keeps_its_promises() throws Exception {
        var test =
                new ProcessBuilder("src/test/sh/launcher_test.sh")
                        .redirectErrorStream(true)
                        .start();
        var output = new String(test.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, test.waitFor(), output);
    }
}
