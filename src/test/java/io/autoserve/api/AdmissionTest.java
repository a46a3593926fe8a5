package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.WriteLoad;
import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests a server that runs one write at a time and lets one more write wait. */
class AdmissionTest {
    private static final Duration FOREVER = Duration.ofMinutes(1);
    private static final Duration NOT_LONG = Duration.ofMillis(50);

    @AutoClose private Served api = new Served(new WriteLimit(1, 1, FOREVER));

    @BeforeEach
    void register() {
        api.register("shop");
    }

    @Test
    void refuses_at_once_what_is_more_than_it_can_do_and_says_when_to_ask_again() {
        var goOn = api.platform.holdChanges();
        var first = underWay();
        var second = waiting();

        var third = api.post("/api/v1/apps/shop/restart");

        assertThat(third.status()).isEqualTo(503);
        assertThat(third.header("Retry-After")).isEqualTo("1");
        assertThat(third.header("X-Autoserve-Busy")).isEqualTo("true");
        assertThat(third.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(third.json().path("type").textValue()).isEqualTo("urn:autoserve:problem:busy");
        assertThat(third.json().path("detail").textValue())
                .isEqualTo(
                        "this controller runs 1 writes and 1 more wait: nothing was changed, retry in a second");
        goOn.run();
        assertThat(first.join().status()).isEqualTo(202);
        assertThat(second.join().status()).isEqualTo(202);
        assertThat(restarts()).isEqualTo(2);
        assertThat(api.writes()).isEqualTo(new WriteLoad(0, 0, 1, 0, 0));
    }

    @Test
    void refuses_what_has_waited_too_long_and_does_it_not_afterwards() {
        serve(new WriteLimit(1, 1, NOT_LONG));
        var goOn = api.platform.holdChanges();
        var first = underWay();

        var second = waiting().join();

        assertThat(second.status()).isEqualTo(503);
        assertThat(second.json().path("detail").textValue())
                .matches(
                        "the request waited behind other writes for \\d+ ms: nothing was changed, .*");
        goOn.run();
        assertThat(first.join().status()).isEqualTo(202);
        assertThat(api.post("/api/v1/apps/shop/restart").status()).isEqualTo(202);
        assertThat(restarts()).isEqualTo(2);
        assertThat(api.writes()).isEqualTo(new WriteLoad(0, 0, 0, 1, 0));
    }

    @Test
    void does_nothing_for_whom_hung_up_while_it_waited() throws IOException {
        var goOn = api.platform.holdChanges();
        var first = underWay();
        try (var socket = api.connect()) {
            var request =
                    "POST /api/v1/apps/shop/restart HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            Eventually.await("a write waits", api::writes, writes -> writes.waiting() == 1);
        }
        // Once the server answers this later request, it has noticed the closed connection.
        assertThat(api.get("/api/v1/apps/shop").status()).isEqualTo(200);

        goOn.run();

        assertThat(first.join().status()).isEqualTo(202);
        Eventually.await("the write is abandoned", api::writes, writes -> writes.abandoned() == 1);
        assertThat(restarts()).isEqualTo(1);
    }

    @Test
    void answers_who_reads_however_many_writes_wait() {
        var goOn = api.platform.holdChanges();
        var first = underWay();
        var second = waiting();

        assertThat(api.get("/api/v1/apps/shop").status()).isEqualTo(200);
        assertThat(api.get("/health/ready").status()).isEqualTo(200);

        goOn.run();
        CompletableFuture.allOf(first, second).join();
    }

    @Test
    void a_write_that_fails_makes_room_for_the_next() {
        assertThat(api.post("/api/v1/apps/other/restart").status()).isEqualTo(404);
        assertThat(api.send("PUT", "/api/v1/apps/shop", "text/yaml", "a: [").status())
                .isEqualTo(422);
        assertThat(api.send("POST", "/api/v1/apps/shop/scale", "application/json", "{").status())
                .isEqualTo(422);

        assertThat(api.post("/api/v1/apps/shop/restart").status()).isEqualTo(202);
    }

    private void serve(WriteLimit limit) {
        api.close();
        api = new Served(limit);
        register();
    }

    private CompletableFuture<Served.Answer> underWay() {
        var answer = restart();
        Eventually.await("the write is under way", api::writes, writes -> writes.underWay() == 1);
        return answer;
    }

    private CompletableFuture<Served.Answer> waiting() {
        var before = api.writes();
        var answer = restart();
        Eventually.await("the write has arrived", api::writes, writes -> !writes.equals(before));
        return answer;
    }

    private CompletableFuture<Served.Answer> restart() {
        return api.begin(api.request("/api/v1/apps/shop/restart").POST(BodyPublishers.noBody()));
    }

    private int restarts() {
        var shop = api.platform.snapshot().app("shop");
        return shop == null ? -1 : shop.restart();
    }
}
