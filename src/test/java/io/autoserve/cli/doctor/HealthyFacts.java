package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Burden;
import io.autoserve.cli.doctor.Facts.Check;
import io.autoserve.cli.doctor.Facts.Clock;
import io.autoserve.cli.doctor.Facts.Cluster;
import io.autoserve.cli.doctor.Facts.Disk;
import io.autoserve.cli.doctor.Facts.Engine;
import io.autoserve.cli.doctor.Facts.FailingApp;
import io.autoserve.cli.doctor.Facts.Holder;
import io.autoserve.cli.doctor.Facts.Image;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.Part;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Port;
import io.autoserve.cli.doctor.Facts.Proxy;
import io.autoserve.cli.doctor.Facts.ReplicaLag;
import io.autoserve.cli.doctor.Facts.Server;
import io.autoserve.cli.doctor.Facts.Unlimited;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The facts of a cluster without problems. Each test changes one of them. */
final class HealthyFacts {
    static final String URL = "http://127.0.0.1:8000";

    PlatformKind place = PlatformKind.CLUSTER;
    Engine engine = new Engine.Running("28.2.2", "2", "overlay2");
    List<Part> parts = List.of(new Part("autoserve-nginx", true, "Up 3 hours (healthy)"));
    List<Port> ports = List.of(port(80, new Holder.Ours()), port(8000, new Holder.Ours()));
    List<Disk> disks = List.of(disk(40));
    Optional<Burden> burden = Optional.of(burden(0.4));
    List<Unlimited> unlimited = List.of();
    List<Image> images = List.of(new Image("shop:1", "shop", true, Optional.empty(), false));
    List<ImageAge> ages = List.of(new ImageAge("autoserve/nginx", Duration.ofDays(3)));
    ApiState api = answers(cluster(streaming(0)));
    List<FailingApp> failing = List.of();
    List<Server> databases =
            List.of(
                    server("a:5432", new Server.ServerState.Leads("17.5", "9", 0, 0)),
                    server("b:5433", new Server.ServerState.Follows("17.5")));
    List<Clock> clocks = List.of(clock(20));
    Optional<Proxy> proxy = Optional.of(new Proxy.Serves(1, 4, 120));

    Facts facts() {
        return new Facts(
                place, engine, parts, ports, disks, burden, unlimited, images, ages, api, failing,
                databases, clocks, proxy);
    }

    void silence() {
        api = new ApiState.Unreachable(URL, "no controller answers");
    }

    void check(String name, String detail) {
        api = answers(cluster(streaming(0)), new Check(name, false, detail));
    }

    void replica(ReplicaLag replica) {
        api = answers(cluster(replica));
    }

    static Server server(String address, Server.ServerState state) {
        return new Server(address, state, Optional.of(Duration.ofDays(900)));
    }

    static Port port(int number, Holder holder) {
        return new Port(number, "users", true, "dev --http-port", holder);
    }

    static Disk disk(long gibibytes) {
        return new Disk("images", "/var/lib/docker", gibibytes << 30, 100L << 30, 12);
    }

    static Burden burden(double average) {
        return new Burden(average, 2, Map.of(), 3L << 30, 4L << 30, 0);
    }

    static Burden stalled(String resource, double share) {
        return new Burden(0.4, 2, Map.of(resource, share), 3L << 30, 4L << 30, 0);
    }

    static Clock clock(long millisAhead) {
        return new Clock("the clock of the API", Duration.ofMillis(millisAhead));
    }

    static ApiState answers(Cluster cluster, Check... checks) {
        return new ApiState.Reachable(URL, List.of(checks), Optional.of(cluster), List.of());
    }

    static Cluster cluster(ReplicaLag... replicas) {
        return new Cluster("c1", 4, 1, 3, Set.of("0.1.0"), List.of(replicas));
    }

    static ReplicaLag streaming(long lagBytes) {
        return new ReplicaLag("autoserve-postgres-replica", "streaming", lagBytes);
    }
}
