package io.autoserve.notifications;

import io.autoserve.net.AddressPolicy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves the hosts of receivers, and refuses addresses of this machine and of private networks.
 * The client connects to exactly the addresses that were checked, so a name that leads elsewhere a
 * moment later is no way around the check.
 *
 * @param trusted hosts that may have any address
 */
record GuardedNames(AddressPolicy policy, Set<String> trusted, NameLookup lookup)
        implements DnsResolver {
    GuardedNames {
        trusted = trusted.stream().map(GuardedNames::lower).collect(Collectors.toUnmodifiableSet());
    }

    /** Creates a resolver that asks the name servers of this machine. */
    GuardedNames(AddressPolicy policy, Set<String> trusted) {
        this(policy, trusted, NameLookup.ofMachine());
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        var addresses = lookup.addresses(host);
        for (var address : addresses) {
            var objection = policy.objection(address.getAddress());
            if (objection.isPresent() && !trusted.contains(lower(host))) {
                throw new UnknownHostException(
                        "%s has %s (%s): add it to AUTOSERVE_NOTIFY_HOSTS on the controllers, if it may be notified"
                                .formatted(host, objection.get(), address.getHostAddress()));
            }
        }
        return addresses;
    }

    private static String lower(String host) {
        return host.toLowerCase(Locale.ROOT);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }
}
