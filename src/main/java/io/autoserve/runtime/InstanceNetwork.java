package io.autoserve.runtime;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.model.Network;
import com.github.dockerjava.api.model.Network.Ipam;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.util.Map;
import java.util.stream.Stream;

/** The bridge network that instances and nginx share. It decides which address an instance gets. */
public final class InstanceNetwork {
    private final Engine engine;
    private final String installation;
    private final String name;
    private final Subnet subnet;

    /**
     * @param subnet subnet such as {@code 172.20.0.0/16}, from /8 to /26; see {@link Subnet} for
     *     its parts
     */
    public InstanceNetwork(Engine engine, String installation, String name, String subnet) {
        this.engine = engine;
        this.installation = installation;
        this.name = name;
        this.subnet = Subnet.parse(subnet);
    }

    public String name() {
        return name;
    }

    String address(long instance) {
        return subnet.instance(instance);
    }

    /**
     * Creates the network unless it exists. Throws {@link EngineException} if it exists with
     * another subnet, or if its subnet overlaps that of another network.
     */
    public void ensure() {
        var networks = engine.call("list networks", client -> client.listNetworksCmd().exec());
        for (var network : networks) {
            if (network.getName().equals(name)) {
                requireOurSubnet(network);
                return;
            }
        }
        networks.forEach(this::requireApart);
        create();
    }

    private void requireOurSubnet(Network network) {
        if (subnets(network).noneMatch(subnet.toString()::equals)) {
            var theirs = subnets(network).findFirst().orElse("no subnet");
            throw new EngineException(
                    "network '%s' has %s instead of %s: set AUTOSERVE_SUBNET to the network's subnet, or remove the network (docker network rm %s) if nothing uses it"
                            .formatted(name, theirs, subnet, name),
                    null);
        }
    }

    private void requireApart(Network network) {
        subnets(network)
                .filter(text -> !text.contains(":") && !text.endsWith("/32"))
                .filter(text -> overlaps(text))
                .findFirst()
                .ifPresent(text -> {
                    throw new EngineException(
                            "subnet %s overlaps %s of network '%s': set AUTOSERVE_SUBNET to a free subnet, or remove that network"
                                    .formatted(subnet, text, network.getName()),
                            null);
                });
    }

    private boolean overlaps(String text) {
        try {
            return subnet.overlaps(Subnet.parse(text));
        } catch (IllegalArgumentException _) {
            return false; // the size is not supported, so the engine decides
        }
    }

    static Stream<String> subnets(Network network) {
        var config = network.getIpam() == null ? null : network.getIpam().getConfig();
        return config == null ? Stream.empty() : config.stream().map(Ipam.Config::getSubnet);
    }

    private void create() {
        var addresses =
                new Ipam.Config()
                        .withSubnet(subnet.toString())
                        .withGateway(subnet.gateway())
                        .withIpRange(subnet.dynamicRange());
        engine.call(
                "create network '%s' with subnet %s".formatted(name, subnet),
                client -> {
                    try {
                        return client.createNetworkCmd()
                                .withName(name)
                                .withDriver("bridge")
                                .withIpam(new Ipam().withConfig(addresses))
                                .withCheckDuplicate(true)
                                .withLabels(Map.of(Labels.INSTALLATION, installation))
                                .exec();
                    } catch (ConflictException _) {
                        return ""; // another controller was faster
                    }
                });
    }
}
