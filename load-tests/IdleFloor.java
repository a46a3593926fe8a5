import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;

/**
 * What a leader's stack costs before it does anything of its own: a server that nobody asks, and
 * one GET for each address in turn, over a connection of its own, each of them once a period.
 */
final class IdleFloor {
    private IdleFloor() {}

    /**
     * @param arguments seconds between two questions to the same instance, then their addresses
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
