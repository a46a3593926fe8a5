package io.autoserve.cli.doctor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.doctor.Facts.Proxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/**
 * Checks whether nginx answers users, and reads the version of its route table. It asks the admin
 * port inside of the container, because outside of it the port may want a controller's certificate.
 */
record ProxyCheck(Docker docker, String container, int httpPort) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MILLIS = 5_000;

    /** nginx itself refuses this request, so no app sees it. */
    private static final String QUESTION = "TRACE / HTTP/1.0\r\n\r\n";

    /** Announces a connection without a client in the PROXY protocol. */
    private static final String ANNOUNCEMENT = "PROXY UNKNOWN\r\n";

    /** Prints nginx's answer with its headers. The container has bash, but not curl. */
    private static final String COUNTERS =
            """
            read -r token </var/lib/autoserve/proxy/token
            exec 3<>/dev/tcp/127.0.0.1/8081
            printf 'GET /counters HTTP/1.0\\r\\nAuthorization: Bearer %s\\r\\n\\r\\n' "$token" >&3
            cat <&3
            """;

    Proxy read() {
        var users = "http://127.0.0.1:%d/".formatted(httpPort);
        return isAnswered(QUESTION) || isAnswered(ANNOUNCEMENT + QUESTION)
                ? table().orElseGet(() ->
                        new Proxy.Unseen(
                                "the admin port of %s does not answer".formatted(container)))
                : new Proxy.NotServing("nothing answers at " + users);
    }

    private boolean isAnswered(String question) {
        try (var socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), httpPort),
                    PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(question.getBytes(US_ASCII));
            return new String(socket.getInputStream().readNBytes(5), US_ASCII).equals("HTTP/");
        } catch (IOException unanswered) {
            return false;
        }
    }

    private Optional<Proxy> table() {
        return docker.output(container, COUNTERS)
                .filter(answer -> answer.startsWith("HTTP/1.1 200 "))
                .map(answer -> body(answer).path("version"))
                .map(version ->
                        new Proxy.Serves(
                                version.path("timeline").asLong(),
                                version.path("epoch").asLong(),
                                version.path("seq").asLong()));
    }

    private static JsonNode body(String answer) {
        try {
            return JSON.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
        } catch (JsonProcessingException noJson) {
            return JSON.missingNode();
        }
    }
}
