package io.autoserve.runtime;

import com.github.dockerjava.api.model.Network;
import io.autoserve.model.Image;
import io.autoserve.model.RegistryRules;
import io.autoserve.net.AddressPolicy;
import io.autoserve.net.AddressPolicy.AddressRange;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Checks, right before a pull or a question to a registry, that the registry of an image is none of
 * this machine's own services. Docker resolves the registry's name again when it pulls, and follows
 * the registry's redirects. This guard can check neither.
 */
final class RegistryGuard {
    private static final Pattern IPV4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");

    /**
     * A host that ends in a number is an IPv4 address to some programs, such as 127.1 or 0x7f.1.
     */
    private static final Pattern ENDS_IN_NUMBER =
            Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9a-fA-F]*)\\.?");

    private final RegistryRules rules;
    private final Supplier<List<AddressRange>> networks;
    private final Resolver resolver;

    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /**
     * @param networks returns the networks of this machine's containers
     */
    RegistryGuard(RegistryRules rules, Supplier<List<AddressRange>> networks, Resolver resolver) {
        this.rules = rules;
        this.networks = networks;
        this.resolver = resolver;
    }

    /** Creates a guard that asks the engine for its networks. */
    static RegistryGuard on(Engine engine, RegistryRules rules) {
        return new RegistryGuard(rules, () -> networks(engine), InetAddress::getAllByName);
    }

    /** Throws an {@link EngineException} if the image must not be pulled. */
    void require(String image) {
        if (Image.hidesRegistry(image)) {
            throw new EngineException(
                    "image '%s' may not be pulled, because its name has a second registry: leave one of the two out"
                            .formatted(image),
                    null);
        }
        var registry = RegistryRules.registry(image).orElse("");
        if (registry.isEmpty() || rules.trusts(registry)) {
            return;
        }
        var host = RegistryRules.host(registry);
        if (!host.contains(":")
                && ENDS_IN_NUMBER.matcher(host).matches()
                && !IPV4.matcher(host).matches()) {
            throw refused(image, registry, "is an IP address in an unusual form");
        }
        var policy = new AddressPolicy(rules.privateRanges(), networks.get());
        for (var address : resolved(image, registry, host)) {
            policy.objection(address.getAddress())
                    .ifPresent(what -> {
                        throw refused(
                                image,
                                registry,
                                "has %s (%s)".formatted(what, address.getHostAddress()));
                    });
        }
    }

    /**
     * Returns the addresses of the host. Refuses a host without an address, because Docker may know
     * one, such as this machine's own name.
     */
    private InetAddress[] resolved(String image, String registry, String host) {
        try {
            return resolver.addresses(host);
        } catch (UnknownHostException unknown) {
            throw new EngineException(
                    "image '%s' cannot be pulled, because the controllers cannot resolve its registry %s (DNS): check the name, or ask the operator whether the name servers of the controllers answer. If only Docker knows the name, add it to AUTOSERVE_TRUSTED_REGISTRIES"
                            .formatted(image, registry),
                    null);
        }
    }

    private static EngineException refused(String image, String registry, String why) {
        return new EngineException(
                "image '%s' may not be pulled, because its registry %s %s: name another registry, or add %s to AUTOSERVE_TRUSTED_REGISTRIES on the controllers"
                        .formatted(image, registry, why, registry),
                null);
    }

    private static List<AddressRange> networks(Engine engine) {
        var ranges = new ArrayList<AddressRange>();
        for (var network :
                engine.call("list networks", client -> client.listNetworksCmd().exec())) {
            ranges.addAll(ranges(network));
        }
        return List.copyOf(ranges);
    }

    /** Returns the ranges of a network, of which it may have one for IPv4 and one for IPv6. */
    static List<AddressRange> ranges(Network network) {
        return InstanceNetwork.subnets(network)
                .filter(text -> text != null)
                .map(AddressRange::parse)
                .toList();
    }
}
