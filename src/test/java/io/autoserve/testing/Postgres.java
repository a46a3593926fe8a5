package io.autoserve.testing;

import io.autoserve.cluster.Databases;
import io.vertx.core.Vertx;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/** Runs a real PostgreSQL with any number of databases, each with AutoServe's tables. */
public final class Postgres implements AutoCloseable {
    private static final List<String> NOT_COPIED = List.of("postmaster.pid", "postmaster.opts");
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final EmbeddedPostgres server;
    private final @Nullable Path data;

    private Postgres(EmbeddedPostgres server, @Nullable Path data) {
        this.server = server;
        this.data = data;
    }

    public static Postgres start() {
        return start(_ -> {});
    }

    public static Postgres start(Consumer<EmbeddedPostgres.Builder> settings) {
        return start(settings, null);
    }

    private static Postgres start(
            Consumer<EmbeddedPostgres.Builder> settings, @Nullable Path data) {
        try {
            var builder = EmbeddedPostgres.builder().setPGStartupWait(Eventually.PATIENCE);
            settings.accept(builder);
            return new Postgres(builder.start(), data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Postgres start(int port, Path data) {
        return start(
                builder ->
                        builder.setPort(port).setDataDirectory(data).setCleanDataDirectory(false),
                data);
    }

    /**
     * Starts a server that offers TLS with this certificate.
     *
     * @param folder an empty folder, for the certificate and its key
     */
    public static Postgres start(Authority.Issued certificate, Path folder) {
        return startWithTls(certificate, folder, _ -> {});
    }

    /**
     * Starts a server that offers TLS with this certificate, and asks each client that uses TLS for
     * a certificate too.
     *
     * @param folder an empty folder, for the certificate and its key
     * @param authority PEM file with the authority that must have signed the client's certificate
     */
    public static Postgres startForCertifiedClients(
            Authority.Issued certificate, Path folder, Path authority) {
        return startWithTls(
                certificate,
                folder,
                settings -> {
                    var rules = folder.resolve("pg_hba.conf");
                    write(
                            rules,
                            """
                            hostssl all all all trust clientcert=verify-ca
                            hostnossl all all all trust
                            """);
                    settings.setServerConfig("ssl_ca_file", authority.toString())
                            .setServerConfig("hba_file", rules.toString());
                });
    }

    private static Postgres startWithTls(
            Authority.Issued certificate, Path folder, Consumer<EmbeddedPostgres.Builder> more) {
        try {
            var chain = write(folder.resolve("server.crt"), certificate.chain());
            var key = write(folder.resolve("server.key"), certificate.key().reveal());
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
            return start(settings -> {
                settings.setServerConfig("ssl", "on")
                        .setServerConfig("ssl_cert_file", chain.toString())
                        .setServerConfig("ssl_key_file", key.toString());
                more.accept(settings);
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Database create() {
        var tables = createAt("latest");
        tables.execute("create table acts (seq bigint generated always as identity, epoch bigint)");
        return tables;
    }

    /**
     * Creates a database with the tables of an earlier version.
     *
     * @param version the number of the last migration to run, or {@code latest}
     */
    public Database createAt(String version) {
        var name = "t" + DATABASES.incrementAndGet();
        execute("postgres", "create database " + name);
        Flyway.configure()
                .dataSource(server.getDatabase("postgres", name))
                .locations("filesystem:migrations")
                .target(version)
                .load()
                .migrate();
        return new Database(name);
    }

    public int port() {
        return server.getPort();
    }

    public Database database(String name) {
        return new Database(name);
    }

    @Override
    public void close() {
        stop();
    }

    /** Stops the server. This method may be called more than once. */
    public void stop() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (data != null) {
            EmbeddedDatabase.awaitStopped(data);
        }
    }

    /**
     * Freezes all processes of the server. Its connections stay open, because the kernel handles
     * them.
     *
     * @return an object that resumes the processes when it is closed
     */
    public AutoCloseable freeze() {
        var checkpointer =
                execute(
                        "postgres",
                        "select pid from pg_stat_activity where backend_type = 'checkpointer'");
        var server =
                ProcessHandle.of(Long.parseLong(checkpointer.getFirst()))
                        .flatMap(ProcessHandle::parent)
                        .orElseThrow();
        var processes = Stream.concat(Stream.of(server), server.descendants()).toList();
        Signal.STOP.send(processes);
        return () -> Signal.CONT.send(processes);
    }

    /** Makes commits wait for a standby of this name, even while no such standby is running. */
    public void awaitStandby(String name) {
        synchronousStandbys(name);
    }

    public void awaitNoStandby() {
        synchronousStandbys("");
    }

    private void synchronousStandbys(String names) {
        execute("postgres", "alter system set synchronous_standby_names = '%s'".formatted(names));
        execute("postgres", "select pg_reload_conf()");
        Eventually.await(
                "commits wait for these standbys: '%s'".formatted(names),
                () -> execute("postgres", "show synchronous_standby_names"),
                List.of(names)::equals);
    }

    /** Starts a standby from a copied data folder, because the test binaries lack pg_basebackup. */
    public Postgres standby(Path data) throws IOException {
        var label = backup(from -> copy(from, data));
        Files.writeString(data.resolve("backup_label"), label);
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres'%n".formatted(port()));
        Files.createFile(data.resolve("standby.signal"));
        return Postgres.start(0, data);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : (Iterable<Path>) files::iterator) {
                if (!NOT_COPIED.contains(file.getFileName().toString())) {
                    Files.copy(
                            file,
                            to.resolve(from.relativize(file)),
                            StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }

    /**
     * Puts the running server into backup mode while {@code copy} copies its data folder.
     *
     * @return the content of the file {@code backup_label}, which the copy needs
     */
    private String backup(Copy copy) throws IOException {
        try (var connection = server.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            var folder = first(statement, "select current_setting('data_directory')");
            statement.execute("select pg_backup_start('copy', fast => true)");
            copy.from(Path.of(folder));
            return first(
                    statement, "select labelfile from pg_backup_stop(wait_for_archive => false)");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Copy {
        void from(Path folder) throws IOException;
    }

    private static String first(Statement statement, String sql) throws SQLException {
        var result = statement.executeQuery(sql);
        result.next();
        return result.getString(1);
    }

    private List<String> execute(String database, String sql) {
        try (var connection = server.getDatabase("postgres", database).getConnection();
                var statement = connection.createStatement()) {
            var rows = new ArrayList<String>();
            if (statement.execute(sql)) {
                var result = statement.getResultSet();
                while (result.next()) {
                    rows.add(result.getString(1));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    public final class Database {
        private final String name;

        private Database(String name) {
            this.name = name;
        }

        public String name() {
            return name;
        }

        public int port() {
            return Postgres.this.port();
        }

        /** Connects to the database as a controller does. */
        public Databases connect(Vertx vertx) {
            return new Databases(vertx, "127.0.0.1:" + port(), name, "postgres", "");
        }

        /**
         * Runs the SQL. Returns the first column of the rows, or an empty list if there are none.
         */
        public List<String> execute(String sql) {
            return Postgres.this.execute(name, sql);
        }

        /** Waits until the query returns a row. A query that fails is repeated, too. */
        public void awaitRow(String sql) {
            Eventually.within(
                    Eventually.PATIENCE,
                    "a row of: " + sql,
                    () -> answers(sql),
                    () -> execute(sql));
        }

        private boolean answers(String sql) {
            try {
                return !execute(sql).isEmpty();
            } catch (IllegalStateException _) {
                return false;
            }
        }

        /** Disconnects this standby from its primary, so that it does not receive later commits. */
        public void stopFollowing() {
            execute("alter system set primary_conninfo = ''");
            execute("select pg_reload_conf()");
            Eventually.await(
                    "the standby follows no primary",
                    () -> execute("select status from pg_stat_wal_receiver"),
                    List::isEmpty);
        }

        /** Makes a standby the primary. */
        public void promote() {
            // pg_promote must not wait for the promotion. While it waits, it holds a snapshot that
            // blocks the replay, and the promotion waits for the replay.
            execute("select pg_promote(wait => false)");
            awaitRow("select 1 where not pg_is_in_recovery()");
        }

        /** Ends the session of a controller's election, as an operator or a crash would. */
        public void hangUpOn(String controller) {
            execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name"
                            + " = 'autoserve election "
                            + controller
                            + "'");
        }
    }
}
