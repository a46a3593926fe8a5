package io.autoserve.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the entrypoint of nginx's image with folders of the test, and without nginx. */
class EntrypointTest {
    private static final String FEW_FILES = "ulimit -Sn 256 && exec nginx/entrypoint \"$@\"";

    @TempDir Path folder;

    private String run(Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder("bash", "-c", FEW_FILES, "bash").redirectErrorStream(true);
        builder.command().addAll(List.of(command));
        builder.environment()
                .putAll(
                        Map.of(
                                "IDENTITY_FOLDER", folder.resolve("identity").toString(),
                                "INCLUDES_FOLDER", folder.resolve("includes").toString(),
                                "ENGINE_SOCKET", folder.resolve("docker.sock").toString(),
                                "IPV6_ADDRESSES", folder.resolve("ipv6").toString()));
        builder.environment().putAll(environment);
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return output;
    }

    private String include(String name) throws IOException {
        return Files.readString(folder.resolve("includes").resolve(name));
    }

    private void certify() throws IOException {
        Files.createDirectories(folder.resolve("identity"));
        Files.writeString(folder.resolve("identity/part.crt"), "a certificate");
    }

    /** Puts a program called nginx first in the PATH, which prints its arguments. */
    private Map<String, String> withPrintedNginx() throws IOException {
        var nginx = Files.createDirectories(folder.resolve("bin")).resolve("nginx");
        Files.writeString(nginx, "#!/bin/sh\necho \"$*\"\n");
        assertThat(nginx.toFile().setExecutable(true)).isTrue();
        return Map.of("PATH", nginx.getParent() + ":" + System.getenv("PATH"));
    }

    @Test
    void without_a_certificate_the_admin_port_and_the_controllers_are_plain() throws Exception {
        run(Map.of(), "true");

        assertThat(include("admin-port.conf")).isEqualTo("listen 0.0.0.0:8081;\n");
        assertThat(include("upstream.conf"))
                .isEqualTo("include /etc/nginx/controller-lb/upstream-plain.conf;\n");
    }

    @Test
    void with_a_certificate_both_use_tls_and_the_admin_port_listens_at_its_address()
            throws Exception {
        certify();

        run(Map.of("AUTOSERVE_ADMIN_ADDRESS", "172.21.0.10"), "true");

        assertThat(include("admin-port.conf"))
                .isEqualTo(
                        """
                        listen 172.21.0.10:8081 ssl;
                        include /etc/nginx/autoserve/admin-tls.conf;
                        """);
        assertThat(include("upstream.conf"))
                .isEqualTo("include /etc/nginx/controller-lb/upstream-tls.conf;\n");
    }

    @Test
    void trusted_proxies_are_none_or_those_that_are_listed() throws Exception {
        run(Map.of(), "true");

        assertThat(include("trusted-proxies.conf")).isEmpty();
        assertThat(include("trusted-proxies.geo")).isEmpty();

        run(Map.of("AUTOSERVE_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::1"), "true");

        assertThat(include("trusted-proxies.conf"))
                .isEqualTo("set_real_ip_from 10.0.0.0/8;\nset_real_ip_from 2001:db8::1;\n");
        assertThat(include("trusted-proxies.geo")).isEqualTo("10.0.0.0/8 1;\n2001:db8::1 1;\n");
    }

    @Test
    void a_trusted_proxy_must_be_an_address_or_a_network() throws Exception {
        var environment = new HashMap<>(withPrintedNginx());
        environment.put("AUTOSERVE_TRUSTED_PROXIES", "10.0.0.1,cdn.example.com");

        assertThat(run(environment, "nginx"))
                .contains("AUTOSERVE_TRUSTED_PROXIES: 'cdn.example.com' is neither an address")
                .doesNotContain("daemon off");
    }

    @Test
    void users_are_served_over_ipv6_if_the_kernel_has_it() throws Exception {
        run(Map.of(), "true");

        assertThat(include("public-ports.conf"))
                .isEqualTo(
                        """
                        listen 80 default_server;
                        listen 443 ssl default_server;
                        real_ip_header X-Forwarded-For;
                        """);

        Files.writeString(folder.resolve("ipv6"), "");
        run(Map.of(), "true");

        assertThat(include("public-ports.conf"))
                .isEqualTo(
                        """
                        listen 80 default_server;
                        listen 443 ssl default_server;
                        listen [::]:80 default_server;
                        listen [::]:443 ssl default_server;
                        real_ip_header X-Forwarded-For;
                        """);
    }

    @Test
    void with_the_proxy_protocol_every_port_for_users_wants_it() throws Exception {
        run(
                Map.of(
                        "AUTOSERVE_PROXY_PROTOCOL", "on",
                        "AUTOSERVE_TRUSTED_PROXIES", "10.0.0.0/8"),
                "true");

        assertThat(include("public-ports.conf"))
                .isEqualTo(
                        """
                        listen 80 default_server proxy_protocol;
                        listen 443 ssl default_server proxy_protocol;
                        real_ip_header proxy_protocol;
                        if ($autoserve_stranger) { return 444; }
                        """);
    }

    @Test
    void the_protocol_of_a_client_is_in_no_header_if_it_is_announced() throws Exception {
        run(Map.of("AUTOSERVE_TRUSTED_PROXIES", "10.0.0.0/8"), "true");

        assertThat(include("forwarded-proto.map")).isEqualTo("1:http http;\n1:https https;\n");

        run(
                Map.of(
                        "AUTOSERVE_PROXY_PROTOCOL", "on",
                        "AUTOSERVE_TRUSTED_PROXIES", "10.0.0.0/8"),
                "true");

        assertThat(include("forwarded-proto.map")).isEmpty();
    }

    @Test
    void the_proxy_protocol_needs_proxies_that_are_trusted() throws Exception {
        var environment = new HashMap<>(withPrintedNginx());
        environment.put("AUTOSERVE_PROXY_PROTOCOL", "on");

        assertThat(run(environment, "nginx"))
                .contains("AUTOSERVE_PROXY_PROTOCOL=on needs AUTOSERVE_TRUSTED_PROXIES")
                .doesNotContain("daemon off");

        environment.put("AUTOSERVE_PROXY_PROTOCOL", "v2");

        assertThat(run(environment, "nginx"))
                .contains("AUTOSERVE_PROXY_PROTOCOL must be on or off, was 'v2'.")
                .doesNotContain("daemon off");
    }

    @Test
    void nothing_starts_without_a_certificate_that_is_required() throws Exception {
        var required = new HashMap<>(withPrintedNginx());
        required.put("AUTOSERVE_IDENTITY", "required");

        assertThat(run(required, "nginx"))
                .contains("identity/part.crt is missing", "./autoserve platform up")
                .doesNotContain("daemon off");
        assertThat(folder.resolve("includes")).doesNotExist();

        certify();

        assertThat(run(required, "nginx")).isEqualTo("-e stderr -g daemon off;\n");
    }

    @Test
    void the_command_chooses_the_configuration() throws Exception {
        var environment = withPrintedNginx();

        assertThat(run(environment, "nginx")).isEqualTo("-e stderr -g daemon off;\n");
        assertThat(run(environment, "controller-lb"))
                .contains("/etc/nginx/controller-lb/nginx.conf");
        assertThat(run(environment, "engine")).contains("/etc/nginx/engine/nginx.conf");
        assertThat(run(environment, "echo", "another", "command")).isEqualTo("another command\n");
    }

    @Test
    void as_many_files_may_be_open_as_the_container_permits() throws Exception {
        var limits = run(Map.of(), "bash", "-c", "ulimit -Sn && ulimit -Hn").lines().toList();

        assertThat(limits).hasSize(2).doesNotContain("256");
        assertThat(limits.getFirst()).isEqualTo(limits.getLast());
    }

    @Test
    void the_engine_filter_removes_the_socket_that_a_killed_one_left() throws Exception {
        var socket = Files.writeString(folder.resolve("docker.sock"), "");

        run(withPrintedNginx(), "engine");

        assertThat(socket).doesNotExist();
    }
}
