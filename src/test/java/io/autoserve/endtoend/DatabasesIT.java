package io.autoserve.endtoend;

import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.cluster.Databases;
import io.autoserve.cluster.Session;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/** Runs two databases under Patroni, with the same shell functions as {@code platform up}. */
class DatabasesIT {
    private static final String NAME = "t-db-" + ProcessHandle.current().pid();
    private static final List<String> BOTH =
            List.of(NAME + "-postgres-primary", NAME + "-postgres-replica");

    private static final Map<String, String> SECRETS =
            Map.of(
                    "postgres-superuser", "secrets/postgres-superuser",
                    "postgres-replication", "secrets/postgres-replication",
                    "postgres-autoserve", "secrets/postgres-autoserve",
                    "postgres.crt", "secrets/" + NAME + "-postgres.crt",
                    "postgres.key", "secrets/" + NAME + "-postgres.key",
                    "ca.crt", "ca.crt");

    /** Patroni notices a killed primary after 20 s. */
    private static final Duration PATIENCE = EnginePace.patience(Duration.ofMinutes(2));

    private static final String FOLLOWERS_BY_TLS =
            "select count(*) from pg_stat_replication join pg_stat_ssl using (pid)"
                    + " where state = 'streaming' and sync_state = 'sync' and ssl";

    @TempDir private static Path state;
    private final Vertx vertx = Vertx.vertx();

    @BeforeAll
    static void start() throws Exception {
        launcher("make_secrets");
        docker("network", "create", NAME);
        run(
                "etcd",
                List.of(),
                "etcd",
                "--data-dir=/var/lib/etcd/data",
                clients("listen", "0.0.0.0"),
                clients("advertise", NAME + "-etcd"));
        for (var database : BOTH) {
            var options =
                    new ArrayList<>(
                            List.of(
                                    "--env=PATRONI_NAME=" + database,
                                    "--env=PATRONI_ETCD3_HOSTS=" + NAME + "-etcd:2379",
                                    "--publish=127.0.0.1::5432"));
            SECRETS.forEach((name, file) ->
                    options.add(
                            "--volume=%s:/run/secrets/%s:ro".formatted(state.resolve(file), name)));
            run(database.substring(NAME.length() + 1), options, "patroni");
        }
        awaitFollower();
    }

    private static String clients(String verb, String host) {
        return "--%s-client-urls=http://%s:2379".formatted(verb, host);
    }

    private static void run(String part, List<String> options, String... command) {
        var all = new ArrayList<>(List.of("run", "--detach", "--network", NAME));
        all.addAll(List.of("--name", NAME + "-" + part));
        all.addAll(options);
        all.add("localhost/autoserve/postgres");
        all.addAll(List.of(command));
        docker(all.toArray(String[]::new));
    }

    @AfterAll
    static void remove() {
        docker("rm", "--force", "--volumes", NAME + "-etcd", BOTH.getFirst(), BOTH.getLast());
        docker("network", "rm", NAME);
    }

    @AfterEach
    void end() {
        await(vertx.close());
    }

    @Test
    void a_client_without_tls_is_refused() {
        assertThatThrownBy(DatabasesIT::askWithoutTls).hasMessageContaining("no encryption");
    }

    @Test
    void a_renewed_certificate_is_shown_and_nobody_is_hung_up_on() throws Exception {
        var session = connect(databases());
        var before = shown();

        // truncates the file, because the containers would not see a new file of the same name
        Files.writeString(state.resolve("secrets").resolve(NAME + "-postgres.crt"), "");
        launcher("make_certificates");
        launcher("renew_certificates");

        Eventually.within(
                PATIENCE, "another is shown", () -> !shown().equals(before), DatabasesIT::shown);
        await(session.connection().query("select 1").execute());
        connect(databases());
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

    /**
     * Connects without TLS from the container of one database to the other database, as any client
     * on their network could.
     */
    private static String askWithoutTls() {
        return docker(
                "exec",
                BOTH.getFirst(),
                "bash",
                "-c",
                "PGPASSWORD=$(</run/secrets/postgres-autoserve) psql --no-align --tuples-only --command \"$1\" \"$2\"",
                "psql",
                "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
                "host=%s user=autoserve dbname=autoserve sslmode=disable"
                        .formatted(BOTH.getLast()));
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

    private Databases databases() {
        try {
            var password = Files.readString(state.resolve("secrets").resolve("postgres-autoserve"));
            var hosts =
                    BOTH.stream()
                            .map(each -> docker("port", each, "5432/tcp"))
                            .collect(Collectors.joining(","));
            return new Databases(
                    vertx,
                    hosts,
                    "autoserve",
                    "autoserve",
                    password.strip(),
                    state.resolve("ca.crt"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls a function of the launcher. */
    private static void launcher(String... call) throws IOException, InterruptedException {
        var script =
                """
                set -euo pipefail
                state=$1 AUTOSERVE_INSTALLATION=$2
                for part in say machine certificates platform patroni upgrade; do source src/main/sh/$part.sh; done
                "${@:3}"
                """;
        var command =
                new ArrayList<>(List.of("bash", "-c", script, "bash", state.toString(), NAME));
        command.addAll(List.of(call));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
