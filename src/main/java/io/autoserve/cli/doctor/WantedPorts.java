package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Docker.Container;
import io.autoserve.cli.doctor.Facts.Holder;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Port;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import io.autoserve.cli.local.LocalPorts;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lists the ports of this machine that a platform needs, and which process has each.
 *
 * @param ours the containers of the platform
 */
record WantedPorts(Map<String, String> environment, List<Container> ours) {

    List<Port> look(PlatformKind place, Optional<DevState> dev) {
        return switch (place) {
            case ELSEWHERE -> List.of();
            case NOTHING, CLUSTER -> ofCluster(place == PlatformKind.CLUSTER);
            case DEV -> dev.map(this::ofDev).orElse(List.of());
        };
    }

    /**
     * Returns the ports of the cluster. The two that {@code dev} needs too are vital even if
     * nothing runs yet.
     */
    private List<Port> ofCluster(boolean runs) {
        var ports = new ArrayList<Port>();
        ports.add(ofCluster("users", "AUTOSERVE_HTTP_PORT", 80, true, "dev --http-port, "));
        ports.add(ofCluster("users by TLS", "AUTOSERVE_HTTPS_PORT", 443, runs, ""));
        ports.add(ofCluster("the API", "AUTOSERVE_API_PORT", 8000, true, "dev --api-port, "));
        ports.add(ofCluster("the API by TLS", "AUTOSERVE_API_TLS_PORT", 8443, runs, ""));
        for (int number = 1; number <= 3; number++) {
            ports.add(
                    ofCluster(
                            "controller " + number,
                            "AUTOSERVE_CONTROLLER_%d_PORT".formatted(number),
                            8000 + number,
                            runs,
                            ""));
        }
        ports.add(ofCluster("a database", "AUTOSERVE_POSTGRES_PRIMARY_PORT", 5432, runs, ""));
        ports.add(ofCluster("a database", "AUTOSERVE_POSTGRES_REPLICA_PORT", 5433, runs, ""));
        return List.copyOf(ports);
    }

    private Port ofCluster(
            String user, String variable, int standard, boolean vital, String orElse) {
        var number = Integer.parseInt(environment.getOrDefault(variable, String.valueOf(standard)));
        return new Port(
                number,
                user,
                vital,
                "%s%s for the cluster".formatted(orElse, variable),
                holder(number));
    }

    private List<Port> ofDev(DevState dev) {
        var api = port(URI.create(dev.api()));
        var apps = port(URI.create(dev.apps()));
        var ports = new ArrayList<Port>();
        ports.add(new Port(apps, "users", true, "dev --http-port", holder(apps)));
        ports.add(
                new Port(
                        443,
                        "users by TLS",
                        false,
                        "none: dev does without TLS then",
                        holder(443)));
        ports.add(new Port(api, "the API", true, "dev --api-port", ofDevItself(api)));
        DatabaseServers.port(DevFolder.standard(environment).path())
                .ifPresent(port ->
                        ports.add(new Port(port, "the database", true, "none", ofDevItself(port))));
        return List.copyOf(ports);
    }

    /**
     * Returns the holder of a port that dev itself has chosen. Since dev runs, a port in use is its
     * own.
     */
    private static Holder ofDevItself(int port) {
        return LocalPorts.free(port) ? new Holder.Nobody() : new Holder.Ours();
    }

    private Holder holder(int port) {
        if (ours.stream().anyMatch(container -> container.ports().contains(port))) {
            return new Holder.Ours();
        }
        return LocalPorts.free(port)
                ? new Holder.Nobody()
                : new Holder.Other(
                        LocalPorts.owner(port).orElse("somebody (as root, doctor sees whom)"));
    }

    static int port(URI address) {
        return address.getPort() < 0 ? 80 : address.getPort();
    }
}
