package io.autoserve.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * Refuses each request that changes something, unless the gate is open. The check is in the HTTP
 * client, through which all steps of a call go, so no step can miss it.
 *
 * <p>The gate also stops docker-java's HTTP client from repeating a DELETE. When a connection
 * breaks, that client sends a DELETE again, even if another controller leads by then, and it has no
 * option to turn this off. It does not repeat a request whose body can be read only once, so each
 * DELETE gets such a body. The client still repeats a request after a second if the engine refused
 * it with 503 or 429.
 */
record Gate(DockerHttpClient http, BooleanSupplier open) implements DockerHttpClient {
    private static final String DELETE = Request.Method.DELETE.name();

    @Override
    public Response execute(Request request) {
        if (!request.method().equals(Request.Method.GET.name()) && !open.getAsBoolean()) {
            throw new NotPermitted(request.method() + " " + request.path());
        }
        return http.execute(request.method().equals(DELETE) ? unrepeatable(request) : request);
    }

    private static Request unrepeatable(Request request) {
        return Request.builder().from(request).body(InputStream.nullInputStream()).build();
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
