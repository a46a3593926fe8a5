package io.autoserve.cli.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.doctor.Facts.Proxy;
import java.util.Optional;

/**
 * Checks whether nginx answers users, and reads the version of its route table. It asks the admin
 * port inside of the container, because outside of it the port may want a controller's certificate.
 */
record ProxyCheck(Docker docker, String container, int httpPort) {
    private static final ObjectMapper JSON = new ObjectMapper();

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
        return Plain.get(users).isEmpty()
                ? new Proxy.NotServing("nothing answers at " + users)
                : table().orElseGet(() ->
                        new Proxy.Unseen(
                                "the admin port of %s does not answer".formatted(container)));
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
