package io.autoserve;

import io.autoserve.api.AccessRules;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask this controller for something.
 *
 * @param open everybody who reaches it, without a token
 * @param adminToken a file with id and hash of the token of whoever runs the machine; null: none
 * @param proxies addresses whose word on who asked through them is taken
 */
public record AccessSettings(boolean open, @Nullable Path adminToken, Set<String> proxies) {
    /** For loopback. */
    public static final AccessSettings OPEN = new AccessSettings(true, null, Set.of());

    AccessRules rules(String secret) {
        return new AccessRules(open, secret, proxies);
    }

    /**
     * @param host that the API listens on
     */
    static AccessSettings from(Map<String, String> environment, String host) {
        var adminToken = environment.get("AUTOSERVE_ADMIN_TOKEN_FILE");
        return new AccessSettings(
                switch (environment.getOrDefault("AUTOSERVE_AUTH", "tokens")) {
                    case "tokens" -> false;
                    case "open" -> requireLoopback(host);
                    case "open-to-network" -> true;
                    default ->
                            throw new IllegalArgumentException(
                                    "AUTOSERVE_AUTH must be tokens, open or open-to-network, was '%s'"
                                            .formatted(environment.get("AUTOSERVE_AUTH")));
                },
                adminToken == null ? null : Path.of(adminToken),
                Stream.of(environment.getOrDefault("AUTOSERVE_TRUSTED_PROXIES", "").split("[ ,]+"))
                        .filter(address -> !address.isEmpty())
                        .collect(Collectors.toSet()));
    }

    /** Who reaches the API runs containers, which is to own the machine. */
    private static boolean requireLoopback(String host) {
        try {
            if (InetAddress.getByName(host).isLoopbackAddress()) {
                return true;
            }
        } catch (UnknownHostException e) {
            // not this machine, then
        }
        throw new IllegalArgumentException(
                "AUTOSERVE_AUTH=open gives the machine to everybody who reaches %s: listen on 127.0.0.1, use tokens, or say open-to-network if that is meant"
                        .formatted(host));
    }
}
