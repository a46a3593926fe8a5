package io.autoserve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The launcher is a shell script, and so is its test: one more that a build must pass. */
class LauncherTest {

    @Test
    void keepsItsPromises() throws Exception {
        var test =
                new ProcessBuilder("src/test/sh/launcher_test.sh")
                        .redirectErrorStream(true)
                        .start();
        var output = new String(test.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, test.waitFor(), output);
    }
}
