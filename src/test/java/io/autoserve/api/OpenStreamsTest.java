package io.autoserve.api;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Instance.Health;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.testing.GivenTokens;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that a stream takes a place, and gives it back however the stream ends. */
class OpenStreamsTest {
    private static final String EVENTS = "/api/v1/events/stream";
    private static final String LOGS = "/api/v1/apps/shop/logs/stream?tail=0";
    private static final String EXEC = "/api/v1/apps/shop/exec";
    private static final String FORWARD = "/api/v1/apps/shop/forward?port=80";
    private static final String UPGRADE =
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    @AutoClose
    private final Served api =
            new Served(
                    new ApiServer.Settings(
                                    "localhost",
                                    0,
                                    Served.HEARTBEAT,
                                    1 << 20,
                                    new AccessRules(false, "shared", Set.of()))
                            .with(new StreamLimit(3, 8, 2, 2)));

    private final GivenTokens tokens = new GivenTokens(api.platform, Served.NOW);
    private final List<Socket> sockets = new ArrayList<>();
    private final String admin = give("root", Role.ADMIN);
    private final String ann = give("ann", Role.DEPLOYER);
    private final String bob = give("bob", Role.DEPLOYER);

    private String give(String name, Role role) {
        return tokens.give(name, role, Scope.EVERYTHING, null);
    }

    @BeforeEach
    void serve() {
        api.send(
                "POST",
                "/api/v1/apps",
                "application/yaml",
                Served.spec("shop", "shop:1"),
                "Authorization",
                "Bearer " + admin);
        api.run("shop", 0, Health.READY);
    }

    /** The server waits two seconds for connections that are open when it stops. */
    @AfterEach
    void disconnect() throws IOException {
        for (var socket : sockets) {
            socket.close();
        }
    }

    @Test
    void a_token_has_its_share_and_leaves_the_rest_to_others() throws IOException {
        for (var path : List.of(EVENTS, LOGS, FORWARD)) {
            open(path, ann);
        }

        for (var path : List.of(EVENTS, LOGS, EXEC, FORWARD)) {
            var refused = get(path, ann);
            assertThat(refused.status()).as(path).isEqualTo(429);
            assertThat(refused.header("Retry-After")).isEqualTo("5");
            assertThat(refused.json().path("type").textValue())
                    .isEqualTo("urn:autoserve:problem:too-many-streams");
            assertThat(refused.json().path("detail").textValue())
                    .startsWith("the token 'ann' has reached its limit of 3 open streams");
        }
        assertThat(open(EVENTS, bob)).isEqualTo(200);
        assertThat(api.readers()).isEqualTo(4);

        sockets.getFirst().close();
        await("api.readers() == 3", () -> api.readers(), it -> it == 3);
        assertThat(open(EVENTS, ann)).isEqualTo(200);
    }

    @Test
    void the_logs_of_many_instances_leave_connections_to_other_tokens() throws IOException {
        api.run("shop", 1, Health.READY);
        assertThat(open(LOGS, ann)).isEqualTo(200);

        for (var path : List.of(LOGS, EXEC, FORWARD)) {
            var refused = get(path, ann);
            assertThat(refused.status()).as(path).isEqualTo(429);
            assertThat(refused.json().path("type").textValue())
                    .isEqualTo("urn:autoserve:problem:too-many-streams");
            assertThat(refused.json().path("detail").textValue())
                    .startsWith("the token 'ann' has 2 of its 2 connections to containers");
        }
        assertThat(open(EVENTS, ann)).isEqualTo(200);
        assertThat(open(LOGS, bob)).isEqualTo(200);

        sockets.getFirst().close();
        await("api.readers() == 2", () -> api.readers(), it -> it == 2);
        assertThat(open(EXEC, ann)).isEqualTo(101);
        assertThat(get(LOGS, ann).status()).isEqualTo(429);
        assertThat(open(FORWARD, ann)).isEqualTo(101);
    }

    @Test
    void logs_of_more_instances_than_the_share_are_refused_and_take_nothing() throws IOException {
        api.run("shop", 1, Health.READY);
        api.run("shop", 2, Health.READY);

        for (var time = 0; time < 10; time++) {
            assertThat(get(LOGS, ann).json().path("detail").textValue())
                    .startsWith("the token 'ann' has 0 of its 2 connections to containers")
                    .contains("needs 3 more (one for each exec");
        }

        assertThat(api.readers()).isZero();
        assertThat(open(LOGS + "&instance=shop-2", ann)).isEqualTo(200);
    }

    @Test
    void instances_beyond_the_share_are_followed_once_others_have_left() throws IOException {
        api.run("shop", 1, Health.READY);
        open(LOGS, ann);
        await("both are followed", this::followed, List.of("c0ffee0", "c0ffee1")::equals);

        api.run("shop", 2, Health.READY);
        api.run("shop", 3, Health.READY);
        api.platform.attachments().end("c0ffee0");
        api.run("shop", 4, Health.READY);

        await("one more is followed", this::followed, List.of("c0ffee1", "c0ffee2")::equals);
        assertThat(get(EXEC, ann).status()).isEqualTo(429);
        assertThat(open(EXEC, bob)).isEqualTo(101);
    }

    @Test
    void the_last_streams_are_for_admins() throws IOException {
        for (var token : List.of(ann, ann, ann, bob, bob, bob)) {
            assertThat(open(EVENTS, token)).isEqualTo(200);
        }

        assertThat(get(EVENTS, give("eve", Role.DEPLOYER)).json().path("detail").textValue())
                .startsWith("this controller has 6 of 8 streams")
                .contains("keeps 2 for admins");
        assertThat(open(EXEC, admin)).isEqualTo(101);
        assertThat(open(EVENTS, admin)).isEqualTo(200);
        assertThat(get(EVENTS, admin).status()).isEqualTo(429);
    }

    @Test
    void the_last_connections_to_containers_are_for_admins() throws IOException {
        api.platform.attachments().allow(StreamLimit.CONTAINERS_FOR_ADMINS);

        assertThat(get(LOGS, ann).status()).isEqualTo(429);
        assertThat(get(EXEC, ann).json().path("detail").textValue())
                .contains("keeps 20 for admins");
        assertThat(open(EVENTS, ann)).isEqualTo(200);
        assertThat(open(EXEC, admin)).isEqualTo(101);
    }

    @ParameterizedTest
    @ValueSource(strings = {EVENTS, LOGS, EXEC, FORWARD})
    void the_place_is_free_once_the_client_is_gone(String path) throws IOException {
        open(path, ann);
        assertThat(api.readers()).isEqualTo(1);

        sockets.getFirst().close();

        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {EVENTS, LOGS, EXEC, FORWARD})
    void the_place_is_free_once_the_token_is_revoked(String path) throws IOException {
        open(path, ann);
        var began = System.nanoTime();

        tokens.take("ann");

        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Served.HEARTBEAT);
        await("nobody follows", () -> api.platform.followers(), it -> it == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/apps/shop/logs/stream?instance=shop-9&tail=x, 400",
        "/api/v1/apps/nobody/logs/stream, 404",
        "/api/v1/apps/shop/exec, 400",
        "/api/v1/apps/shop/exec?instance=shop-9, 404",
        "/api/v1/apps/shop/forward, 400",
    })
    void the_place_is_free_if_the_stream_never_begins(String path, int status) {
        for (var time = 0; time < 10; time++) {
            assertThat(get(path, ann).status()).isEqualTo(status);
        }
        assertThat(api.readers()).isZero();
    }

    @Test
    void the_place_is_free_if_the_logs_need_more_connections_than_there_are() {
        api.run("shop", 1, Health.READY);
        api.platform.attachments().allow(StreamLimit.CONTAINERS_FOR_ADMINS + 1);
        for (var time = 0; time < 10; time++) {
            assertThat(get(LOGS, ann).status()).isEqualTo(503);
        }
        assertThat(api.readers()).isZero();
    }

    @Test
    void the_place_is_free_if_the_upgrade_fails() throws IOException {
        for (var time = 0; time < 10; time++) {
            var head = "Upgrade: websocket\r\n"; // without Connection and Sec-WebSocket-Key
            assertThat(open(EXEC, ann, head)).isEqualTo(400);
            await("api.readers() == 0", () -> api.readers(), it -> it == 0);
        }
    }

    @Test
    void the_places_are_free_once_the_server_stops() throws IOException {
        for (var path : List.of(EVENTS, LOGS, EXEC)) {
            open(path, ann);
        }

        api.stop();

        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
    }

    /** The clients disconnect at any moment, also before the server has answered. */
    @Test
    void no_place_is_lost_however_clients_come_and_go() throws IOException {
        var random = new SplittableRandom(7);
        var paths = List.of(EVENTS, LOGS, EXEC, FORWARD);
        for (var round = 0; round < 300; round++) {
            var path = paths.get(random.nextInt(paths.size()));
            try (var socket = api.connect()) {
                send(socket, path, ann, path.equals(EVENTS) || path.equals(LOGS) ? "" : UPGRADE);
                if (random.nextBoolean()) {
                    socket.getInputStream().readNBytes(random.nextInt(40));
                }
                if (random.nextBoolean()) {
                    socket.setSoLinger(true, 0); // closes with a reset
                }
            }
        }

        await("api.readers() == 0", () -> api.readers(), it -> it == 0);
        assertThat(open(EVENTS, ann)).isEqualTo(200);
        await("api.platform.followers() == 1", () -> api.platform.followers(), it -> it == 1);
        await("api.readers() == 1", () -> api.readers(), it -> it == 1);
        await(
                "no container is followed",
                () -> api.platform.attachments().followed(),
                it -> it.isEmpty());
    }

    private List<String> followed() {
        return api.platform.attachments().followed();
    }

    private int open(String path, String token) throws IOException {
        return open(path, token, path.equals(EXEC) || path.equals(FORWARD) ? UPGRADE : "");
    }

    /** Opens a stream, which stays open until the test ends. Returns the status of the answer. */
    private int open(String path, String token, String head) throws IOException {
        var socket = api.connect();
        sockets.add(socket);
        send(socket, path, token, head);
        var line = new String(socket.getInputStream().readNBytes(12), US_ASCII);
        return Integer.parseInt(line.substring(9));
    }

    private static void send(Socket socket, String path, String token, String head)
            throws IOException {
        var request =
                "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s\r\n"
                        .formatted(path, token, head);
        socket.getOutputStream().write(request.getBytes(US_ASCII));
    }

    private Served.Answer get(String path, String token) {
        return api.send("GET", path, "", "", "Authorization", "Bearer " + token);
    }
}
