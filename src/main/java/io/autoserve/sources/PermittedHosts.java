package io.autoserve.sources;

import io.autoserve.net.AddressPolicy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;

/**
 * Resolves the hosts from which numbers are read, and refuses addresses of this machine and of
 * private networks. The caller must connect to the addresses that this class returns, so a name
 * that leads elsewhere a moment later is no way around the check.
 *
 * @param trusted hosts in lower case that may have any address
 */
record PermittedHosts(AddressPolicy policy, Set<String> trusted) {

    InetAddress[] addresses(String host) throws UnknownHostException {
        var addresses = InetAddress.getAllByName(host);
        if (trusted.contains(host.toLowerCase(Locale.ROOT))) {
            return addresses;
        }
        for (var address : addresses) {
            var objection = policy.objection(address.getAddress());
            if (objection.isPresent()) {
                throw new UnknownHostException(
                        "%s has %s (%s): add it to AUTOSERVE_METRIC_HOSTS on the controllers, if numbers may be read from it"
                                .formatted(host, objection.get(), address.getHostAddress()));
            }
        }
        return addresses;
    }
}
