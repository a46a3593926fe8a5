package io.autoserve.cli.help;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what bash offers when it runs the completion script. */
class CompletionTest {
    @TempDir private Path folder;

    @Test
    void bash_understands_the_script() throws Exception {
        assertThat(bash("")).isEmpty();
        assertThat(script()).contains("--timeout", "register");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "up",
                "down",
                "restart",
                "scale",
                "delete",
                "start",
                "stop",
                "rollback",
                "open",
                "spec",
                "logs",
                "exec",
                "port-forward",
                "top",
                "export",
                "autoscale",
                "metrics",
                "rollout status",
                "rollout history",
                "rollout pause",
                "rollout resume",
                "rollout undo",
                "events --app"
            })
    void names_of_apps_are_completed(String usage) throws Exception {
        assertThat(completed("./autoserve " + usage + " sh")).containsExactly("shop", "shop-admin");
    }

    @Test
    void zsh_gets_the_same_script_as_bash() {
        assertThat(new Session().run("completion", "zsh").out()).isEqualTo(script());
    }

    @Test
    void fish_gets_a_line_for_each_command_option_and_name() {
        var lines = new Session().run("completion", "fish").out().lines().toList();

        assertThat(lines)
                .contains(
                        "complete -c autoserve -n '__autoserve_at' -f -a 'stop'"
                                + " -d 'Drain and stop an app; it stays registered'",
                        "complete -c autoserve -n '__autoserve_at rollout' -f -a 'undo'"
                                + " -d 'Roll back to an earlier revision'",
                        "complete -c autoserve -n '__autoserve_in rollout undo' -l to -r",
                        "complete -c autoserve -n '__autoserve_in status' -f -a '(__autoserve_apps)'",
                        "complete -c autoserve -n '__autoserve_in list' -s o -l output -x"
                                + " -a 'table json yaml'");
        assertThat(lines)
                .filteredOn(line -> line.startsWith("complete "))
                .allMatch(line ->
                        line.replace("\\'", "").chars().filter(c -> c == '\'').count() % 2 == 0);
    }

    @Test
    void commands_are_completed_by_whichever_name_it_is_called() throws Exception {
        assertThat(completed("./autoserve rollo")).containsExactly("rollout");
        assertThat(completed("autoserve rollo")).containsExactly("rollout");
    }

    /** Returns what bash offers for the last word. The current folder has a fake launcher. */
    private List<String> completed(String line) throws Exception {
        var launcher = folder.resolve("autoserve");
        Files.writeString(
                launcher,
                "#!/bin/sh\nprintf 'NAME STATE\\nshop running\\nshop-admin running\\nweb running\\n'\n");
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
        return bash("""
        compopt() { :; } # works in bash only while a user completes a word
        COMP_LINE='%s'
        COMP_WORDS=($COMP_LINE)
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _complete_autoserve
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
                        .formatted(line))
                .lines()
                .map(String::strip)
                .toList();
    }

    private static String script() {
        return new Session().run("completion").out();
    }

    private String bash(String then) throws IOException, InterruptedException {
        var builder = new ProcessBuilder("bash").directory(folder.toFile());
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        var bash = builder.redirectErrorStream(true).start();
        try (var in = bash.getOutputStream()) {
            in.write((script() + then).getBytes(UTF_8));
        }
        var out = new String(bash.getInputStream().readAllBytes(), UTF_8);
        assertThat(bash.waitFor()).isZero();
        return out;
    }
}
