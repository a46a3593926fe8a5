import java.io.ByteArrayInputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The JDK's client for one case: JdkClient CASE BASE. Fails if the case does. */
final class JdkClient {
    private static final byte[] MEGABYTE = new byte[1 << 20];

    private final String base;
    private final HttpClient client;

    private JdkClient(String base, HttpClient client) {
        this.base = base;
        this.client = client;
    }

    public static void main(String[] arguments) {
        try {
            converse(arguments);
            System.exit(0);
        } catch (Exception e) {
            System.err.println(e);
            System.exit(1);
        }
    }

    private static void converse(String[] arguments) throws Exception {
        var name = arguments[0];
        var base = arguments[1];
        // Without `upgrade`, the client would ask for HTTP/2 with its first request.
        var version = name.equals("upgrade") ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1;
        var builder = HttpClient.newBuilder().version(version);
        if (name.equals("tls")) {
            System.setProperty("jdk.internal.httpclient.disableHostnameVerification", "true");
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Trusting()}, null);
            builder.sslContext(context);
        }
        if (name.equals("absolute")) {
            var proxy = URI.create(base);
            var port = proxy.getPort() < 0 ? 80 : proxy.getPort();
            builder.proxy(ProxySelector.of(new InetSocketAddress(proxy.getHost(), port)));
        }
        new JdkClient(base, builder.build()).converse(name);
    }

    private void converse(String name) throws Exception {
        switch (name) {
            case "get", "tls", "upgrade", "absolute" -> check("GET", "/", 200, "ok");
            case "head" -> check("HEAD", "/", 200, "");
            case "post" -> mustBe(length(ask("POST", "/", BodyPublishers.ofString("hello"))), 5);
            case "upload" ->
                    mustBe(
                            length(
                                    ask(
                                            "POST",
                                            "/",
                                            BodyPublishers.ofInputStream(
                                                    () -> new ByteArrayInputStream(MEGABYTE)))),
                            MEGABYTE.length);
            case "expect" -> {
                var request =
                        HttpRequest.newBuilder(URI.create(base + "/"))
                                .expectContinue(true)
                                .POST(BodyPublishers.ofString("hello"))
                                .build();
                mustBe(length(client.send(request, BodyHandlers.ofString())), 5);
            }
            case "three" -> {
                for (var i = 0; i < 3; i++) {
                    check("GET", "/", 200, "ok");
                }
            }
            case "chunked" -> check("GET", "/chunked", 200, "onetwothree");
            case "close" -> check("GET", "/close", 200, "ok");
            case "empty" -> {
                check("GET", "/empty", 204, "");
                check("GET", "/", 200, "ok");
            }
            case "unchanged" -> {
                check("GET", "/unchanged", 304, "");
                check("GET", "/", 200, "ok");
            }
            case "hints" -> check("GET", "/hints", 200, "ok");
            case "large" ->
                    mustBe(
                            check("GET", "/large", 200, "ok")
                                    .headers()
                                    .firstValue("X-Large")
                                    .orElse("")
                                    .length(),
                            60_000);
            case "websocket" -> webSocket();
            default -> throw new UnsupportedOperationException("this client has no such feature");
        }
    }

    private HttpResponse<String> ask(String method, String path, BodyPublisher body)
            throws Exception {
        var request = HttpRequest.newBuilder(URI.create(base + path)).method(method, body).build();
        return client.send(request, BodyHandlers.ofString());
    }

    private HttpResponse<String> check(String method, String path, int status, String body)
            throws Exception {
        var answer = ask(method, path, BodyPublishers.noBody());
        mustBe(answer.statusCode() + " " + answer.body(), status + " " + body);
        return answer;
    }

    private static int length(HttpResponse<String> answer) {
        var seen = answer.headers().firstValue("X-Seen").orElseThrow().split("\\.", -1);
        return Integer.parseInt(new String(HexFormat.of().parseHex(seen[4])));
    }

    private static void mustBe(Object seen, Object expected) {
        if (!seen.equals(expected)) {
            throw new IllegalStateException("expected " + expected + ", got " + seen);
        }
    }

    private void webSocket() throws Exception {
        var received = new CompletableFuture<String>();
        var closed = new CompletableFuture<Integer>();
        var socket =
                client.newWebSocketBuilder()
                        .buildAsync(
                                URI.create(base.replaceFirst("http", "ws") + "/websocket"),
                                new WebSocket.Listener() {
                                    @Override
                                    public CompletionStage<?> onText(
                                            WebSocket socket, CharSequence text, boolean last) {
                                        received.complete(text.toString());
                                        socket.request(1);
                                        return CompletableFuture.completedFuture(null);
                                    }

                                    @Override
                                    public CompletionStage<?> onClose(
                                            WebSocket socket, int code, String reason) {
                                        closed.complete(code);
                                        return CompletableFuture.completedFuture(null);
                                    }
                                })
                        .get(10, TimeUnit.SECONDS);
        socket.sendText("hello", true).get(10, TimeUnit.SECONDS);
        mustBe(received.get(10, TimeUnit.SECONDS), "hello");
        socket.sendClose(4000, "bye").get(10, TimeUnit.SECONDS);
        mustBe(closed.get(10, TimeUnit.SECONDS), 4000);
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
