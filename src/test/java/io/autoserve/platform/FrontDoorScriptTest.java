package io.autoserve.platform;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.platform.FrontDoor.Door;
import io.autoserve.platform.FrontDoor.DoorState;
import io.autoserve.testing.Eventually;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the script of the front door with sockets of the test in place of published ports, and of
 * the address at which nginx itself listens.
 */
class FrontDoorScriptTest {
    private static final Path SCRIPT = Path.of("src/main/docker/keeper/front-door");

    private static final List<String> OTHER_PORTS =
            List.of(
                    "HTTPS",
                    "API",
                    "API_TLS",
                    "CONTROLLER_1",
                    "CONTROLLER_2",
                    "CONTROLLER_3",
                    "POSTGRES_PRIMARY",
                    "POSTGRES_REPLICA");

    @TempDir private Path folder;
    private final List<Server> servers = new ArrayList<>();
    private @Nullable Process script;

    /**
     * How late the script may be, in hundredths of a second, before a missing answer proves
     * nothing.
     */
    private int tolerance = 100;

    /** The port of the load balancer with TLS, published over IPv6; 1 if nobody listens there. */
    private int overIpv6 = 1;

    private boolean proxyProtocol;

    /** Seconds between two rounds. */
    private String period = "0.1";

    /** A server on loopback whose behaviour a test can change. */
    private static final class Server implements AutoCloseable {
        private final ServerSocket socket;
        private final List<Socket> held = new ArrayList<>();
        private volatile Behaviour behaviour;

        /** The first line of the last request. */
        private volatile String question = "";

        enum Behaviour {
            ANSWERS,
            HANGS_UP,
            IS_SILENT
        }

        Server(Behaviour behaviour, InetAddress address) throws IOException {
            this.behaviour = behaviour;
            socket = new ServerSocket(0, 50, address);
            Thread.ofVirtual().start(this::serve);
        }

        int port() {
            return socket.getLocalPort();
        }

        void now(Behaviour next) {
            behaviour = next;
        }

        private void serve() {
            while (!socket.isClosed()) {
                try {
                    serve(socket.accept());
                } catch (IOException _) {
                    // The client or the server is gone.
                }
            }
        }

        private void serve(Socket client) throws IOException {
            switch (behaviour) {
                case ANSWERS -> {
                    var answer = "HTTP/1.1 405 Not Allowed\r\n\r\n";
                    if (readsRequest(client)) {
                        client.getOutputStream().write(answer.getBytes(UTF_8));
                    }
                    client.close();
                }
                case HANGS_UP -> client.close();
                case IS_SILENT -> held.add(client);
            }
        }

        /** Reads up to the first empty line. Returns whether there was a line before it. */
        private boolean readsRequest(Socket client) throws IOException {
            var lines = new BufferedReader(new InputStreamReader(client.getInputStream(), UTF_8));
            var line = lines.readLine();
            if (line == null) {
                return false;
            }
            question = line;
            while (line != null && !line.isEmpty()) {
                line = lines.readLine();
            }
            return true;
        }

        @Override
        public void close() throws IOException {
            socket.close();
            for (var client : held) {
                client.close();
            }
        }
    }

    private Server server(Server.Behaviour behaviour) throws IOException {
        return server(behaviour, InetAddress.getLoopbackAddress());
    }

    private Server server(Server.Behaviour behaviour, InetAddress address) throws IOException {
        var server = new Server(behaviour, address);
        servers.add(server);
        return server;
    }

    @AfterEach
    void stop() throws Exception {
        stopScript();
        for (var server : servers) {
            server.close();
        }
    }

    private void stopScript() throws InterruptedException {
        if (script != null) {
            script.destroy();
            assertThat(script.waitFor(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("the script ends when it is asked to")
                    .isTrue();
        }
    }

    /**
     * Starts the script with nginx's published port and its own address replaced. The load balancer
     * has the same own address if it is published over IPv6. All other parts are down: nobody
     * listens on port 1.
     */
    private void start(int published, int own) throws IOException {
        var balancer = overIpv6 == 1 ? 1 : own;
        var edited = folder.resolve("front-door");
        Files.writeString(
                edited,
                Files.readString(SCRIPT)
                        .replace("tolerance=100", "tolerance=" + tolerance)
                        .replace("soon=3", "soon=0.1")
                        .replace("$control.10:80", "127.0.0.1:" + own)
                        .replace("$control.11:8443", "127.0.0.1:" + balancer)
                        .replaceAll("\\$control\\.\\d+:\\d+", "127.0.0.1:1"));
        assertThat(edited.toFile().setExecutable(true)).isTrue();
        // Without ip, the script knows only loopback.
        var ip = Files.createDirectories(folder.resolve("bin")).resolve("ip");
        Files.writeString(ip, "#!/bin/sh\nexit 2\n");
        assertThat(ip.toFile().setExecutable(true)).isTrue();
        var settings = new TreeMap<String, String>();
        for (var port : OTHER_PORTS) {
            settings.put("AUTOSERVE_%s_PORT".formatted(port), "1");
        }
        settings.put("AUTOSERVE_HTTP_PORT", String.valueOf(published));
        settings.put("AUTOSERVE_API_TLS_ADDRESS", "[::1]");
        settings.put("AUTOSERVE_API_TLS_PORT", String.valueOf(overIpv6));
        settings.put("AUTOSERVE_PROXY_PROTOCOL", proxyProtocol ? "on" : "off");
        settings.put("AUTOSERVE_FRONT_DOOR_PERIOD", period);
        settings.put("AUTOSERVE_FRONT_DOOR_PATIENCE", "1");
        script = command(settings).redirectOutput(folder.resolve("log").toFile()).start();
    }

    private ProcessBuilder command(Map<String, String> settings, String... arguments) {
        var builder = new ProcessBuilder(folder.resolve("front-door").toString());
        builder.command().addAll(List.of(arguments));
        var environment = builder.redirectErrorStream(true).environment();
        environment.keySet().removeIf(name -> name.startsWith("AUTOSERVE_"));
        environment.putAll(settings);
        environment.put("AUTOSERVE_FRONT_DOOR_ROOM", folder.resolve("room").toString());
        environment.put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
        return builder;
    }

    private Door door(String what, int port, Predicate<Door> wanted) {
        return door(what, "127.0.0.1:" + port, wanted);
    }

    private Door door(String what, String address, Predicate<Door> wanted) {
        var found =
                Eventually.<List<Door>>await(
                        what,
                        () ->
                                FrontDoor.read(report()).doors().stream()
                                        .filter(door -> door.address().equals(address))
                                        .toList(),
                        doors -> doors.stream().anyMatch(wanted));
        return found.getFirst();
    }

    private String report() {
        var file = folder.resolve("room/report");
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int healthy() throws Exception {
        return check("healthy").waitFor();
    }

    /** Starts a health check, whose output is in the file of the same name. */
    private Process check(String name) throws IOException {
        return command(Map.of(), name).redirectOutput(folder.resolve(name).toFile()).start();
    }

    @Test
    void an_address_that_answers_is_open() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.ANSWERS);

        start(published.port(), own.port());

        door("open", published.port(), door -> door.state() == DoorState.OPEN);
        assertThat(healthy()).isZero();
        assertThat(folder.resolve("healthy"))
                .content()
                .contains("127.0.0.1:%d nginx open\n".formatted(published.port()));
    }

    @Test
    void the_script_announces_itself_at_the_ports_for_users_if_they_want_it() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.ANSWERS);

        start(published.port(), own.port());
        door("open", published.port(), door -> door.state() == DoorState.OPEN);

        assertThat(published.question).isEqualTo("TRACE / HTTP/1.0");

        var announced = server(Server.Behaviour.ANSWERS);
        var balancer = server(Server.Behaviour.ANSWERS, InetAddress.ofLiteral("::1"));
        proxyProtocol = true;
        overIpv6 = balancer.port();
        stopScript();
        start(announced.port(), own.port());
        door("open", announced.port(), door -> door.state() == DoorState.OPEN);
        door("open", "[::1]:" + balancer.port(), door -> door.state() == DoorState.OPEN);

        assertThat(announced.question).isEqualTo("PROXY UNKNOWN");
        assertThat(balancer.question).isEqualTo("TRACE / HTTP/1.0");
    }

    @Test
    void an_ipv6_address_is_closed_and_opens_again() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.HANGS_UP, InetAddress.ofLiteral("::1"));
        overIpv6 = published.port();
        var address = "[::1]:" + published.port();

        start(1, own.port());

        door("closed", address, door -> door.state() == DoorState.CLOSED);
        assertThat(folder.resolve("log")).content().doesNotContain("line ");

        published.now(Server.Behaviour.ANSWERS);
        door("open", address, door -> door.state() == DoorState.OPEN);
    }

    /** Docker's proxy accepts a connection before it reaches the container. */
    @Test
    void an_address_that_only_accepts_connections_is_closed_and_opens_again() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.HANGS_UP);

        start(published.port(), own.port());

        var closed = door("closed", published.port(), door -> door.state() == DoorState.CLOSED);
        assertThat(closed.reason())
                .isEqualTo(
                        "it refuses connections, but the part answers at 127.0.0.1:" + own.port());
        assertThat(healthy()).isOne();
        assertThat(folder.resolve("healthy"))
                .content()
                .as("`platform up` shows the last line")
                .endsWith(" closed %s\n".formatted(closed.reason()));

        published.now(Server.Behaviour.ANSWERS);
        door("open", published.port(), door -> door.state() == DoorState.OPEN);
        assertThat(healthy()).isZero();
    }

    @Test
    void an_address_at_which_nobody_listens_is_closed() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var gone = server(Server.Behaviour.ANSWERS);
        gone.close();

        start(gone.port(), own.port());

        door("closed", gone.port(), door -> door.state() == DoorState.CLOSED);
    }

    @Test
    void an_address_that_refuses_connections_is_asked_again_before_the_next_round_is_due()
            throws Exception {
        period = "600";
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.HANGS_UP);

        start(published.port(), own.port());

        door("closed", published.port(), door -> door.state() == DoorState.CLOSED);
    }

    @Test
    void the_health_check_of_docker_ends_when_a_state_changes() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.ANSWERS);
        start(published.port(), own.port());
        door("open", published.port(), door -> door.state() == DoorState.OPEN);
        assertThat(check("changed").waitFor()).as("the first check, which does not wait").isZero();

        var second = check("changed");
        published.now(Server.Behaviour.HANGS_UP);

        assertThat(second.waitFor(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isOne();
        assertThat(folder.resolve("changed"))
                .content()
                .contains("127.0.0.1:%d nginx closed ".formatted(published.port()));
    }

    @Test
    void an_address_that_never_answers_is_closed() throws Exception {
        var own = server(Server.Behaviour.ANSWERS);
        var published = server(Server.Behaviour.IS_SILENT);

        start(published.port(), own.port());

        var closed = door("closed", published.port(), door -> door.state() == DoorState.CLOSED);
        assertThat(closed.reason()).startsWith("it does not answer within ");
    }

    @Test
    void an_address_of_a_part_that_is_down_is_not_closed() throws Exception {
        var own = server(Server.Behaviour.HANGS_UP);
        var published = server(Server.Behaviour.HANGS_UP);

        start(published.port(), own.port());

        door("down", published.port(), door -> door.state() == DoorState.DOWN);
        assertThat(healthy()).isZero();
    }

    @Test
    void a_missing_answer_proves_nothing_while_the_script_itself_is_late() throws Exception {
        tolerance = -1; // the script is late even if it is in time
        var own = server(Server.Behaviour.IS_SILENT);
        var published = server(Server.Behaviour.IS_SILENT);

        start(published.port(), own.port());

        door("the end of a round", 1, door -> door.state() == DoorState.DOWN);
        assertThat(report()).doesNotContain("127.0.0.1:%d ".formatted(published.port()));
    }

    @Test
    void is_not_healthy_before_the_first_round() throws Exception {
        var copy = Files.copy(SCRIPT, folder.resolve("front-door"));
        assertThat(copy.toFile().setExecutable(true)).isTrue();

        assertThat(healthy()).isOne();
        assertThat(folder.resolve("healthy")).content().contains("not asked yet");
    }
}
