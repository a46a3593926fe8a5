package io.autoserve;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.RegistryRules;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.Amounts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a controller. Only {@link #from} reads the environment.
 *
 * @param name name of this controller, and of its container if it runs in one
 * @param advertised address at which other controllers and the load balancer reach its API
 * @param installation name that distinguishes this installation's containers from those of another
 *     installation on the same Docker Engine
 * @param proxyFolder folder shared with nginx, for the token, the route tables and the certificates
 * @param proxyContainer name of the container of the first nginx
 * @param proxies number of nginx, 1 to {@value #MAX_PROXIES}. The folder and the container of the
 *     second one have the names of the first, with {@code nginx-2} below or {@code -2} behind
 * @param firewallContainer name of the container that limits what apps can reach; null if this
 *     installation has none, as on a developer's machine
 * @param frontDoorContainer name of the container that asks the platform's published addresses;
 *     null if this installation has none, as on a developer's machine
 * @param registries the registries that images may be pulled from
 * @param privateReceivers hosts of receivers of notifications that may be reached whatever their
 *     address
 * @param metricHosts hosts that metrics of scaling may be read from whatever their address
 * @param secretKeyFile file with the keys that seal secrets; null to store no secrets. The keys
 *     themselves are never in the environment, because anyone who may inspect a container can read
 *     its environment
 * @param acmeDirectory directory URL of the authority that certificates are ordered from
 * @param maxInstances limit for the number of instances that all apps together can have, 1 to
 *     {@value #MAX_INSTANCES}
 * @param instanceLimits defaults and maxima for the CPU and memory of an instance
 * @param historyBytes maximum size of all events, of all revisions, and of all permitted acts in
 *     the audit. Beyond it, the oldest are deleted
 * @param tls how the controller and other parts of the platform prove who they are; null if they
 *     talk without TLS
 */
public record Settings(
        String name,
        String apiHost,
        int apiPort,
        String advertised,
        Postgres postgres,
        String dockerSocket,
        String installation,
        String network,
        String subnet,
        Path proxyFolder,
        String proxyContainer,
        int proxies,
        @Nullable String firewallContainer,
        @Nullable String frontDoorContainer,
        Allowance allowance,
        RegistryRules registries,
        Set<String> privateReceivers,
        Set<String> metricHosts,
        @Nullable Path secretKeyFile,
        URI acmeDirectory,
        int maxInstances,
        InstanceLimits instanceLimits,
        long historyBytes,
        AccessSettings access,
        @Nullable PlatformTls tls) {

    /**
     * The highest value of {@link #maxInstances}, and its default. nginx has memory for the
     * counters of this many instances, see {@code nginx/lua/autoserve/memory.lua}.
     */
    public static final int MAX_INSTANCES = 16_384;

    /** The highest value of {@link #proxies}. */
    public static final int MAX_PROXIES = 8;

    /** The default of {@link #historyBytes}. */
    public static final long HISTORY_BYTES = 2L << 30;

    private static final String AUTHORITY = "AUTOSERVE_POSTGRES_CA_FILE";
    private static final String IDENTITY = "AUTOSERVE_IDENTITY_FOLDER";
    private static final int LEAST_HISTORY_MB = 256;
    private static final int MOST_HISTORY_MB = 1_000_000;

    /**
     * How to reach the database.
     *
     * @param hosts addresses of all databases as {@code host:port}, comma-separated; the controller
     *     finds out which one is the primary
     * @param authority PEM file with the CA certificates that verify the database's certificate;
     *     null to connect without TLS
     * @param identity folder with the certificate by which the controller proves its identity, see
     *     {@link io.autoserve.cluster.Databases}; null to prove it by the password alone
     */
    public record Postgres(
            String hosts,
            String database,
            String user,
            String password,
            @Nullable Path authority,
            @Nullable Path identity) {
        /** Creates settings without TLS, for a database on this machine. */
        public Postgres(String hosts, String database, String user, String password) {
            this(hosts, database, user, password, null, null);
        }

        /** Returns how many standbys the primary should have. */
        int standbys() {
            return hosts.split(",").length - 1;
        }

        @Override
        public String toString() {
            return "%s/%s as %s".formatted(hosts, database, user);
        }
    }

    /**
     * How the controller and other parts of the platform prove to each other who they are.
     *
     * @param identity folder with this controller's certificate, its key and the authorities
     * @param apiPort the port at which the load balancer reaches the API
     * @param proxyAdmins addresses of the admin ports of all nginx as {@code host:port}, in their
     *     order
     */
    public record PlatformTls(Path identity, int apiPort, List<String> proxyAdmins) {
        public PlatformTls {
            proxyAdmins = List.copyOf(proxyAdmins);
        }
    }

    public static Settings from(Map<String, String> environment) {
        var port = Integer.parseInt(environment.getOrDefault("AUTOSERVE_API_PORT", "8000"));
        var host = environment.getOrDefault("AUTOSERVE_API_HOST", "127.0.0.1");
        var name = environment.getOrDefault("AUTOSERVE_NAME", "autoserve-controller-1");
        var installation = environment.getOrDefault("AUTOSERVE_INSTALLATION", "autoserve");
        return new Settings(
                name,
                host,
                port,
                environment.getOrDefault("AUTOSERVE_ADVERTISED", "http://127.0.0.1:" + port),
                postgres(environment),
                environment.getOrDefault("AUTOSERVE_DOCKER", "unix:///var/run/docker.sock"),
                installation,
                environment.getOrDefault("AUTOSERVE_NETWORK", "autoserve"),
                environment.getOrDefault("AUTOSERVE_SUBNET", "172.20.0.0/16"),
                Path.of(
                        environment.getOrDefault(
                                "AUTOSERVE_PROXY_FOLDER", "/var/lib/autoserve/proxy")),
                environment.getOrDefault("AUTOSERVE_PROXY_CONTAINER", "autoserve-nginx"),
                proxies(environment),
                environment.get("AUTOSERVE_FIREWALL_CONTAINER"),
                environment.get("AUTOSERVE_FRONT_DOOR_CONTAINER"),
                new Allowance(
                        installation,
                        flag(environment, "AUTOSERVE_ALLOW_HOST_PATHS", "false"),
                        flag(environment, "AUTOSERVE_ALLOW_PRIVILEGED", "false")),
                new RegistryRules(
                        false,
                        flag(environment, "AUTOSERVE_ALLOW_PRIVATE_REGISTRIES", "true"),
                        words(environment, "AUTOSERVE_TRUSTED_REGISTRIES")),
                words(environment, "AUTOSERVE_NOTIFY_HOSTS"),
                words(environment, "AUTOSERVE_METRIC_HOSTS"),
                path(environment.get("AUTOSERVE_SECRET_KEY_FILE")),
                URI.create(
                        environment.getOrDefault(
                                "AUTOSERVE_ACME_DIRECTORY",
                                "https://acme-v02.api.letsencrypt.org/directory")),
                whole(environment, "AUTOSERVE_MAX_INSTANCES", MAX_INSTANCES, 1, MAX_INSTANCES),
                new InstanceLimits(
                        resources(environment, "AUTOSERVE_DEFAULT_"),
                        resources(environment, "AUTOSERVE_MAX_")),
                (long)
                                whole(
                                        environment,
                                        "AUTOSERVE_HISTORY_MAX_MB",
                                        (int) (HISTORY_BYTES >> 20),
                                        LEAST_HISTORY_MB,
                                        MOST_HISTORY_MB)
                        << 20,
                AccessSettings.from(environment, host),
                platformTls(environment, installation));
    }

    private static @Nullable PlatformTls platformTls(
            Map<String, String> environment, String installation) {
        var folder = path(environment.get("AUTOSERVE_IDENTITY_FOLDER"));
        return folder == null
                ? null
                : new PlatformTls(
                        folder,
                        whole(environment, "AUTOSERVE_API_TLS_PORT", 8443, 1, 65_535),
                        proxyAdmins(environment, installation));
    }

    private static int proxies(Map<String, String> environment) {
        return whole(environment, "AUTOSERVE_PROXIES", 1, 1, MAX_PROXIES);
    }

    private static List<String> proxyAdmins(Map<String, String> environment, String installation) {
        var number = proxies(environment);
        var addresses = environment.get("AUTOSERVE_PROXY_ADMIN");
        if (addresses == null) {
            return IntStream.rangeClosed(1, number)
                    .mapToObj(i -> numbered(installation + "-nginx", i) + ":8081")
                    .toList();
        }
        var all = List.of(addresses.strip().split("[ ,]+", -1));
        if (all.size() < number) {
            throw new IllegalArgumentException(
                    "AUTOSERVE_PROXY_ADMIN must have an address for each of the %d proxies, was '%s'"
                            .formatted(number, addresses));
        }
        return all.subList(0, number);
    }

    /** Returns the name of the nth of several parts. The first one has no number. */
    static String numbered(String name, int number) {
        return number == 1 ? name : name + "-" + number;
    }

    private static Postgres postgres(Map<String, String> environment) {
        var identity = path(environment.get(IDENTITY));
        var authority =
                identity == null || environment.containsKey(AUTHORITY)
                        ? authority(AUTHORITY, path(environment.get(AUTHORITY)))
                        : authority(IDENTITY, identity.resolve("ca.crt"));
        return new Postgres(
                environment.getOrDefault("AUTOSERVE_POSTGRES", "127.0.0.1:5432"),
                environment.getOrDefault("AUTOSERVE_POSTGRES_DATABASE", "autoserve"),
                environment.getOrDefault("AUTOSERVE_POSTGRES_USER", "autoserve"),
                password(environment),
                authority,
                identity);
    }

    /** Returns the words of a list that is separated by spaces or commas. */
    static Set<String> words(Map<String, String> environment, String name) {
        return Stream.of(environment.getOrDefault(name, "").split("[ ,]+"))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toSet());
    }

    /** Returns the whole number in the variable, or the standard if it is not set. */
    static int whole(
            Map<String, String> environment, String name, int standard, int least, int most) {
        var text = environment.get(name);
        if (text == null) {
            return standard;
        }
        var number = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
        if (number < least || number > most) {
            throw new IllegalArgumentException(
                    "%s must be %d to %d, was '%s'".formatted(name, least, most, text));
        }
        return number;
    }

    private static Resources resources(Map<String, String> environment, String prefix) {
        return new Resources(
                (int) amount(environment, prefix + "CPU", Amounts::cpuMillis),
                amount(environment, prefix + "MEMORY", Amounts::memoryBytes));
    }

    /** Returns 0 if the variable is not set, or empty, as Compose sets it. */
    private static long amount(
            Map<String, String> environment, String name, ToLongFunction<String> read) {
        var text = environment.getOrDefault(name, "");
        try {
            return text.isEmpty() ? 0 : read.applyAsLong(text);
        } catch (IllegalArgumentException invalid) {
            throw new IllegalArgumentException(name + " " + invalid.getMessage(), invalid);
        }
    }

    /** Refuses other words, so that a misspelled one is never read as the opposite. */
    private static boolean flag(Map<String, String> environment, String name, String standard) {
        var text = environment.getOrDefault(name, standard);
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "%s must be true or false, was '%s'".formatted(name, text));
        };
    }

    private static @Nullable Path path(@Nullable String name) {
        return name == null ? null : Path.of(name);
    }

    /**
     * Reads the password, preferably from a file. In the environment it would be visible to anyone
     * who inspects the container.
     */
    private static String password(Map<String, String> environment) {
        var file = environment.get("AUTOSERVE_POSTGRES_PASSWORD_FILE");
        if (file == null) {
            return environment.getOrDefault("AUTOSERVE_POSTGRES_PASSWORD", "");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("AUTOSERVE_POSTGRES_PASSWORD_FILE: " + e, e);
        }
    }

    /**
     * Checks the file at the start. Without a usable certificate, a controller would try to connect
     * to a database forever.
     */
    private static @Nullable Path authority(String setting, @Nullable Path file) {
        if (file == null) {
            return null;
        }
        try (var in = Files.newInputStream(file)) {
            if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
                return file;
            }
        } catch (CertificateException | IOException e) {
            throw new IllegalArgumentException(noAuthority(setting, file), e);
        }
        throw new IllegalArgumentException(noAuthority(setting, file));
    }

    private static String noAuthority(String setting, Path file) {
        return "%s must contain certificates in PEM, but %s has none that can be read"
                .formatted(setting, file);
    }
}
