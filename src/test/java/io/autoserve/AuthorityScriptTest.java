package io.autoserve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Runs the test of the keeper's script {@code authority} as a part of the build. */
class AuthorityScriptTest {

    @Test
    void distributes_certificates_and_secrets() throws Exception {
        var test =
                new ProcessBuilder("src/test/sh/authority_test.sh")
                        .redirectErrorStream(true)
                        .start();
        var output = new String(test.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, test.waitFor(), output);
    }
}
