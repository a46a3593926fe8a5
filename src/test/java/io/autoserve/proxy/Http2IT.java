package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.autoserve.proxy.RawOrigin.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests requests over HTTP/2, all on one connection. */
class Http2IT {
    private static final String HOST = "shop.localhost";

    @AutoClose private static final RealNginx real = RealNginx.start();
    private static final NginxManager nginx = real.manager();
    private static final HttpClient client =
            real.vertx()
                    .createHttpClient(
                            new HttpClientOptions()
                                    .setSsl(true)
                                    .setUseAlpn(true)
                                    .setTrustAll(true)
                                    .setVerifyHost(false)
                                    .setProtocolVersion(HttpVersion.HTTP_2),
                            new PoolOptions().setHttp2MaxSize(1));
    private static long seq;

    private final List<RawOrigin> origins = new ArrayList<>();

    private record Received(HttpVersion version, int status, String body) {}

    @BeforeAll
    static void handOutCertificate() {
        real.certify(HOST, false);
    }

    @AfterEach
    void stopOrigins() {
        origins.forEach(RawOrigin::close);
    }

    @Test
    void an_app_gets_http_1_from_a_client_that_uses_http_2() {
        var origin = origin(_ -> Answer.of(RawOrigin.OK));
        serve(app(0), origin);

        assertThat(await(get("/a?b"))).isEqualTo(new Received(HttpVersion.HTTP_2, 200, "ok"));
        assertThat(origin.heads().getFirst())
                .startsWith("GET /a?b HTTP/1.1\r\n")
                .containsOnlyOnce("\r\nHost: shop.localhost\r\n")
                .contains("\r\nX-Forwarded-Proto: https\r\n")
                .doesNotContain("Transfer-Encoding", "Content-Length");
    }

    @ParameterizedTest(name = "{0} bytes")
    @CsvSource({"10, 200", "65000, 200", "66000, 413"})
    void a_body_without_a_length_has_a_limit(int bytes, int status) {
        var origin = origin(_ -> Answer.of(RawOrigin.OK));
        serve(app(1 << 16), origin);

        assertThat(await(unannounced(HttpMethod.POST, bytes))).isEqualTo(status);
        assertThat(origin.heads()).hasSize(status == 200 ? 1 : 0);
        assertThat(await(get("/")).status()).isEqualTo(200);
    }

    @Test
    void a_get_loses_a_body_without_a_length() {
        var origin = origin(_ -> Answer.of(RawOrigin.OK));
        serve(app(10), origin);

        assertThat(await(unannounced(HttpMethod.GET, 1000))).isEqualTo(200);
        assertThat(origin.heads().getFirst()).doesNotContain("Transfer-Encoding", "Content-Length");
        assertThat(await(get("/")).status()).isEqualTo(200);
    }

    @Test
    void an_answer_that_cannot_be_passed_on_ends_its_stream_alone() {
        serve(
                app(0),
                origin(head ->
                        head.startsWith("GET /bad ")
                                ? Answer.last("SSH-2.0-OpenSSH_10.0\r\n")
                                : Answer.of(RawOrigin.OK)));

        assertThatThrownBy(() -> await(get("/bad"))).isInstanceOf(Exception.class);
        assertThat(await(get("/"))).isEqualTo(new Received(HttpVersion.HTTP_2, 200, "ok"));
    }

    @Test
    void no_request_fails_while_instances_come_and_go() {
        var one = origin(_ -> Answer.of(RawOrigin.OK));
        var other = origin(_ -> Answer.of(RawOrigin.OK));
        var answers = new ArrayList<Future<Received>>();

        for (var i = 0; i < 20; i++) {
            serve(app(0), i % 2 == 0 ? one : other);
            for (var j = 0; j < 20; j++) {
                answers.add(get("/" + j));
            }
        }

        assertThat(answers).allMatch(answer -> await(answer).status() == 200);
        assertThat(one.heads()).isNotEmpty();
        assertThat(other.heads()).isNotEmpty();
    }

    private static Future<Received> get(String target) {
        return request(HttpMethod.GET, target).compose(request -> answer(request, request.send()));
    }

    /** Sends a request with a body that has no Content-Length, and returns the status. */
    private static Future<Integer> unannounced(HttpMethod method, int bytes) {
        return request(method, "/")
                .compose(request -> {
                    request.setChunked(true);
                    request.write(Buffer.buffer("a".repeat(bytes)));
                    var response = request.response();
                    request.end();
                    return response.map(HttpClientResponse::statusCode);
                });
    }

    private static Future<HttpClientRequest> request(HttpMethod method, String target) {
        return client.request(
                new RequestOptions()
                        .setMethod(method)
                        .setServer(SocketAddress.inetSocketAddress(443, real.address()))
                        .setHost(HOST)
                        .setPort(443)
                        .setURI(target));
    }

    private static Future<Received> answer(
            HttpClientRequest request, Future<HttpClientResponse> response) {
        return response.compose(it ->
                it.body()
                        .map(body ->
                                new Received(request.version(), it.statusCode(), body.toString())));
    }

    private static App app(long maxBodyBytes) {
        return Toys.app(1, "shop", Toys.limited(maxBodyBytes, Toys.USUAL, true));
    }

    private RawOrigin origin(Function<String, Answer> answers) {
        var origin = new RawOrigin(++seq, answers);
        origins.add(origin);
        return origin;
    }

    private static void serve(App app, RawOrigin origin) {
        var instance = Toys.ready(origin.id, app, 1, real.hostAddress(), origin.port);
        var table = RouteTable.of(new Version(1, 1, ++seq), List.of(app), List.of(instance));
        assertThat(await(nginx.push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }
}
