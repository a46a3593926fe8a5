package io.autoserve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.autoserve.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Runs the commands that people use most, against a fake controller in the same process. Meanwhile
 * Java records which classes they load and how these link (JEP 483 and 514), so that each later
 * command starts faster.
 */
public final class Rehearsal {
    private static final List<String> COMMANDS =
            List.of(
                    "list",
                    "list -o json",
                    "status",
                    "status web",
                    "logs web",
                    "events",
                    "rollout status web",
                    "restart web --wait",
                    "whoami",
                    "completion bash",
                    "apply --help",
                    "--help");

    private static final String TIME = "2026-01-01T00:00:00Z";

    private static final String APP =
            """
            {"name": "web", "state": "Running", "reason": "1 of 1 instances is ready", "revision": 1,
             "image": "web:1", "replicas": {"desired": 1, "current": 1, "ready": 1},
             "hosts": ["web.localhost"], "pathPrefix": "/", "scaling": "Manual", "createdAt": "%s",
             "updatedAt": "%s", "instances": [{"name": "web-0", "state": "Running",
             "health": "Ready", "reason": "answered", "address": "172.20.0.3", "port": 8080,
             "revision": 1, "restarts": 0, "startedAt": "%s"}]}
            """
                    .formatted(TIME, TIME, TIME);

    private static final String CLUSTER =
            """
            {"leader": "c1", "term": 1, "leaderSince": "%s", "members": [{"name": "c1",
             "role": "leader", "version": "1", "viewSeq": 1, "lastSeen": "%s"}],
             "database": {"primary": "db", "timeline": 1, "replicas": []}}
            """
                    .formatted(TIME, TIME);

    private static final String EVENTS =
            """
            {"events": [{"seq": 1, "timeline": 1, "at": "%s", "type": "InstanceReady", "app": "web",
             "instance": "web-0", "revision": 1, "actor": "c1", "epoch": 1, "reason": "answered"}]}
            """
                    .formatted(TIME);

    private static final String LOGS =
            """
            {"lines": [{"at": "%s", "instance": "web-0", "stream": "stdout", "text": "hello"}]}
            """
                    .formatted(TIME);

    private static final String SESSION =
            """
            {"actor": "ann", "role": "admin", "apps": ["*"], "open": false, "expiresAt": null}
            """;

    private Rehearsal() {}

    /**
     * @param arguments nothing, or a key store with a certificate of this machine and the
     *     certificate in PEM, for the commands to use TLS as well
     */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        run(arguments);
    }

    /** Returns the exit code of each command. */
    static Map<String, Integer> run(String... arguments)
            throws IOException, GeneralSecurityException {
        var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var exits = new LinkedHashMap<String, Integer>();
        exits.putAll(run(HttpServer.create(here, 0), "http", Map.of()));
        if (arguments.length == 2) {
            var server = HttpsServer.create(here, 0);
            server.setHttpsConfigurator(new HttpsConfigurator(identity(Path.of(arguments[0]))));
            exits.putAll(run(server, "https", Map.of("AUTOSERVE_CA", arguments[1])));
        }
        return exits;
    }

    private static SSLContext identity(Path store) throws IOException, GeneralSecurityException {
        var password = "rehearsal".toCharArray();
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(KeyStore.getInstance(store.toFile(), password), password);
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static Map<String, Integer> run(
            HttpServer server, String scheme, Map<String, String> more) {
        server.createContext("/", Rehearsal::answer);
        server.start();
        try {
            var environment = new HashMap<>(more);
            environment.put(
                    "AUTOSERVE_URL", scheme + "://127.0.0.1:" + server.getAddress().getPort());
            environment.put("AUTOSERVE_TOKEN", "none");
            environment.put("HOME", "/nonexistent");
            var exits = new LinkedHashMap<String, Integer>();
            COMMANDS.forEach(
                    command -> exits.put(scheme + " " + command, exit(environment, command)));
            return exits;
        } finally {
            server.stop(0);
        }
    }

    private static int exit(Map<String, String> environment, String command) {
        var nothing = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
        return AutoServe.run(
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        nothing,
                        nothing,
                        true,
                        false,
                        false),
                environment,
                InstantSource.fixed(Instant.parse(TIME)),
                _ -> {
                    throw new UnsupportedOperationException("a rehearsal starts no controller");
                },
                command.split(" ", -1));
    }

    private static void answer(HttpExchange exchange) throws IOException {
        var body = body(exchange.getRequestURI().getPath()).getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        try (var out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private static String body(String path) {
        return switch (path) {
            case "/api/v1/apps" -> "{\"apps\": [%s]}".formatted(APP);
            case "/api/v1/apps/web/logs" -> LOGS;
            case "/api/v1/apps/web/rollout" -> "{\"revision\": 1, \"rollout\": null}";
            case "/api/v1/cluster" -> CLUSTER;
            case "/api/v1/events" -> EVENTS;
            case "/api/v1/session" -> SESSION;
            default -> APP;
        };
    }
}
