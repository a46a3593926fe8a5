import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.api.ContentResponse;
import org.eclipse.jetty.client.api.Request;
import org.eclipse.jetty.client.util.InputStreamContentProvider;
import org.eclipse.jetty.client.util.StringContentProvider;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty's client for one case: JettyClient CASE BASE. Fails if the case does. */
final class JettyClient {
    private final String base;
    private final HttpClient client;

    private JettyClient(String base) throws Exception {
        this.base = base;
        client = new HttpClient(new SslContextFactory.Client(true));
        client.setMaxConnectionsPerDestination(1);
        client.start();
    }

    public static void main(String[] arguments) {
        try {
            new JettyClient(arguments[1]).converse(arguments[0]);
            System.exit(0);
        } catch (Exception e) {
            System.err.println(e);
            System.exit(1); // the threads of the client would keep the program
        }
    }

    private void converse(String name) throws Exception {
        switch (name) {
            case "get", "tls" -> check("GET", "/", 200, "ok");
            case "head" -> check("HEAD", "/", 200, "");
            case "post" ->
                    mustBe(length(ask("POST", "/").content(new StringContentProvider("hello"))), 5);
            case "expect" ->
                    mustBe(
                            length(
                                    ask("POST", "/")
                                            .header("Expect", "100-continue")
                                            .content(new StringContentProvider("hello"))),
                            5);
            case "upload" -> {
                var body = new ByteArrayInputStream(new byte[1 << 20]);
                mustBe(
                        length(ask("POST", "/").content(new InputStreamContentProvider(body))),
                        1 << 20);
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
                            check("GET", "/large", 200, "ok").getHeaders().get("X-Large").length(),
                            60_000);
            default -> throw new UnsupportedOperationException("this client has no such feature");
        }
    }

    private Request ask(String method, String path) {
        return client.newRequest(base + path).method(method);
    }

    private ContentResponse check(String method, String path, int status, String body)
            throws Exception {
        var answer = ask(method, path).send();
        mustBe(answer.getStatus() + " " + answer.getContentAsString(), status + " " + body);
        return answer;
    }

    private static int length(Request request) throws Exception {
        var seen = request.send().getHeaders().get("X-Seen").split("\\.", -1);
        return Integer.parseInt(
                new String(HexFormat.of().parseHex(seen[4]), StandardCharsets.US_ASCII));
    }

    private static void mustBe(Object seen, Object expected) {
        if (!seen.equals(expected)) {
            throw new IllegalStateException("expected " + expected + ", got " + seen);
        }
    }
}
