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
 * Lists the ports of this machine that a platform needs, and the process that uses each port.
 *
 * @param ours the containers of the platform
 */
record RequiredPorts(Map<String, String> environment, List<Container> ours) {

    List<Port> of(PlatformKind place, Optional<DevState> dev) {
        return switch (place) {
            case ELSEWHERE -> List.of();
            case NOTHING, CLUSTER -> ofCluster(place == PlatformKind.CLUSTER);
            case DEV -> dev.map(this::ofDev).orElse(List.of());
        };
    }

    /**
     * Returns the ports of the cluster. The ports for users and for the API count as vital even if
     * no platform runs, because {@code dev} needs them too.
     */
    private List<Port> ofCluster(boolean runs) {
        var ports = new ArrayList<Port>();
        ports.add(ofCluster("users", "AUTOSERVE_HTTP_PORT", 80, true, "--http-port"));
        ports.add(ofCluster("users with TLS", "AUTOSERVE_HTTPS_PORT", 443, runs, ""));
        if (hasSecondNginx()) {
            var users = "users of the second nginx";
            ports.add(ofCluster(users, "AUTOSERVE_NGINX_2_HTTP_PORT", 81, runs, ""));
            ports.add(
                    ofCluster(users + " with TLS", "AUTOSERVE_NGINX_2_HTTPS_PORT", 444, runs, ""));
        }
        ports.add(ofCluster("the API", "AUTOSERVE_API_PORT", 8000, true, "--api-port"));
        ports.add(ofCluster("the API with TLS", "AUTOSERVE_API_TLS_PORT", 8443, runs, ""));
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

    private boolean hasSecondNginx() {
        return "2".equals(environment.get("AUTOSERVE_PROXIES"))
                || ours.stream().anyMatch(container -> container.name().endsWith("-nginx-2"));
    }

    private Port ofCluster(
            String user, String variable, int standard, boolean vital, String option) {
        var number = Integer.parseInt(environment.getOrDefault(variable, String.valueOf(standard)));
        return new Port(number, user, vital, another(option, variable), holder(number));
    }

    private static String another(String option, String variable) {
        return option.isEmpty()
                ? "choose another with " + variable
                : "choose another with 'dev %s' or, for the cluster, %s"
                        .formatted(option, variable);
    }

    private List<Port> ofDev(DevState dev) {
        var api = port(URI.create(dev.api()));
        var apps = port(URI.create(dev.apps()));
        var ports = new ArrayList<Port>();
        ports.add(
                new Port(
                        apps,
                        "users",
                        true,
                        "choose another with 'dev --http-port'",
                        holder(apps)));
        ports.add(new Port(443, "users with TLS", false, "let dev run without TLS", holder(443)));
        ports.add(
                new Port(
                        api,
                        "the API",
                        true,
                        "choose another with 'dev --api-port'",
                        ofDevItself(api)));
        DatabaseServers.port(DevFolder.standard(environment).path())
                .ifPresent(port ->
                        ports.add(
                                new Port(
                                        port,
                                        "the database",
                                        true,
                                        "restart dev, which chooses another",
                                        ofDevItself(port))));
        return List.copyOf(ports);
    }

    /**
     * Returns who holds a port of dev. Doctor calls this only while dev runs, so a port that is in
     * use counts as held by dev.
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
                        LocalPorts.owner(port)
                                .orElse("an unknown process (run doctor as root to see its name)"));
    }

    static int port(URI address) {
        return address.getPort() < 0 ? 80 : address.getPort();
    }
}
