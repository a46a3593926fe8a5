package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.Proxy;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;

/** Checks whether nginx answers users, and reads the version of its route table. */
record ProxyCheck(Docker docker, String container, int httpPort) {
    private static final String TOKEN = "/var/lib/autoserve/proxy/token";

    Proxy read() {
        var users = "http://127.0.0.1:%d/".formatted(httpPort);
        return Plain.get(users).isEmpty()
                ? new Proxy.NotServing("nothing answers at " + users)
                : table().orElseGet(() ->
                        new Proxy.Unseen(
                                "the admin port of %s does not answer".formatted(container)));
    }

    private Optional<Proxy> table() {
        var token = docker.file(container, TOKEN).map(String::strip).orElse("");
        return docker.address(container)
                .flatMap(address -> Plain.get(() -> counters(address, token)))
                .filter(answer -> answer.status() == 200)
                .map(answer -> answer.json().path("version"))
                .map(version ->
                        new Proxy.Serves(
                                version.path("timeline").asLong(),
                                version.path("epoch").asLong(),
                                version.path("seq").asLong()));
    }

    private static HttpURLConnection counters(String address, String token) throws IOException {
        var url = URI.create("http://%s:8081/counters".formatted(address)).toURL();
        var connection = (HttpURLConnection) url.openConnection();
        connection.setRequestProperty("Authorization", "Bearer " + token);
        return connection;
    }
}
