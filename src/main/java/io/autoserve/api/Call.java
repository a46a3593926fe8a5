package io.autoserve.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import io.autoserve.access.Caller;
import io.autoserve.api.Contract.Operation;
import io.autoserve.api.Guard.Admitted;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.By;
import io.autoserve.spec.Json;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request that matches the contract: its parameter values by name, and the way to answer it.
 *
 * @param over action that runs when the work of the request is complete or has failed, even if the
 *     client has disconnected
 */
record Call(
        Operation operation,
        RoutingContext context,
        Admitted admitted,
        Map<String, Object> values,
        Runnable over) {
    private static final ObjectReader STRICT =
            Json.MAPPER
                    .reader()
                    .with(
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                            DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

    static final String REQUEST_ID = "X-Request-Id";

    /** Present in a context while the body of its request is read. */
    private static final String READING = Call.class.getName() + ".reading";

    Call(
            Operation operation,
            RoutingContext context,
            Admitted admitted,
            Map<String, Object> values) {
        this(operation, context, admitted, values, () -> {});
    }

    /** Returns the same call with {@code over} as the action to run at its end. */
    Call thenRun(Runnable over) {
        return new Call(operation, context, admitted, values, over);
    }

    Caller caller() {
        return admitted.caller();
    }

    /**
     * Returns the actor recorded in events: the token's name, or the name in {@code
     * X-Autoserve-Actor} when authentication is off. Nothing proves the name in the header.
     */
    String actor() {
        var name = caller().name();
        return name == null ? text("X-Autoserve-Actor", "api") : name;
    }

    /**
     * Returns the author of this call's write, with the caller's limits, and with the idempotency
     * key if the call has one.
     */
    By by() {
        return new By(
                actor(),
                IdempotencyKey.idempotentRequest(this),
                caller().rights(),
                admitted.address());
    }

    /** Returns the author of this call's write, without an idempotency key. */
    By author() {
        return new By(actor(), null, caller().rights(), admitted.address());
    }

    /** Returns the value of a required parameter. */
    String required(String name) {
        return (String) value(name);
    }

    @Nullable String text(String name) {
        return (String) values.get(name);
    }

    String text(String name, String otherwise) {
        return (String) values.getOrDefault(name, otherwise);
    }

    @Nullable Long number(String name) {
        return (Long) values.get(name);
    }

    /** Returns the value of a parameter that has a default. */
    int count(String name) {
        return Math.toIntExact((Long) value(name));
    }

    /** Returns the value of a parameter that has a default. */
    boolean flag(String name) {
        return (Boolean) value(name);
    }

    @Nullable Instant time(String name) {
        return (Instant) values.get(name);
    }

    private Object value(String name) {
        var value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("not required and without a default: " + name);
        }
        return value;
    }

    /** Returns the body as text. Rejects a body that is not UTF-8. */
    String bodyText() {
        var body = context.body().buffer();
        try {
            return body == null
                    ? ""
                    : StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(body.getBytes()))
                            .toString();
        } catch (CharacterCodingException e) {
            throw new Rejection.BadBody(List.of(FieldError.at("", "the body must be UTF-8 text")));
        }
    }

    /** Returns the body as JSON. Rejects a body that does not match the schema of the operation. */
    JsonNode body() {
        try {
            var json = STRICT.readTree(bodyText());
            if (json.isMissingNode()) {
                throw new Rejection.BadBody(
                        List.of(FieldError.at("", "the body must be JSON, was empty")));
            }
            operation.admit(json);
            return json;
        } catch (JsonProcessingException e) {
            throw new Rejection.BadBody(List.of(JsonError.of(e)));
        }
    }

    HttpServerResponse response() {
        return context.response();
    }

    void json(int status, Object body) {
        response().setStatusCode(status);
        send("application/json", encoded(body));
    }

    void send(String type, Buffer body) {
        response().putHeader("Content-Type", type).end(body);
    }

    /**
     * Answers the call when {@code future} completes. The answer is written on the event loop of
     * the request, even if another thread completes the future.
     */
    <T> void when(Future<T> future, Consumer<T> answer) {
        var here = context.vertx().getOrCreateContext();
        future.onComplete(
                result ->
                        here.runOnContext(_ -> {
                            over.run();
                            try {
                                answer.accept(result);
                            } catch (RuntimeException e) {
                                context.fail(e);
                            }
                        }),
                failure ->
                        here.runOnContext(_ -> {
                            over.run();
                            context.fail(failure);
                        }));
    }

    /** Turns a failure that the router caught into an answer. */
    static void fail(RoutingContext context) {
        var response = context.response();
        if (response.headWritten() || response.closed()) {
            response.reset(); // a client must not mistake a partial answer for a complete one
            return;
        }
        var failure = reason(context);
        var request = String.valueOf(response.headers().get(REQUEST_ID));
        var problem = Problem.of(failure, request);
        if (failure instanceof Rejection.WrongMethod wrong) {
            response.putHeader("Allow", wrong.allowed);
        }
        if (failure instanceof Rejection.Unauthenticated) {
            response.putHeader("WWW-Authenticate", "Bearer realm=\"AutoServe\"");
        }
        if (failure instanceof Rejection.TooManyFailures failures) {
            response.putHeader("Retry-After", String.valueOf(failures.seconds));
        }
        if (failure instanceof Rejection.TooManyStreams) {
            response.putHeader("Retry-After", String.valueOf(Rejection.TooManyStreams.SECONDS));
        }
        if (failure instanceof Rejection.TooManyWrites writes) {
            response.putHeader("Retry-After", String.valueOf(writes.seconds));
        }
        if (failure instanceof Rejection.Busy) {
            response.putHeader("X-Autoserve-Busy", "true"); // the load balancer reads it
        }
        if (problem.status() == 503) {
            response.putHeader("Retry-After", "1");
        }
        response.setStatusCode(problem.status())
                .putHeader("Content-Type", "application/problem+json")
                .end(encoded(problem));
        if (context.get(READING) != null) {
            HttpChannel.flush(context.request());
        }
    }

    static void beginsToRead(RoutingContext context) {
        context.put(READING, true);
    }

    static void hasRead(RoutingContext context) {
        context.remove(READING);
    }

    /**
     * Returns why the request failed. While its body is read, only the client can be the cause,
     * whatever the exception. Anybody can send a malformed body, so it must not count as an error
     * of the controller.
     */
    private static Throwable reason(RoutingContext context) {
        var failure = context.failure();
        if (failure == null) {
            return cause(context);
        }
        return context.get(READING) == null ? failure : Rejection.malformedBody();
    }

    /**
     * Returns the rejection for a request that the router refused. The router reports only a status
     * code, without an exception.
     */
    private static Rejection cause(RoutingContext context) {
        return switch (context.statusCode()) {
            case 413 -> new Rejection.TooLarge("the body must be at most 1 MiB");
            case 417 -> Rejection.unknownExpectation(context.request().getHeader("Expect"));
            default -> Rejection.byRouter(context.statusCode());
        };
    }

    static Buffer encoded(Object body) {
        try {
            return Buffer.buffer(Json.MAPPER.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
