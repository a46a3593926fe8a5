package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.vertx.core.Vertx;
import java.util.List;

/**
 * Runs nginx with the route of one app, which gets the requests for all hosts, for tests of the
 * bytes that nginx passes on in plain HTTP and over TLS.
 */
final class RawProxy implements AutoCloseable {
    static final String HOST = "shop.localhost";
    private static final App SHOP = Toys.app(1, "shop", Toys.routing("/", true));

    enum Transport {
        PLAIN,
        TLS
    }

    private final RealNginx real = RealNginx.start();
    private long seq;

    private RawProxy() {}

    static RawProxy start() {
        var proxy = new RawProxy();
        proxy.real.certify(HOST, false);
        return proxy;
    }

    /** Sends the requests from now on to an instance that listens at this port of the machine. */
    void serve(int port) {
        var instance = Toys.ready(++seq, SHOP, 1, real.hostAddress(), port);
        var table = RouteTable.of(new Version(1, 1, seq), List.of(SHOP), List.of(instance));
        assertThat(await(real.manager().push(table)))
                .isEqualTo(new NginxManager.Pushed.Accepted(table.version(), 0));
    }

    RawConnection connect(Transport transport) {
        return switch (transport) {
            case PLAIN -> RawConnection.plain(real.address(), 80);
            case TLS -> RawConnection.tls(real.address(), HOST);
        };
    }

    String address() {
        return real.address();
    }

    Vertx vertx() {
        return real.vertx();
    }

    @Override
    public void close() {
        real.close();
    }
}
