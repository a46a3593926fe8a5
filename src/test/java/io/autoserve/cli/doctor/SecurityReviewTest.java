package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.autoserve.cli.doctor.Commands.Said;
import io.autoserve.cli.doctor.Exposure.AppsGuard;
import io.autoserve.cli.doctor.Exposure.Expiry;
import io.autoserve.cli.doctor.Exposure.GivenToken;
import io.autoserve.cli.doctor.Exposure.GuardedFile;
import io.autoserve.cli.doctor.Exposure.Published;
import io.autoserve.cli.doctor.Exposure.SocketAccess;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Finding.Severity;
import io.autoserve.testing.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Opens one thing at a time, and checks the finding and its remedy. */
class SecurityReviewTest {

    /** A machine on which nothing is open that need not be. Each test changes one fact. */
    static final class Closed {
        PlatformKind place = PlatformKind.CLUSTER;
        List<Published> ports =
                List.of(
                        new Published("autoserve-nginx", "0.0.0.0", 443, 443),
                        new Published("autoserve-controller-lb", "127.0.0.1", 8000, 8000));
        Optional<Boolean> open = Optional.of(false);
        List<String> permitted = List.of();
        Optional<List<GivenToken>> tokens =
                Optional.of(
                        List.of(
                                new GivenToken("admin", "admin", true, true, false),
                                new GivenToken("ci", "deployer", false, false, false)));
        Optional<List<String>> unused = Optional.of(List.of());
        List<GuardedFile> files = List.of(new GuardedFile("/x/secrets", "rwx------"));
        List<Expiry> certificates =
                List.of(
                        new Expiry(
                                "the authority",
                                Duration.ofDays(400),
                                Duration.ofDays(365),
                                "renew"));
        List<ImageAge> images = List.of(new ImageAge("autoserve/nginx", Duration.ofDays(3)));
        Optional<SocketAccess> socket = Optional.of(new SocketAccess("docker", List.of(), false));
        Optional<AppsGuard> guard = guard("Up 2 hours (healthy)", true, "");
        List<String> faulty = List.of();

        Exposure facts() {
            return new Exposure(
                    place,
                    ports,
                    open,
                    permitted,
                    tokens,
                    unused,
                    files,
                    certificates,
                    images,
                    socket,
                    guard,
                    faulty);
        }
    }

    @Test
    void a_machine_on_which_nothing_is_open_has_only_good_findings() {
        var diagnosis = new SecurityReview(new Closed().facts()).diagnosis();

        assertThat(diagnosis.worst()).isEqualTo(Severity.OK);
        assertThat(diagnosis.findings())
                .extracting(Finding::check)
                .contains("ports", "access", "options", "tokens", "files")
                .contains("certificates", "images", "docker", "firewall", "libraries");
        assertThat(diagnosis.findings())
                .extracting(Finding::fact)
                .contains("every token except 'admin' expires and is limited to its apps");
    }

    @ParameterizedTest(name = "{2} {3}: {0}")
    @MethodSource
    void what_is_open_is_shown_with_its_remedy(
            String fact, Consumer<Closed> opening, Severity severity, String check) {
        var facts = new Closed();
        opening.accept(facts);

        var diagnosis = new SecurityReview(facts.facts()).diagnosis();

        assertThat(diagnosis.worst()).isEqualTo(severity);
        assertThat(diagnosis.findings())
                .filteredOn(it -> it.severity() == severity)
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.check()).isEqualTo(check);
                    assertThat(it.fact()).contains(fact);
                    assertThat(it.wayOut()).isNotBlank();
                });
    }

    static Stream<Arguments> what_is_open_is_shown_with_its_remedy() {
        return Stream.of(
                warns("without TLS", it -> it.ports = published("0.0.0.0", 8001, 8000), "ports"),
                warns("without TLS", it -> it.ports = published("[::]", 8001, 8000), "ports"),
                warns("a database", it -> it.ports = published("0.0.0.0", 5433, 5432), "database"),
                warns(
                        "does not publish",
                        it -> it.ports = published("192.0.2.1", 2379, 2379),
                        "ports"),
                fails("requires no tokens", it -> it.open = Optional.of(true), "access"),
                warns("no controller answers", it -> it.open = Optional.empty(), "access"),
                warns(
                        "AUTOSERVE_ALLOW_PRIVILEGED is on",
                        it -> it.permitted = List.of("AUTOSERVE_ALLOW_PRIVILEGED"),
                        "options"),
                warns("were not checked", it -> it.tokens = Optional.empty(), "tokens"),
                warns(
                        "never expire: grafana",
                        it -> it.tokens = token("grafana", "viewer", true, true, false),
                        "tokens"),
                warns(
                        "besides this machine's own: ann",
                        it -> it.tokens = token("ann", "admin", true, false, false),
                        "tokens"),
                warns(
                        "all apps: cd",
                        it -> it.tokens = token("cd", "deployer", true, false, false),
                        "tokens"),
                warns(
                        "have expired: old",
                        it -> it.tokens = token("old", "viewer", true, false, true),
                        "tokens"),
                fails(
                        "/x/ca.key has the mode rw-r--r--",
                        it -> it.files = List.of(new GuardedFile("/x/ca.key", "rw-r--r--")),
                        "files"),
                warns(
                        "valid for another 12 days",
                        it -> it.certificates = expiring(12),
                        "certificates"),
                fails("has expired", it -> it.certificates = expiring(-1), "certificates"),
                warns(
                        "built 45 days ago",
                        it -> it.images = List.of(new ImageAge("nginx", Duration.ofDays(45))),
                        "images"),
                warns(
                        "the group docker may use Docker's socket, and so is root: ann, bob",
                        it ->
                                it.socket =
                                        Optional.of(
                                                new SocketAccess(
                                                        "docker", List.of("ann", "bob"), false)),
                        "docker"),
                fails(
                        "every user",
                        it -> it.socket = Optional.of(new SocketAccess("root", List.of(), true)),
                        "docker"),
                fails(
                        "autoserve-firewall is not healthy: Up 2 hours (unhealthy)",
                        it -> it.guard = guard("Up 2 hours (unhealthy)", true, ""),
                        "firewall"),
                fails("does not exist", it -> it.guard = guard("", true, ""), "firewall"),
                warns(
                        "AUTOSERVE_APPS_APART is false",
                        it -> it.guard = guard("Up 2 hours (healthy)", false, ""),
                        "apps"),
                warns(
                        "these networks: 10.1.0.0/16",
                        it -> it.guard = guard("Up 2 hours (healthy)", true, "10.1.0.0/16"),
                        "apps"),
                warns(
                        "they connect from trusted proxies: 172.16.0.0/12, 172.21.0.1",
                        it ->
                                it.guard =
                                        trusting(
                                                "203.0.113.0/24",
                                                "172.16.0.0/12",
                                                "172.21.0.1",
                                                "172.21.0.10",
                                                "2001:db8::/32",
                                                ""),
                        "apps"),
                fails("netty", it -> it.faulty = List.of("netty has a fault"), "libraries"),
                warns(
                        "no app uses these secrets: old-key",
                        it -> it.unused = Optional.of(List.of("old-key")),
                        "secrets"));
    }

    @Test
    void dev_without_tokens_on_loopback_is_as_it_should_be() {
        var facts = new Closed();
        facts.place = PlatformKind.DEV;
        facts.open = Optional.of(true);

        assertThat(new SecurityReview(facts.facts()).diagnosis().worst()).isEqualTo(Severity.OK);
    }

    @Test
    void ports_are_read_as_docker_prints_them() {
        assertThat(
                        Published.of(
                                "lb",
                                "127.0.0.1:8000-8001->8000-8001/tcp, [::]:443->8443/tcp, 9000/tcp,"
                                        + " 0.0.0.0:53->53/udp"))
                .containsExactly(
                        new Published("lb", "127.0.0.1", 8000, 8000),
                        new Published("lb", "127.0.0.1", 8001, 8001),
                        new Published("lb", "[::]", 443, 8443));
    }

    @Test
    void docker_reports_an_images_age_and_a_containers_environment() {
        var docker =
                new Docker(
                        command ->
                                Optional.of(
                                        new Said(
                                                true,
                                                switch (command[1]) {
                                                    case "image" ->
                                                            "\"2026-01-02T03:04:05.678+01:00\"";
                                                    case "inspect" -> "A=1\nB=true\n";
                                                    default -> "{}";
                                                })),
                        "");

        assertThat(docker.created("nginx")).contains(Instant.parse("2026-01-02T02:04:05.678Z"));
        assertThat(docker.environment("c")).containsExactlyInAnyOrder("A=1", "B=true");
    }

    @Test
    void modes_are_read_from_the_files_that_exist(@TempDir Path folder) throws IOException {
        Files.createDirectory(
                folder.resolve("secrets"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createFile(folder.resolve("admin-token"));
        Files.setPosixFilePermissions(
                folder.resolve("admin-token"), PosixFilePermissions.fromString("rw-r-----"));

        assertThat(SecurityExamination.files(folder))
                .extracting(GuardedFile::mode, GuardedFile::toOthers)
                .containsExactly(tuple("rwx------", false), tuple("rw-r-----", true));
    }

    @Test
    void the_end_of_the_authority_is_read_from_its_public_copy(@TempDir Path folder) {
        assertThat(SecurityExamination.authorityEnd(folder)).isEmpty();

        new Authority().writePart(folder, "t-nginx");

        assertThat(SecurityExamination.authorityEnd(folder)).isPresent();
    }

    private static Optional<AppsGuard> guard(String status, boolean apart, String networks) {
        return Optional.of(
                new AppsGuard("autoserve-firewall", status, apart, networks, List.of(), List.of()));
    }

    private static Optional<AppsGuard> trusting(String... proxies) {
        return Optional.of(
                new AppsGuard(
                        "autoserve-firewall",
                        "Up 2 hours (healthy)",
                        true,
                        "",
                        List.of(proxies),
                        List.of("172.20.0.0/16", "172.21.0.1")));
    }

    private static List<Published> published(String address, int port, int inside) {
        return List.of(new Published("autoserve-x", address, port, inside));
    }

    private static Optional<List<GivenToken>> token(
            String name, String role, boolean everything, boolean endless, boolean expired) {
        return Optional.of(List.of(new GivenToken(name, role, everything, endless, expired)));
    }

    private static List<Expiry> expiring(int days) {
        return List.of(
                new Expiry("the API", Duration.ofDays(days), Duration.ofDays(30), "renew it"));
    }

    private static Arguments fails(String fact, Consumer<Closed> opening, String check) {
        return arguments(fact, opening, Severity.FAIL, check);
    }

    private static Arguments warns(String fact, Consumer<Closed> opening, String check) {
        return arguments(fact, opening, Severity.WARN, check);
    }
}
