package io.autoserve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autoserve.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    public static void main(String[] arguments) throws IOException {
        run();
    }

    /** Returns the exit code of each command. */
    static Map<String, Integer> run() throws IOException {
        var server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", Rehearsal::answer);
        server.start();
        try {
            var address = "127.0.0.1:" + server.getAddress().getPort();
            var exits = new LinkedHashMap<String, Integer>();
            COMMANDS.forEach(command -> exits.put(command, exit("http://" + address, command)));
            failByTls();
            return exits;
        } finally {
            server.stop(0);
        }
    }

    /** Calls a server that does not use TLS. The call fails, but loads the classes of TLS. */
    private static void failByTls() throws IOException {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuse(server));
            var _ = exit("https://127.0.0.1:" + server.getLocalPort(), "list");
        }
    }

    /** Answers every connection with plain text until the socket is closed. */
    private static void refuse(ServerSocket server) {
        while (!server.isClosed()) {
            try (var connection = server.accept()) {
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
            } catch (IOException _) {
                // the client has closed the connection, or the socket is closed
            }
        }
    }

    private static int exit(String url, String command) {
        var nothing = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
        return AutoServe.run(
                new Terminal(
                        new ByteArrayInputStream(new byte[0]), nothing, nothing, true, false, false),
                Map.of("AUTOSERVE_URL", url, "AUTOSERVE_TOKEN", "none", "HOME", "/nonexistent"),
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
