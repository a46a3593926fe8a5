package io.autoserve.cli.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the commands that give hosts certificates. */
class DomainsTest {
    private static final String ROUTE = "/api/v1/domains/shop.example.com";

    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());
    @TempDir private Path folder;

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void one_that_is_ordered_comes_later() throws IOException {
        api.answers("PUT " + ROUTE, 200, domain("null", "[\"shop\"]"));

        var said = session.run("domain", "add", "shop.example.com", "--acme", "--redirect");

        assertThat(said.out())
                .isEqualTo(
                        "a certificate for shop.example.com is being ordered: 'autoserve domain list' shows its progress\n");
        assertThat(sent().path("acme").asBoolean()).isTrue();
        assertThat(sent().path("redirect").asBoolean()).isTrue();
        assertThat(sent().path("hsts").asBoolean()).isFalse();
    }

    @Test
    void one_that_is_there_is_sent_with_its_key() throws IOException {
        api.answers("PUT " + ROUTE, 200, domain("\"2026-05-01T00:00:00Z\"", "[]"));
        var chain = Files.writeString(folder.resolve("chain.pem"), "a chain");
        var key = Files.writeString(folder.resolve("key.pem"), "a key");

        var said =
                session.run(
                        "domain",
                        "add",
                        "shop.example.com",
                        "--cert",
                        chain.toString(),
                        "--key",
                        key.toString());

        assertThat(said.out())
                .isEqualTo(
                        "shop.example.com is served with TLS; no app lists the host in routing.domains yet\n");
        assertThat(sent().path("certificate").asText()).isEqualTo("a chain");
        assertThat(sent().path("key").asText()).isEqualTo("a key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "--cert chain.pem", "--key key.pem", "--acme --cert a.pem --key b.pem"})
    void it_is_either_ordered_or_sent(String options) {
        var command = ("domain add shop.example.com " + options).strip().split(" ");

        assertThat(session.run(command).exit()).isEqualTo(Exit.USAGE.code());
    }

    @Test
    void the_list_tells_what_went_wrong() {
        var failing =
                domain("null", "[]").replace("\"trouble\":null", "\"trouble\":\"it is away\"");
        api.answers("GET /api/v1/domains", 200, "{\"domains\":[" + failing + "]}");

        assertThat(session.run("domain", "list").out())
                .isEqualTo(
                        """
                        HOST              FROM  VALID UNTIL  APPS  PROBLEM
                        shop.example.com  Acme  -                  it is away
                        """);
    }

    private JsonNode sent() throws IOException {
        return new ObjectMapper().readTree(api.requests().getFirst().body());
    }

    private static String domain(String notAfter, String apps) {
        return """
        {"host":"shop.example.com","source":"Acme","apps":%s,"redirect":true,"hsts":false,"notBefore":null,
         "notAfter":%s,"orderedAt":null,"trouble":null,"actor":"ann","changedAt":"2026-01-31T09:59:00Z"}\
        """
                .formatted(apps, notAfter);
    }
}
