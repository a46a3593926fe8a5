package io.autoserve.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
        network("");
        tool("nft", "[ \"$1\" != --file ] || cat >>'%s'".formatted(folder.resolve("frames")));
        for (var each : List.of("iptables-nft", "ip6tables-nft")) {
            works(each);
        }
        for (var each : List.of("iptables-legacy", "ip6tables-legacy")) {
            fails(each);
        }
    }

    /**
     * @param ipv6 what the tool prints of the bridge's IPv6 addresses
     */
    private void network(String ipv6) throws IOException {
        tool(
                "ip",
                """
                case $1 in
                    -4) echo '5: br-apps    inet 172.20.0.1/16 scope global br-apps' ;;
                    -6) echo '%s' ;;
                esac\
                """
                        .formatted(ipv6));
    }

    private void works(String each) throws IOException {
        tool(each, "true");
        tool(each + "-restore", "cat >'%s'".formatted(folder.resolve(each)));
    }

    private void fails(String each) throws IOException {
        tool(each, "false");
        tool(each + "-restore", "echo 'no such table' >&2; exit 1");
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

    @Test
    void uses_the_legacy_tools_where_docker_uses_them() throws Exception {
        fails("iptables-nft");
        fails("ip6tables-nft");
        works("iptables-legacy");
        works("ip6tables-legacy");

        assertThat(check()).startsWith("ok: ");
        assertThat(folder.resolve("iptables-legacy"))
                .content()
                .contains("-I DOCKER-USER 1 -i br-apps -j AUTOSERVE-FWD-172.20.0");
    }

    @Test
    void a_machine_with_dockers_chain_in_both_variants_gets_the_rules_in_both() throws Exception {
        works("iptables-legacy");
        works("ip6tables-legacy");

        assertThat(check()).startsWith("ok: ");
        for (var each : List.of("iptables-nft", "iptables-legacy")) {
            assertThat(folder.resolve(each))
                    .content()
                    .contains("-I DOCKER-USER 1 -i br-apps -j AUTOSERVE-FWD-172.20.0");
        }
    }

    @Test
    void ipv6_is_refused_by_the_other_variant_if_the_kernel_lacks_the_table_of_dockers()
            throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "this kernel has no IPv6");
        fails("iptables-nft");
        works("iptables-legacy"); // and ip6tables-legacy fails

        assertThat(check()).startsWith("ok: ");
        assertThat(folder.resolve("ip6tables-nft")).content().contains("icmp6-adm-prohibited");
    }

    @Test
    void a_docker_without_a_chain_for_others_is_reported_with_the_reason() throws Exception {
        fails("iptables-nft");

        assertThat(check())
                .startsWith("failed: iptables has no chain DOCKER-USER.")
                .contains("firewall backend iptables");
    }

    @Test
    void no_frame_of_ipv6_passes_the_bridge_if_docker_gave_it_ipv6() throws Exception {
        assertThat(check()).startsWith("ok: ");
        assertThat(folder.resolve("frames")).content().doesNotContain("ip6");

        network("5: br-apps    inet6 fd12:3456::1/64 scope global");
        assertThat(firewall("check").start().waitFor()).isZero();

        assertThat(report()).startsWith("ok: ");
        assertThat(folder.resolve("frames"))
                .content()
                .contains("meta ibrname \"br-apps\" meta protocol ip6 drop");
    }

    @Test
    void a_kernel_that_cannot_drop_these_frames_is_reported() throws Exception {
        network("5: br-apps    inet6 fd12:3456::1/64 scope global");
        tool(
                "nft",
                "[ \"$1\" != --file ] || ! grep --quiet ibrname || { echo 'no meta' >&2; exit 1; }");

        assertThat(check())
                .isEqualTo(
                        "failed: the rules of bridge_ipv6 for br-apps could not be put in place"
                                + " with nft: no meta\n");
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
