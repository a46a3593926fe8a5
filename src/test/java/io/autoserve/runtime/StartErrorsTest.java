package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StartErrorsTest {
    private static final String CHAIN =
            "failed to create task for container: failed to create shim task: OCI runtime create"
                    + " failed: runc create failed: unable to start container process: error during"
                    + " container init: ";

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    exec: "serve": executable file not found in $PATH | the image has no program "serve" in its PATH: correct spec.command or the image
                    exec: "/app/run": stat /app/run: no such file or directory | the image has no file "/app/run": correct spec.command or the image
                    exec: "/app/run": permission denied | "/app/run" is not executable: run 'chmod +x' on it in the Dockerfile
                    exec: "/app/run": exec format error | "/app/run" is built for another processor, or is a script without '#!': build the image for this machine
                    chdir to cwd ("/srv") set in config.json failed: no such file or directory | the program cannot use the folder "/srv" (no such file or directory): correct spec.workingDir or the image
                    exec: "a\\": permission denied": x | exec: "a\\": permission denied": x
                    something else | something else
                    """)
    void an_error_of_the_container_runtime_names_what_to_correct(String cause, String plain) {
        assertThat(StartErrors.plain(CHAIN + cause + ": unknown")).isEqualTo(plain);
        assertThat(StartErrors.plain(CHAIN + cause)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    unable to find user app: no matching entries in passwd file | the image has no user "app": correct spec.user or the image
                    no room | no room
                    the disk of node: unknown | the disk of node: unknown
                    """)
    void other_messages_of_docker_stay_as_they_are_unless_they_are_known(
            String message, String plain) {
        assertThat(StartErrors.plain(message)).isEqualTo(plain);
    }
}
