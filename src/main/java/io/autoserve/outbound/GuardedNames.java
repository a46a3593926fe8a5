package io.autoserve.outbound;

import io.autoserve.net.AddressPolicy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves hosts that users name, and refuses addresses of this machine and of private networks.
 * The caller must connect to exactly the addresses that it returns, so a name that leads elsewhere
 * a moment later is no way around the check.
 *
 * @param trusted hosts that may have any address
 * @param remedy how an operator permits a host, for the message of a refusal
 */
public record GuardedNames(
        AddressPolicy policy, Set<String> trusted, String remedy, NameLookup lookup)
        implements DnsResolver {
    public GuardedNames {
        trusted = trusted.stream().map(GuardedNames::lower).collect(Collectors.toUnmodifiableSet());
    }

    /** Creates a resolver that asks the name servers of this machine. */
    public GuardedNames(AddressPolicy policy, Set<String> trusted, String remedy) {
        this(policy, trusted, remedy, NameLookup.ofMachine());
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        var addresses = lookup.addresses(host);
        for (var address : addresses) {
            var objection = policy.objection(address.getAddress());
            if (objection.isPresent() && !trusted.contains(lower(host))) {
                throw new UnknownHostException(
                        "%s has %s (%s): %s"
                                .formatted(
                                        host, objection.get(), address.getHostAddress(), remedy));
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
