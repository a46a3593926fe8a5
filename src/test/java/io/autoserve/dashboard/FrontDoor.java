package io.autoserve.dashboard;

import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;

/**
 * Forwards connections to controllers, as the load balancer does. A new connection goes to the
 * controller that the test chose last.
 */
final class FrontDoor implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final NetClient client = vertx.createNetClient();
    private final NetServer server;
    private volatile URI behind;

    FrontDoor(URI behind) {
        this.behind = behind;
        server =
                Eventually.await(
                        vertx.createNetServer().connectHandler(this::pass).listen(0, "127.0.0.1"));
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    void leadTo(URI other) {
        behind = other;
    }

    private void pass(NetSocket user) {
        user.pause();
        client.connect(behind.getPort(), behind.getHost())
                .onSuccess(controller -> {
                    user.pipeTo(controller);
                    controller.pipeTo(user);
                })
                .onFailure(_ -> user.close());
    }

    @Override
    public void close() {
        Eventually.await(vertx.close());
    }
}
