package io.autoserve.proxy;

import static io.autoserve.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.Version;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.testing.Eventually;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests two nginx in containers, of which one is frozen or ends. */
class ProxiesIT {
    private static final App SHOP = Toys.app(1, "shop");

    @AutoClose private static final RealNginx one = RealNginx.start();
    @AutoClose private static final RealNginx two = RealNginx.startSecond();
    private static final HttpClient client = one.vertx().createHttpClient();
    private static long timeline = 1;
    private static long seq;

    private final Proxies proxies = proxies();
    private final List<RotationChange> changes = new ArrayList<>();
    private ToyInstance leaving;
    private ToyInstance staying;

    @BeforeEach
    void serve() {
        leaving = new ToyInstance(one.vertx(), 2 * seq + 1);
        staying = new ToyInstance(one.vertx(), 2 * seq + 2);
        assertThat(push(table(leaving))).isInstanceOf(Pushed.Accepted.class);
        assertThat(ask(one)).matches(leaving::answered);
        assertThat(ask(two)).matches(leaving::answered);
    }

    @AfterEach
    void stopInstances() {
        leaving.close();
        staying.close();
    }

    @Test
    void a_frozen_nginx_delays_a_change_for_ten_seconds_and_returns_with_the_newest_table() {
        two.freeze();
        var table = table(staying);

        assertThat(fails(proxies.push(table))).isTrue();
        one.await("the change waits no longer", () -> accepted(proxies.push(table)));
        assertThat(await(proxies.inFlight()).routed()).containsExactly(staying.id);
        assertThat(ask(one)).matches(staying::answered);
        assertThat(rotationChanges()).extracting(RotationChange::in).containsExactly(false);

        two.thaw();
        two.await("the frozen nginx returns", this::returned);
        assertThat(ask(two)).matches(staying::answered);
    }

    @Test
    void an_nginx_that_ends_delays_nothing_and_starts_with_the_newest_table() {
        two.kill();

        var table = table(staying);
        one.await("the change does not wait", () -> accepted(proxies.push(table)));
        assertThat(await(proxies.inFlight()).routed()).containsExactly(staying.id);

        two.startAgain();
        two.await("it has the newest table", () -> staying.answered(ask(two)));
        two.await("it returns", this::returned);
    }

    @Test
    void both_refuse_a_table_of_an_earlier_leader() {
        var later = new Version(1, 2, 1);
        assertThat(push(RouteTable.of(later, List.of(SHOP), List.of())))
                .isInstanceOf(Pushed.Accepted.class);
        try {
            assertThat(push(table(staying))).isEqualTo(new Pushed.Refused(later));
            assertThat(await(one.manager().push(table(staying))))
                    .isEqualTo(new Pushed.Refused(later));
            assertThat(await(two.manager().push(table(staying))))
                    .isEqualTo(new Pushed.Refused(later));
        } finally {
            timeline++; // later tables must be newer
        }
    }

    private static Proxies proxies() {
        var all = new LinkedHashMap<String, NginxManager>();
        all.put(one.name, one.manager());
        all.put(two.name, two.manager());
        return new Proxies(all, Time.system());
    }

    private boolean returned() {
        var _ = fails(proxies.counters()); // gives the nginx that is out the newest table
        return rotationChanges().stream().anyMatch(RotationChange::in);
    }

    /** Returns all changes of the test so far. */
    private List<RotationChange> rotationChanges() {
        changes.addAll(proxies.rotationChanges());
        return changes;
    }

    private static RouteTable table(ToyInstance toy) {
        var routed = Toys.ready(toy.id, SHOP, 1, one.hostAddress(), toy.port);
        return RouteTable.of(new Version(timeline, 1, ++seq), List.of(SHOP), List.of(routed));
    }

    private Pushed push(RouteTable table) {
        return await(proxies.push(table));
    }

    private static boolean accepted(Future<Pushed> pushed) {
        return !fails(pushed) && pushed.result() instanceof Pushed.Accepted;
    }

    private static boolean fails(Future<?> future) {
        return Eventually.await(future.map(_ -> false).otherwise(true));
    }

    private static Reply ask(RealNginx nginx) {
        return await(
                client.request(
                                new RequestOptions()
                                        .setMethod(HttpMethod.GET)
                                        .setHost(nginx.address())
                                        .setPort(80)
                                        .setURI("/")
                                        .putHeader("Host", "shop.localhost"))
                        .compose(request -> request.send())
                        .compose(Reply::of));
    }
}
