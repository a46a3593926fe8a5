package io.autoserve.spec;

import java.util.Optional;
import java.util.regex.Pattern;

/** Refuses host names that no single app may have. */
final class HostRules {
    /**
     * The last label of an IPv4 address in any spelling that clients accept, such as {@code
     * 127.0.0.1}, {@code 127.1}, {@code 0x7f.1} or {@code 2130706433}.
     *
     * @see <a href="https://url.spec.whatwg.org/#ends-in-a-number-checker">URL Standard</a>
     */
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");

    private HostRules() {}

    /**
     * @param host a host name in lower case
     * @return what is wrong with the host; empty if an app may have it
     */
    static Optional<String> objection(String host) {
        var top = host.substring(host.lastIndexOf('.') + 1);
        if (top.equals("localhost")) {
            return Optional.of(
                    "names below localhost belong to the platform, was '%s': the app always answers at <its name>.localhost, remove the domain"
                            .formatted(host));
        }
        if (NUMBER.matcher(top).matches()) {
            return Optional.of(
                    "domains must not be IP addresses, was '%s': use a host name, or 'default: true' for requests by address"
                            .formatted(host));
        }
        if (host.equals("*." + top)) {
            return Optional.of(
                    "a wildcard needs at least two labels, because nobody owns all names below '%s', was '%s': use a name like '*.example.%s'"
                            .formatted(top, host, top));
        }
        return Optional.empty();
    }
}
