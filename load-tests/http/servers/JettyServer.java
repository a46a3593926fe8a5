import java.io.IOException;
import java.util.Collections;
import java.util.List;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.AbstractHandler;

/** Answers each request with a description of what Jetty understood. */
final class JettyServer extends AbstractHandler {
    public static void main(String[] arguments) throws Exception {
        var configuration = new HttpConfiguration();
        configuration.setRequestHeaderSize(32_000);
        configuration.setResponseHeaderSize(70_000);
        var server = new Server();
        var connector = new ServerConnector(server, new HttpConnectionFactory(configuration));
        connector.setPort(Integer.parseInt(arguments[0]));
        server.addConnector(connector);
        server.setHandler(new JettyServer());
        server.start();
        server.join();
    }

    @Override
    public void handle(
            String target, Request base, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        base.setHandled(true);
        var body = request.getInputStream().readAllBytes();
        try {
            response.setHeader("X-Seen", seen(request, body));
            answer(request.getRequestURI(), response);
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static String seen(HttpServletRequest request, byte[] body) throws Exception {
        var query = request.getQueryString();
        return Seen.of(
                request.getMethod(),
                request.getRequestURI() + (query == null ? "" : "?" + query),
                request.getHeader("Host"),
                Collections.list(request.getHeaders("X-Case")),
                body);
    }

    private static void answer(String path, HttpServletResponse response) throws Exception {
        var output = response.getOutputStream();
        switch (path) {
            case "/chunked" -> {
                for (var part : List.of("one", "two", "three")) {
                    output.print(part);
                    output.flush();
                }
            }
            case "/empty" -> response.setStatus(204);
            case "/unchanged" -> {
                response.setHeader("ETag", "\"1\"");
                response.setStatus(304);
            }
            case "/trailers" -> {
                var trailers = new HttpFields();
                trailers.put("X-Sum", "42");
                ((Response) response).setTrailers(() -> trailers);
                output.print("ok");
                output.flush();
            }
            case "/never" -> Thread.sleep(3_600_000);
            default -> {
                if (path.equals("/large")) {
                    response.setHeader("X-Large", "a".repeat(60_000));
                }
                response.setContentLength(2);
                output.print("ok");
            }
        }
    }
}
