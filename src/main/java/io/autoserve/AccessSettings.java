package io.autoserve;

import io.autoserve.api.AccessRules;
import io.autoserve.api.ApiServer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * States whether this controller's API requires tokens, and holds the settings that authentication
 * uses.
 *
 * @param open whether every client that reaches the API is admitted without a token
 * @param adminToken file with the id and the hash of this machine's admin token; null if there is
 *     no admin token
 * @param proxies addresses of the proxies whose headers about the client are trusted
 * @param streamsPerToken how many streams of events and logs, exec sessions and forwarded ports one
 *     token may have open on one controller, 1 to 10,000
 */
public record AccessSettings(
        boolean open, @Nullable Path adminToken, Set<String> proxies, int streamsPerToken) {
    private static final int MOST_STREAMS = 10_000;

    /** Requires no tokens. Only an API that listens on loopback may use these settings. */
    public static final AccessSettings OPEN = new AccessSettings(true, null, Set.of());

    /** Creates settings with the default limit of streams. */
    public AccessSettings(boolean open, @Nullable Path adminToken, Set<String> proxies) {
        this(open, adminToken, proxies, ApiServer.Settings.STREAMS_PER_TOKEN);
    }

    AccessRules rules(String secret) {
        return new AccessRules(open, secret, proxies);
    }

    /**
     * @param host the host that the API listens on
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
                Settings.words(environment, "AUTOSERVE_TRUSTED_PROXIES"),
                Settings.whole(
                        environment,
                        "AUTOSERVE_STREAMS_PER_TOKEN",
                        ApiServer.Settings.STREAMS_PER_TOKEN,
                        1,
                        MOST_STREAMS));
    }

    /**
     * Refuses any host but loopback, because without tokens anyone who reaches the API can run
     * containers, which amounts to root on the machine.
     */
    private static boolean requireLoopback(String host) {
        try {
            if (InetAddress.getByName(host).isLoopbackAddress()) {
                return true;
            }
        } catch (UnknownHostException e) {
            // an unknown host is not loopback
        }
        throw new IllegalArgumentException(
                "AUTOSERVE_AUTH=open gives control of the machine to everyone who can reach %s: listen on 127.0.0.1, use tokens, or set open-to-network to allow it"
                        .formatted(host));
    }
}
