package io.autoserve.api;

import io.autoserve.spec.SpecSchema;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.function.Consumer;

/** Serves the documents that do not change while the server runs. */
final class Documents {
    private static final String HOME =
            """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>AutoServe</title>
            <h1>AutoServe</h1>
            <ul>
            <li><a href="/api/v1/apps">Apps</a>
            <li><a href="/api/v1/events">Events</a>
            <li><a href="/api/v1/cluster">Cluster</a>
            <li><a href="/openapi.yaml">The API</a>
            <li><a href="/api/v1/schemas/app.v1.json">The JSON Schema of app specs</a>
            </ul>
            """;

    private final Contract contract;

    Documents(Contract contract) {
        this.contract = contract;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "home", answer("text/html; charset=utf-8", HOME),
                "contract", answer("application/yaml", contract.text()),
                "appSchema", answer("application/schema+json", SpecSchema.text()));
    }

    private static Consumer<Call> answer(String type, String text) {
        var body = Buffer.buffer(text);
        return call -> call.send(type, body);
    }
}
