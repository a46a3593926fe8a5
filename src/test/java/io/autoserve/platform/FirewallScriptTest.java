package io.autoserve.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the firewall with programs of the test in place of iptables and nftables. */
class FirewallScriptTest {
    private static final String SCRIPT = "src/main/docker/keeper/firewall";

    @TempDir private Path folder;

    @BeforeEach
    void tools() throws IOException {
        Files.createDirectory(folder.resolve("bin"));
        tool("ip", "echo '5: br-apps    inet 172.20.0.1/16 scope global br-apps'");
        tool("nft", "[ \"$1\" != --file ] || cat >'%s'".formatted(folder.resolve("frames")));
        for (var each : List.of("iptables-nft", "ip6tables-nft")) {
            tool(each, "true");
            tool(each + "-restore", "true");
        }
        for (var each : List.of("iptables-legacy", "ip6tables-legacy")) {
            tool(each, "false");
            tool(each + "-restore", "false");
        }
    }

    private void tool(String name, String command) throws IOException {
        var file = folder.resolve("bin").resolve(name);
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private ProcessBuilder firewall(String... command) {
        var builder = new ProcessBuilder(SCRIPT).redirectErrorStream(true);
        builder.command().addAll(List.of(command));
        var environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("AUTOSERVE_"));
        environment.put("AUTOSERVE_FIREWALL_ROOM", folder.resolve("room").toString());
        environment.put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        return builder.redirectOutput(folder.resolve("output").toFile());
    }

    private String report() {
        var file = folder.resolve("room/report");
        try {
            return Files.exists(file) ? Files.readString(file, UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets the firewall make its first check, and returns the report. */
    private String check() throws IOException, InterruptedException {
        var guard = firewall().start();
        try {
            return Eventually.await("the rules are checked", this::report, text -> !text.isEmpty());
        } finally {
            guard.destroy();
            guard.waitFor();
        }
    }

    @Test
    void reports_rules_that_are_in_place() throws Exception {
        assertThat(check()).isEqualTo("ok: the rules for br-apps are in place.\n");
    }

    @Test
    void rules_that_cannot_be_put_in_place_do_not_keep_those_of_other_families_away()
            throws Exception {
        tool("iptables-nft-restore", "echo 'no room' >&2; exit 1");

        assertThat(check())
                .startsWith("failed: the rules of ipv4 for br-apps could not be put in place")
                .endsWith(": no room\n");
        assertThat(folder.resolve("frames")).content().contains("table bridge autoserve_apps_");
    }

    /** Makes one check, and returns how often it called iptables. */
    private long calls() throws IOException, InterruptedException {
        var log = folder.resolve("calls");
        Files.writeString(log, "");
        assertThat(firewall("check").start().waitFor()).isZero();
        assertThat(report()).startsWith("ok: ");
        return Files.readString(log, UTF_8).lines().count();
    }

    @Test
    void compares_the_rules_only_if_something_has_changed_since_they_were_all_in_place()
            throws Exception {
        var present = folder.resolve("present");
        Files.writeString(present, "-P INPUT ACCEPT\n");
        tool(
                "iptables-nft",
                "echo call >>'%s'; cat '%s'".formatted(folder.resolve("calls"), present));
        assertThat(calls()).as("puts the rules in place").isGreaterThan(1);
        assertThat(calls()).as("compares them").isGreaterThan(1);
        assertThat(calls()).as("sees that nothing has changed").isEqualTo(1);
        assertThat(calls()).as("and again").isEqualTo(1);

        Files.writeString(present, "-P INPUT DROP\n");
        assertThat(calls()).as("repairs them").isGreaterThan(1);
        assertThat(calls()).as("compares them after the repair").isGreaterThan(1);
        assertThat(calls()).as("sees that nothing has changed").isEqualTo(1);
    }

    @Test
    void reports_at_once_that_rules_were_removed() throws Exception {
        assertThat(check()).startsWith("ok: ");

        assertThat(firewall("remove").start().waitFor()).isZero();

        assertThat(report()).startsWith("failed: the rules were removed by 'firewall remove'");
        assertThat(firewall("healthy").start().waitFor()).isOne();
        assertThat(folder.resolve("output"))
                .content()
                .startsWith("the rules were removed by 'firewall remove'");
    }
}
