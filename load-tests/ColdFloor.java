import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.SslMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Shows what Java, Vert.x, TLS and the database cost the start of a controller, without the
 * controller's own work. Starts a server that gets no requests, connects to the primary database as
 * a controller does, commits one transaction that changes no table, and creates a file to say so.
 *
 * <p>{@code java ColdFloor.java DATABASE-HOST FILE}
 */
final class ColdFloor {
    private static final Path IDENTITY = Path.of("/run/autoserve");

    private ColdFloor() {}

    public static void main(String[] arguments) throws IOException {
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        vertx.createHttpServer().requestHandler(question -> question.response().end()).listen(0);
        PgConnection.connect(vertx, login(arguments[0]))
                .compose(connection ->
                        connection.query("select pg_logical_emit_message(true, 'load-test', 'cold')").execute())
                .compose(_ -> vertx.fileSystem().createFile(arguments[1]))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    System.exit(1);
                });
    }

    private static PgConnectOptions login(String host) throws IOException {
        var tls = new ClientSSLOptions();
        tls.setHostnameVerificationAlgorithm("HTTPS");
        tls.setTrustOptions(new PemTrustOptions().addCertPath(IDENTITY.resolve("ca.crt").toString()));
        tls.setKeyCertOptions(
                new PemKeyCertOptions()
                        .setCertPath(IDENTITY.resolve("part.crt").toString())
                        .setKeyPath(IDENTITY.resolve("part.key").toString()));
        return new PgConnectOptions()
                .setHost(host)
                .setPort(5432)
                .setDatabase("autoserve")
                .setUser("autoserve")
                .setPassword(Files.readString(IDENTITY.resolve("postgres-password")).strip())
                .setSslMode(SslMode.VERIFY_FULL)
                .setSslOptions(tls);
    }
}
