package io.autoserve.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Lets a request that changes something pass only while it is open: here, behind all that a call
 * does before, no step of any call is forgotten.
 */
record Gate(DockerHttpClient http, BooleanSupplier open) implements DockerHttpClient {
    @Override
    public Response execute(Request request) {
        if (!request.method().equals(Request.Method.GET.name()) && !open.getAsBoolean()) {
            throw new NotPermitted(request.method() + " " + request.path());
        }
        return http.execute(request);
    }

    @Override
    public void close() throws IOException {
        http.close();
    }
}
