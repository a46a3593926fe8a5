package io.autoserve.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Serves empty images. It has only the part of Docker's Registry HTTP API V2 that an engine uses to
 * pull.
 */
final class ToyRegistry implements AutoCloseable {
    private static final String MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    private static final byte[] EMPTY_TAR = new byte[1024];

    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
    private final HttpServer server;
    private volatile @Nullable String authorization;

    ToyRegistry(Vertx vertx) {
        server =
                vertx.createHttpServer()
                        .requestHandler(this::answer)
                        .listen(0, "127.0.0.1")
                        .await();
    }

    /**
     * Publishes an image whose label holds {@code version}, so that each version is a different
     * image.
     */
    String publish(String name, String version) {
        var config =
                """
                {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/none"], "Labels": {"version": "%s"}},
                 "rootfs": {"type": "layers", "diff_ids": ["%s"]}}
                """
                        .formatted(version, digest(EMPTY_TAR))
                        .getBytes(UTF_8);
        var manifest =
                """
                {"schemaVersion": 2, "mediaType": "%s",
                 "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": %d, "digest": "%s"},
                 "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar", "size": %d, "digest": "%s"}]}
                """
                        .formatted(
                                MANIFEST,
                                config.length,
                                digest(config),
                                EMPTY_TAR.length,
                                digest(EMPTY_TAR))
                        .getBytes(UTF_8);
        blobs.put(digest(config), config);
        blobs.put(digest(EMPTY_TAR), EMPTY_TAR);
        manifests.put("latest", manifest);
        manifests.put(digest(manifest), manifest);
        return "127.0.0.1:%d/%s".formatted(server.actualPort(), name);
    }

    /**
     * Refuses every request without these credentials from now on.
     *
     * @return the credentials as a secret for {@code registryAuth} holds them
     */
    String closeFor(String user, String password) {
        var both = (user + ":" + password).getBytes(UTF_8);
        authorization = "Basic " + Base64.getEncoder().encodeToString(both);
        return "{\"username\": \"%s\", \"password\": \"%s\", \"serverAddress\": \"127.0.0.1:%d\"}"
                .formatted(user, password, server.actualPort());
    }

    /** Answers requests without credentials again. */
    void open() {
        authorization = null;
    }

    private void answer(HttpServerRequest request) {
        var required = authorization;
        if (required != null && !required.equals(request.getHeader("Authorization"))) {
            request.response()
                    .setStatusCode(401)
                    .putHeader("WWW-Authenticate", "Basic realm=\"toy\"")
                    .end();
            return;
        }
        var path = requireNonNull(request.path());
        var last = path.substring(path.lastIndexOf('/') + 1);
        var found = path.contains("/blobs/") ? blobs.get(last) : manifests.get(last);
        var response = request.response();
        if (path.equals("/v2/")) {
            response.end("{}");
        } else if (found == null) {
            response.setStatusCode(404).end();
        } else {
            response.putHeader("Docker-Content-Digest", digest(found))
                    .putHeader("Content-Length", Integer.toString(found.length))
                    .putHeader(
                            "Content-Type",
                            manifests.containsValue(found) ? MANIFEST : "application/octet-stream");
            if (request.method().equals(HttpMethod.HEAD)) {
                response.end();
            } else {
                response.end(Buffer.buffer(found));
            }
        }
    }

    private static String digest(byte[] content) {
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(content);
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    @Override
    public void close() {
        server.close().await();
    }
}
