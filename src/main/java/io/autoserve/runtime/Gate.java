package io.autoserve.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/**
 * Lets a request that changes something pass only while it is open: here, behind all that a call
 * does before, no step of any call is forgotten.
 *
 * <p>Behind it there is the HTTP client of docker-java, which cannot be told to ask once only:
 * where a connection breaks it sends a DELETE again, whoever leads by then. One with a body that
 * can be read once it does not. What the engine refused with 503 or 429 it sends again after a
 * second.
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
