package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.await;
import static java.time.temporal.ChronoUnit.DAYS;
import static java.time.temporal.ChronoUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.cluster.DatabaseTls;
import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Session;
import io.autoserve.testing.Authority;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs two databases under Patroni, with addresses and files as in docker-compose.yml, except that
 * there is one network only.
 */
class DatabasesIT {
    private static final long PID = ProcessHandle.current().pid();
    private static final String NAME = "t-db-" + PID;
    private static final String ETCD = NAME + "-etcd";
    private static final List<String> BOTH =
            List.of(NAME + "-postgres-primary", NAME + "-postgres-replica");
    private static final String SECRETS = NAME + "-secrets";
    private static final List<String> PASSWORDS =
            List.of("superuser", "replication", "rewind", "autoserve");

    /** The first three numbers of the network's addresses. */
    private static final String ADDRESSES = "10.%d.%d".formatted(200 + PID % 50, PID / 50 % 250);

    private static final int CONTROLLER = 21;
    private static final int DATABASE = 31;
    private static final int STRANGER = 99;

    /** Patroni notices a killed primary after 20 s. */
    private static final Duration PATIENCE = EnginePace.patience(Duration.ofMinutes(2));

    private static final String FOLLOWERS_BY_TLS =
            "select count(*) from pg_stat_replication join pg_stat_ssl using (pid)"
                    + " where state = 'streaming' and sync_state = 'sync' and ssl"
                    + " and client_dn is not null";

    private static final String TLS = "sslmode=verify-full sslrootcert=/run/autoserve/ca.crt";
    private static final String CERTIFIED =
            TLS + " sslcert=/run/autoserve/part.crt sslkey=/run/autoserve/part.key";

    private static final String TLS_OF_ETCD =
            "--endpoints=https://" + ETCD + ":2379 --cacert=/run/autoserve/ca.crt";

    @TempDir private static Path state;
    private static final Authority AUTHORITY = new Authority();
    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void start() throws IOException {
        for (var name : PASSWORDS) {
            Files.writeString(state.resolve(name + "-password"), "password-of-" + name);
        }
        AUTHORITY.write(state.resolve("ca.crt"));
        issueCertificate();
        docker("network", "create", "--subnet", ADDRESSES + ".0/24", NAME);
        run(ETCD, List.of(), "etcd-server", "--advertise-client-urls=https://" + ETCD + ":2379");
        for (var database : BOTH) {
            run(
                    database,
                    List.of(
                            "--ip=%s.%d".formatted(ADDRESSES, DATABASE + BOTH.indexOf(database)),
                            "--env=PATRONI_NAME=" + database,
                            "--env=PATRONI_ETCD3_HOSTS=" + ETCD + ":2379",
                            "--env=AUTOSERVE_CONTROL_ADDRESSES=" + ADDRESSES,
                            "--publish=127.0.0.1::5432"),
                    "patroni");
        }
        awaitFollower();
    }

    /** Puts a new certificate into the volume, as the authority of the platform does. */
    private static void issueCertificate() throws IOException {
        var now = Instant.now();
        var issued =
                AUTHORITY.issue(
                        now.minus(1, HOURS),
                        now.plus(1, DAYS),
                        BOTH.getFirst(),
                        BOTH.getLast(),
                        ETCD,
                        "localhost",
                        "127.0.0.1");
        Files.writeString(state.resolve("part.crt"), issued.chain());
        Files.writeString(state.resolve("part.key"), issued.key().reveal());
        docker(
                "run",
                "--rm",
                "--user=root",
                "--volume=%s:/run/autoserve".formatted(SECRETS),
                "--volume=%s:/new:ro".formatted(state),
                "localhost/autoserve/postgres",
                "bash",
                "-c",
                "install --owner=postgres --mode=400 /new/* /run/autoserve/");
    }

    private static void run(String container, List<String> options, String... command) {
        var all = new ArrayList<>(List.of("run", "--detach", "--network", NAME));
        all.addAll(List.of("--name", container, "--volume=" + SECRETS + ":/run/autoserve:ro"));
        all.addAll(options);
        all.add("localhost/autoserve/postgres");
        all.addAll(List.of(command));
        docker(all.toArray(String[]::new));
    }

    @AfterAll
    static void remove() {
        docker("rm", "--force", "--volumes", ETCD, BOTH.getFirst(), BOTH.getLast());
        docker("network", "rm", NAME);
        docker("volume", "rm", SECRETS);
    }

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void a_client_without_tls_is_refused() {
        assertThatThrownBy(() -> ask(CONTROLLER, "sslmode=disable", "autoserve"))
                .hasMessageContaining("no encryption");
    }

    @Test
    void a_controller_is_let_in_only_with_a_certificate() {
        assertThatThrownBy(() -> ask(CONTROLLER, TLS, "autoserve"))
                .hasMessageContaining("requires a valid client certificate");
        assertThat(ask(CONTROLLER, CERTIFIED, "autoserve")).isEqualTo("t");
    }

    @Test
    void a_certificate_from_an_address_that_no_controller_has_is_refused() {
        for (var host : List.of(STRANGER, DATABASE + 5)) {
            assertThatThrownBy(() -> ask(host, CERTIFIED, "autoserve"))
                    .hasMessageContaining("no pg_hba.conf entry");
        }
    }

    @Test
    void the_superuser_and_the_roles_of_the_databases_are_refused_over_the_network() {
        for (var user : List.of("postgres", "rewind", "replication")) {
            assertThatThrownBy(() -> ask(CONTROLLER, CERTIFIED, user))
                    .hasMessageContaining("no pg_hba.conf entry");
        }
    }

    @Test
    void further_clients_are_let_in_by_their_networks() {
        assertThat(rules("10.1.0.0/16, fd00::/8"))
                .contains("hostssl autoserve autoserve 10.1.0.0/16 scram-sha-256")
                .contains("hostssl autoserve autoserve fd00::/8 scram-sha-256");
        assertThatThrownBy(() -> rules("10.1.0.0/16 everybody"))
                .hasMessageContaining("AUTOSERVE_POSTGRES_CLIENTS must contain networks like")
                .hasMessageContaining("was 'everybody'");
    }

    private static String rules(String clients) {
        return inNetwork(
                STRANGER,
                "AUTOSERVE_POSTGRES_CLIENTS='%s' patroni-settings && cat /run/postgresql/patroni/2-*"
                        .formatted(clients));
    }

    @Test
    void etcd_and_patroni_refuse_a_client_without_a_certificate() {
        var etcd = "etcdctl %s endpoint health".formatted(TLS_OF_ETCD);
        var own = " --cert=/run/autoserve/part.crt --key=/run/autoserve/part.key";
        assertThatThrownBy(() -> inNetwork(STRANGER, etcd)).hasMessageContaining("unhealthy");
        assertThat(inNetwork(STRANGER, etcd + own)).isNotNull();

        var patroni =
                "python3 -c 'import ssl, sys, urllib.request as r;"
                        + " c = ssl.create_default_context(cafile=\"/run/autoserve/ca.crt\");"
                        + " sys.argv[1:] and c.load_cert_chain(*sys.argv[1:]);"
                        + " print(r.urlopen(\"https://%s:8008/liveness\", context=c).status)'"
                                .formatted(BOTH.getFirst());
        assertThatThrownBy(() -> inNetwork(STRANGER, patroni))
                .isInstanceOf(IllegalStateException.class);
        assertThat(
                        inNetwork(
                                STRANGER,
                                patroni + " /run/autoserve/part.crt /run/autoserve/part.key"))
                .isEqualTo("200");
    }

    @Test
    void etcd_tells_without_a_certificate_only_inside_its_container_whether_it_is_healthy() {
        assertThat(docker("exec", ETCD, "etcd-healthy")).isEmpty();
        assertThatThrownBy(() -> inNetwork(STRANGER, "exec 3<>/dev/tcp/%s/2381".formatted(ETCD)))
                .hasMessageContaining("refused");
    }

    @Test
    void a_hundred_clients_that_never_send_their_password_do_not_lock_controllers_out()
            throws Exception {
        var database = docker("port", primary(), "5432/tcp");
        try (var clients = new SilentClients(database, 100)) {
            Eventually.within(
                    PATIENCE,
                    "90 clients were asked for their password and did not answer",
                    () -> clients.silent() >= 90,
                    clients::silent);

            connect(databases());
        }
    }

    @Test
    void a_renewed_certificate_is_shown_and_nobody_is_hung_up_on() throws IOException {
        var session = connect(databases());
        var before = shown();

        issueCertificate();

        Eventually.within(
                PATIENCE, "another is shown", () -> !shown().equals(before), DatabasesIT::shown);
        await(session.connection().query("select 1").execute());
        connect(databases());
    }

    @Test
    void a_cluster_of_an_earlier_version_gets_its_roles_and_its_connections() {
        sql(primary(), "drop owned by rewind; drop role rewind");
        docker(
                "exec",
                primary(),
                "patronictl",
                "--config-file=/etc/patroni.yml",
                "edit-config",
                "--force",
                "--pg=max_connections=100");
        for (var each : BOTH) {
            Eventually.within(
                    PATIENCE,
                    each + " knows the earlier limit",
                    () -> settings(each).contains("\"max_connections\": 100"),
                    () -> settings(each));
        }

        docker("stop", BOTH.getFirst(), BOTH.getLast(), ETCD);

        docker("start", BOTH.getFirst());
        assertThat(docker("wait", BOTH.getFirst()).strip()).isEqualTo("1");
        assertThat(logs().getFirst()).contains("could not set max_connections to 300 in etcd");

        docker("start", ETCD, BOTH.getFirst(), BOTH.getLast());

        awaitFollower();
        Eventually.within(
                PATIENCE,
                "the role exists",
                () ->
                        attempted(() -> sql(primary(), "select rolname from pg_roles"))
                                .orElse("")
                                .contains("rewind"),
                DatabasesIT::logs);
        assertThat(sql(primary(), "show max_connections")).isEqualTo("300");
    }

    private static String settings(String database) {
        return docker("exec", database, "bash", "-c", "cat \"$PGDATA/patroni.dynamic.json\"");
    }

    @Test
    void what_takes_over_and_what_comes_back_speaks_tls() {
        var databases = databases();
        var before = connect(databases).address();
        var lost = primary();

        docker("kill", lost);
        Eventually.within(
                PATIENCE,
                "the other takes over",
                () -> !connect(databases).address().equals(before),
                () -> docker("logs", "--tail=20", lost));

        docker("start", lost);
        awaitFollower();
    }

    /** Connects as a controller does, with retries. */
    private static Session connect(Databases databases) {
        var attempt = new AtomicReference<Session>();
        Eventually.within(
                PATIENCE,
                "a primary is found",
                () -> succeeds(() -> attempt.set(await(databases.connect(Map.of())))),
                DatabasesIT::logs);
        return attempt.get();
    }

    private static void awaitFollower() {
        Eventually.within(
                PATIENCE,
                "the replica follows by TLS",
                () -> attempted(() -> sql(primary(), FOLLOWERS_BY_TLS)).equals(Optional.of("1")),
                DatabasesIT::logs);
    }

    private static List<String> logs() {
        return BOTH.stream().map(each -> docker("logs", "--tail=20", each)).toList();
    }

    private static boolean succeeds(Runnable asked) {
        return attempted(
                        () -> {
                            asked.run();
                            return true;
                        })
                .isPresent();
    }

    /**
     * Tries once. Returns the result, or nothing if the attempt failed. Callers must use this
     * result and must not try again, because the server may be unavailable a moment later.
     */
    private static <T> Optional<T> attempted(Supplier<T> asked) {
        try {
            return Optional.of(asked.get());
        } catch (RuntimeException notYet) {
            return Optional.empty();
        }
    }

    /** Asks the primary whether the connection is encrypted, from an address of the network. */
    private static String ask(int host, String tls, String user) {
        return inNetwork(
                host,
                "PGPASSWORD=$(</run/autoserve/%s-password) psql --no-align --tuples-only --command '%s' '%s'"
                        .formatted(
                                user.equals("postgres") ? "superuser" : user,
                                "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
                                "host=%s user=%s dbname=autoserve %s"
                                        .formatted(primary(), user, tls)));
    }

    /** Runs a command with a certificate at hand, in a container with this address. */
    private static String inNetwork(int host, String command) {
        return docker(
                "run",
                "--rm",
                "--network=" + NAME,
                "--ip=%s.%d".formatted(ADDRESSES, host),
                "--volume=%s:/run/autoserve:ro".formatted(SECRETS),
                "localhost/autoserve/postgres",
                "bash",
                "-c",
                command);
    }

    private static String shown() {
        return docker(
                "exec",
                primary(),
                "bash",
                "-c",
                "openssl s_client -starttls postgres -connect localhost:5432 </dev/null 2>/dev/null"
                        + " | openssl x509 -noout -serial");
    }

    private static String primary() {
        return BOTH.stream()
                .filter(each ->
                        attempted(() -> sql(each, "select pg_is_in_recovery()"))
                                .equals(Optional.of("f")))
                .findFirst()
                .orElseThrow();
    }

    private static String sql(String database, String sql) {
        return docker(
                "exec",
                database,
                "psql",
                "--username=postgres",
                "--no-align",
                "--tuples-only",
                "--command",
                sql);
    }

    /** Connects from this machine, as an operator does. */
    private Databases databases() {
        var hosts =
                BOTH.stream()
                        .map(each -> docker("port", each, "5432/tcp"))
                        .collect(Collectors.joining(","));
        return new Databases(
                vertx,
                hosts,
                "autoserve",
                "autoserve",
                "password-of-autoserve",
                new DatabaseTls(state.resolve("ca.crt"), null));
    }
}
