import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;

/**
 * Shows what Java, Vert.x and the health checks cost a leader, without the leader's other work.
 * Starts a server that gets no requests, and sends one GET per period to each address, each over a
 * new connection.
 */
final class IdleFloor {
    private IdleFloor() {}

    /**
     * @param arguments the seconds between two requests to the same instance, then the addresses of
     *     all instances
     */
    public static void main(String[] arguments) {
        var period = Duration.ofSeconds(Integer.parseInt(arguments[0]));
        var instances = arguments.length - 1;
        var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
        vertx.createHttpServer().requestHandler(question -> question.response().end()).listen(0);
        var client = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));
        var turn = new int[1];
        vertx.setPeriodic(
                period.dividedBy(instances).toMillis(),
                _ ->
                        client.request(HttpMethod.GET, 8080, arguments[1 + turn[0]++ % instances], "/health")
                                .compose(HttpClientRequest::send)
                                .compose(HttpClientResponse::end)
                                .onFailure(Throwable::printStackTrace));
    }
}
