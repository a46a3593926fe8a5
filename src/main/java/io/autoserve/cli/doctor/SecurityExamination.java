package io.autoserve.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.Settings;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.doctor.Exposure.AppsGuard;
import io.autoserve.cli.doctor.Exposure.Expiry;
import io.autoserve.cli.doctor.Exposure.GivenToken;
import io.autoserve.cli.doctor.Exposure.GuardedFile;
import io.autoserve.cli.doctor.Exposure.Published;
import io.autoserve.cli.doctor.Exposure.SocketAccess;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.identity.Expirations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Gathers what is open on this machine, and judges none of it. */
final class SecurityExamination {
    private static final Path SOCKET = Path.of("/var/run/docker.sock");
    private static final List<String> DANGEROUS =
            List.of("AUTOSERVE_ALLOW_PRIVILEGED", "AUTOSERVE_ALLOW_HOST_PATHS");

    /** Files and folders that only their owner may read; see certificates.sh and platform.sh. */
    private static final List<String> GUARDED =
            List.of("secrets", "authority", "admin-token", "secret-key");

    private static final Duration DOMAIN_NOTICE = Duration.ofDays(30);

    private final Api api;
    private final Commands commands;
    private final Settings settings;
    private final Path folder;
    private final InstantSource clock;

    SecurityExamination(
            Api api,
            Commands commands,
            Map<String, String> environment,
            Path folder,
            InstantSource clock) {
        this.api = api;
        this.commands = commands;
        this.settings = Settings.from(environment);
        this.folder = folder;
        this.clock = clock;
    }

    /**
     * @param images the ages of the platform's images
     */
    Exposure exposure(PlatformKind place, Docker docker, List<ImageAge> images) {
        return new Exposure(
                place,
                docker.containers().stream()
                        .filter(it -> it.partOf(settings.installation()))
                        .flatMap(it -> Published.of(it.name(), it.published()).stream())
                        .toList(),
                ask("/api/v1/session")
                        .map(session -> session.path("open").asBoolean())
                        .or(this::up),
                permitted(place, docker),
                ask("/api/v1/tokens").map(it -> all(it.path("tokens"), SecurityExamination::token)),
                ask("/api/v1/secrets").map(it -> unused(it.path("secrets"))),
                files(folder),
                certificates(),
                images,
                socket(),
                guard(place, docker),
                faulty());
    }

    /** Returns that the API is not open, if a controller answers at all. */
    private Optional<Boolean> up() {
        return Plain.get(() -> api.connection("/health/live")).map(_ -> false);
    }

    private List<String> permitted(PlatformKind place, Docker docker) {
        var allowance = settings.allowance();
        return switch (place) {
            case DEV ->
                    Stream.of(
                                    allowance.privileged() ? DANGEROUS.getFirst() : "",
                                    allowance.hostPaths() ? DANGEROUS.getLast() : "")
                            .filter(name -> !name.isEmpty())
                            .toList();
            case CLUSTER -> {
                var environment = docker.environment(settings.installation() + "-controller-1");
                yield DANGEROUS.stream()
                        .filter(name -> environment.contains(name + "=true"))
                        .toList();
            }
            case NOTHING, ELSEWHERE -> List.of();
        };
    }

    private static GivenToken token(JsonNode token) {
        var everything =
                StreamSupport.stream(token.path("apps").spliterator(), false)
                        .anyMatch(pattern -> pattern.asText().equals("*"));
        return new GivenToken(
                token.path("name").asText(),
                token.path("role").asText(),
                everything,
                token.path("expiresAt").isNull(),
                token.path("expired").asBoolean());
    }

    private static List<String> unused(JsonNode secrets) {
        return StreamSupport.stream(secrets.spliterator(), false)
                .filter(secret -> secret.path("apps").isEmpty())
                .map(secret -> secret.path("name").asText())
                .toList();
    }

    /** Returns the guarded files that exist, with their modes. */
    static List<GuardedFile> files(Path folder) {
        var files = new ArrayList<GuardedFile>();
        for (var name : GUARDED) {
            var file = folder.resolve(name);
            try {
                if (Files.exists(file)) {
                    files.add(
                            new GuardedFile(
                                    file.toString(),
                                    PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(file))));
                }
            } catch (IOException | UnsupportedOperationException unreadable) {
                files.add(new GuardedFile(file.toString(), "unknown"));
            }
        }
        return List.copyOf(files);
    }

    private List<Expiry> certificates() {
        var certificates = new ArrayList<Expiry>();
        authorityEnd(folder).map(this::authority).ifPresent(certificates::add);
        for (var domains : ask("/api/v1/domains").map(it -> it.path("domains")).stream().toList()) {
            domains.forEach(domain -> domain(domain).ifPresent(certificates::add));
        }
        return List.copyOf(certificates);
    }

    private Expiry authority(Instant end) {
        return new Expiry(
                "AutoServe's own authority",
                left(end),
                Expirations.AUTHORITY_NOTICE,
                "run './autoserve platform rotate-ca'; clients then need the new .autoserve/ca.crt");
    }

    /**
     * Returns when the authority expires. Reads its copy for clients, since only root may read the
     * folder of the authority.
     */
    static Optional<Instant> authorityEnd(Path folder) {
        try (var in = Files.newInputStream(folder.resolve("ca.crt"))) {
            var certificate =
                    (X509Certificate)
                            CertificateFactory.getInstance("X.509").generateCertificate(in);
            return Optional.of(certificate.getNotAfter().toInstant());
        } catch (IOException | CertificateException unreadable) {
            return Optional.empty();
        }
    }

    private Optional<Expiry> domain(JsonNode domain) {
        try {
            var host = domain.path("host").asText();
            return Optional.of(
                    new Expiry(
                            host,
                            left(Instant.parse(domain.path("notAfter").asText(""))),
                            DOMAIN_NOTICE,
                            "check 'autoserve domain list', which shows why it was not renewed"));
        } catch (DateTimeException noCertificate) {
            return Optional.empty();
        }
    }

    private Duration left(Instant end) {
        return Duration.between(clock.instant(), end);
    }

    private Optional<SocketAccess> socket() {
        try {
            var socket = SOCKET.toRealPath();
            var attributes =
                    Files.readAttributes(
                            socket, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            var group = attributes.group().getName();
            var everybody = attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
            return Optional.of(new SocketAccess(group, members(group), everybody));
        } catch (IOException | UnsupportedOperationException none) {
            return Optional.empty();
        }
    }

    private Optional<AppsGuard> guard(PlatformKind place, Docker docker) {
        return switch (place) {
            case CLUSTER -> Optional.of(guard(docker));
            case DEV, NOTHING, ELSEWHERE -> Optional.empty();
        };
    }

    private AppsGuard guard(Docker docker) {
        var name = settings.installation() + "-firewall";
        var environment = docker.environment(name);
        return new AppsGuard(
                name,
                docker.containers().stream()
                        .filter(it -> it.name().equals(name))
                        .map(Docker.Container::status)
                        .findFirst()
                        .orElse(""),
                !environment.contains("AUTOSERVE_APPS_APART=false"),
                value(environment, "AUTOSERVE_APP_NETWORKS"),
                List.of(
                        value(
                                        docker.environment(settings.installation() + "-nginx"),
                                        "AUTOSERVE_TRUSTED_PROXIES")
                                .split("[, ]+", -1)),
                List.of(
                        value(environment, "AUTOSERVE_SUBNET"),
                        // Docker replaces an app's address where it leaves the network of apps.
                        value(environment, "AUTOSERVE_CONTROL_ADDRESSES") + ".1"));
    }

    private static String value(Collection<String> environment, String name) {
        return environment.stream()
                .filter(it -> it.startsWith(name + "="))
                .map(it -> it.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    /** Returns the users whom the machine's list of groups puts into the group. */
    private List<String> members(String group) {
        return commands.run("getent", "group", group)
                .filter(Commands.Said::succeeded)
                .map(said -> said.text().substring(said.text().lastIndexOf(':') + 1))
                .map(text -> Stream.of(text.split(",", -1)).filter(it -> !it.isBlank()).toList())
                .orElse(List.of());
    }

    private static List<String> faulty() {
        var list = FaultList.read();
        return Libraries.of(System.getProperty("java.class.path", "")).stream()
                .flatMap(library ->
                        list.of(library).stream()
                                .map(fault ->
                                        "%s %s has a known vulnerability%s; needed: %s"
                                                .formatted(
                                                        library.name(),
                                                        library.version(),
                                                        fault.id().isEmpty()
                                                                ? ""
                                                                : " (%s)".formatted(fault.id()),
                                                        fault.remedy())))
                .toList();
    }

    private static <T> List<T> all(JsonNode array, Function<JsonNode, T> conversion) {
        return StreamSupport.stream(array.spliterator(), false).map(conversion).toList();
    }

    private Optional<JsonNode> ask(String path) {
        try {
            return Optional.of(api.get(path));
        } catch (CommandFailure refused) {
            return Optional.empty();
        }
    }
}
