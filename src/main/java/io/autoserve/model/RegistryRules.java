package io.autoserve.model;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The registries that images may be pulled from.
 *
 * @param every whether every registry may be used, because all users own the machine
 * @param privateRanges whether a registry may have an address of a private network
 * @param trusted hosts that may be used whatever their address, each with its port if it has one
 */
public record RegistryRules(boolean every, boolean privateRanges, Set<String> trusted) {
    public static final RegistryRules EVERY = new RegistryRules(true, true, Set.of());

    /** The {@link #origin} of images from Docker Hub. */
    public static final String DOCKER_HUB = "docker.io";

    public RegistryRules {
        trusted = Set.copyOf(trusted);
    }

    /** Returns whether the registry may be used without a look at its address. */
    public boolean trusts(String registry) {
        return every || trusted.contains(registry);
    }

    /**
     * Returns the registry that an image's name contains, with its port if it has one. Empty if the
     * image comes from Docker Hub.
     */
    public static Optional<String> registry(String image) {
        var name = ImageName.parse(image);
        return name.ofDockerHub() ? Optional.empty() : Optional.of(name.registry());
    }

    /**
     * Returns the host that an image comes from, in lower case and without its port. Limits count
     * by this host, so that the ports of one host have one share.
     */
    public static String origin(String image) {
        return registry(image).map(it -> host(it).toLowerCase(Locale.ROOT)).orElse(DOCKER_HUB);
    }

    /** Returns the registry's host without its port, and an IPv6 address without its brackets. */
    public static String host(String registry) {
        if (registry.startsWith("[")) {
            var end = registry.indexOf(']');
            return end < 0 ? registry : registry.substring(1, end);
        }
        var colon = registry.indexOf(':');
        return colon < 0 ? registry : registry.substring(0, colon);
    }
}
