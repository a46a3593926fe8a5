package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.autoserve.testing.HostCommand;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests that widespread clients and servers understand each other through nginx: those of the JDK,
 * those of Netty (which Vert.x uses), and Python's client where there is a Python. {@code
 * load-tests/conformance.sh} does the same with more of them.
 */
class ConformanceIT {
    @AutoClose private static final RawProxy proxy = RawProxy.start();

    private record Question(String method, String path, int length, boolean chunked) {
        byte[] body() {
            return "a".repeat(length).getBytes(UTF_8);
        }
    }

    private record Received(int status, String body) {}

    private record Dialogue(Question question, Received received) {}

    private static Dialogue dialogue(
            String method, String path, int length, boolean chunked, int status, String body) {
        return new Dialogue(
                new Question(method, path, length, chunked), new Received(status, body));
    }

    /** Both servers answer other paths with the method and the length of the body. */
    private static final List<Dialogue> DIALOGUES =
            List.of(
                    dialogue("GET", "/", 0, false, 200, "GET 0"),
                    dialogue("HEAD", "/", 0, false, 200, ""),
                    dialogue("POST", "/", 5, false, 200, "POST 5"),
                    dialogue("POST", "/", 5, true, 200, "POST 5"),
                    dialogue("PUT", "/", 1 << 20, false, 200, "PUT 1048576"),
                    dialogue("PUT", "/", 1 << 20, true, 200, "PUT 1048576"),
                    dialogue("PATCH", "/", 1, false, 200, "PATCH 1"),
                    dialogue("DELETE", "/", 0, false, 200, "DELETE 0"),
                    dialogue("OPTIONS", "/", 0, false, 200, "OPTIONS 0"),
                    dialogue("GET", "/chunked", 0, false, 200, "onetwothree"),
                    dialogue("GET", "/empty", 0, false, 204, ""),
                    dialogue("GET", "/unchanged", 0, false, 304, ""),
                    dialogue("GET", "/", 0, false, 200, "GET 0"));

    enum HttpCaller {
        JDK,
        /** Asks for an upgrade to HTTP/2, which nginx does not do. */
        JDK_UPGRADING,
        VERTX,
        PYTHON
    }

    @ParameterizedTest
    @EnumSource
    void clients_and_the_server_of_the_jdk_understand_each_other(HttpCaller caller)
            throws IOException {
        var server = HttpServer.create(new InetSocketAddress(0), 0);
        try {
            server.createContext("/", ConformanceIT::answer);
            server.start();
            proxy.serve(server.getAddress().getPort());
            converse(caller);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void clients_and_the_server_of_netty_understand_each_other(HttpCaller caller) {
        var server =
                await(
                        proxy.vertx()
                                .createHttpServer()
                                .requestHandler(ConformanceIT::answer)
                                .listen(0, "0.0.0.0"));
        try {
            proxy.serve(server.actualPort());
            converse(caller);
        } finally {
            await(server.close());
        }
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            var length = exchange.getRequestBody().readAllBytes().length;
            switch (exchange.getRequestURI().getPath()) {
                case "/chunked" -> {
                    exchange.sendResponseHeaders(200, 0);
                    for (var part : List.of("one", "two", "three")) {
                        exchange.getResponseBody().write(part.getBytes(UTF_8));
                        exchange.getResponseBody().flush();
                    }
                }
                case "/empty" -> exchange.sendResponseHeaders(204, -1);
                case "/unchanged" -> exchange.sendResponseHeaders(304, -1);
                default -> {
                    if (exchange.getRequestMethod().equals("HEAD")) {
                        exchange.sendResponseHeaders(200, -1);
                    } else {
                        var body = (exchange.getRequestMethod() + " " + length).getBytes(UTF_8);
                        exchange.sendResponseHeaders(200, body.length);
                        exchange.getResponseBody().write(body);
                    }
                }
            }
        }
    }

    private static void answer(HttpServerRequest request) {
        request.body()
                .onSuccess(body -> {
                    var response = request.response();
                    switch (String.valueOf(request.path())) {
                        case "/chunked" -> {
                            response.setChunked(true);
                            response.write("one");
                            response.write("two");
                            response.end("three");
                        }
                        case "/empty" -> response.setStatusCode(204).end();
                        case "/unchanged" -> response.setStatusCode(304).end();
                        default -> {
                            if (request.method().equals(HttpMethod.HEAD)) {
                                response.end();
                            } else {
                                response.end(request.method() + " " + body.length());
                            }
                        }
                    }
                });
    }

    /** Each client keeps its connection, so a mistake in one dialogue shows in the next. */
    private static void converse(HttpCaller caller) {
        switch (caller) {
            case JDK -> converseWithJdk(HttpClient.Version.HTTP_1_1);
            case JDK_UPGRADING -> converseWithJdk(HttpClient.Version.HTTP_2);
            case VERTX -> converseWithVertx();
            case PYTHON -> converseWithPython();
        }
    }

    private static void converseWithJdk(HttpClient.Version version) {
        try (var client = HttpClient.newBuilder().version(version).build()) {
            for (var dialogue : DIALOGUES) {
                assertThat(received(client, dialogue.question))
                        .as("%s", dialogue.question)
                        .isEqualTo(dialogue.received);
            }
        }
    }

    private static Received received(HttpClient client, Question question) {
        var publisher =
                question.chunked
                        ? BodyPublishers.ofInputStream(
                                () -> new ByteArrayInputStream(question.body()))
                        : question.length == 0
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofByteArray(question.body());
        var request =
                HttpRequest.newBuilder(URI.create("http://" + proxy.address() + question.path))
                        .method(question.method, publisher)
                        .build();
        try {
            var response = client.send(request, BodyHandlers.ofString());
            return new Received(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(question.toString(), e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void converseWithVertx() {
        var client = proxy.vertx().createHttpClient();
        try {
            for (var dialogue : DIALOGUES) {
                var question = dialogue.question;
                var options =
                        new RequestOptions()
                                .setMethod(HttpMethod.valueOf(question.method))
                                .setHost(proxy.address())
                                .setPort(80)
                                .setURI(question.path);
                var received =
                        client.request(options)
                                .compose(request -> send(request, question))
                                .compose(response ->
                                        response.body()
                                                .map(body ->
                                                        new Received(
                                                                response.statusCode(),
                                                                body.toString())));
                assertThat(await(received)).as("%s", question).isEqualTo(dialogue.received);
            }
        } finally {
            await(client.close());
        }
    }

    private static Future<HttpClientResponse> send(HttpClientRequest request, Question question) {
        if (question.length == 0) {
            return request.send();
        }
        return request.setChunked(question.chunked).send(Buffer.buffer(question.body()));
    }

    private static final String PYTHON_CLIENT =
            """
            import http.client, sys
            connection = http.client.HTTPConnection(sys.argv[1], 80)
            for line in sys.stdin:
                method, path, length, chunked = line.split()
                body = b"a" * int(length)
                if chunked == "true":
                    half = len(body) // 2
                    connection.request(method, path, iter([body[:half], body[half:]]), encode_chunked=True,
                                       headers={"Transfer-Encoding": "chunked"})
                else:
                    connection.request(method, path, body or None)
                response = connection.getresponse()
                print(response.status, response.read().decode())
            """;

    private static void converseWithPython() {
        assumeThat(hasPython()).as("python3 is installed").isTrue();
        var questions = new StringBuilder();
        var answers = new StringBuilder();
        for (var dialogue : DIALOGUES) {
            var question = dialogue.question;
            questions.append(
                    "%s %s %d %s\n"
                            .formatted(
                                    question.method,
                                    question.path,
                                    question.length,
                                    question.chunked));
            answers.append("%d %s\n".formatted(dialogue.received.status, dialogue.received.body));
        }
        var received =
                HostCommand.here()
                        .given(
                                questions.toString(),
                                "python3",
                                "-c",
                                PYTHON_CLIENT,
                                proxy.address());
        assertThat(received).isEqualTo(answers.toString().strip());
    }

    private static boolean hasPython() {
        try {
            HostCommand.here().run("python3", "--version");
            return true;
        } catch (UncheckedIOException missing) {
            return false;
        }
    }
}
