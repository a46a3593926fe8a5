package io.autoserve.imports;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Finds the hosts for which a proxy in front of Compose serves a service: Traefik by labels, Caddy
 * by a label, and nginx-proxy by a variable.
 */
final class ComposeHosts {
    private static final String HOST = "Host(";
    private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.-";

    private ComposeHosts() {}

    /** Returns the hosts without wildcards and ports, each once. */
    static List<String> of(ServiceFields service) {
        var labels =
                service.pairs("labels").entrySet().stream()
                        .flatMap(label ->
                                ofLabel(label.getKey(), label.getValue().written().orElse("")));
        var variable =
                service.pairs("environment").entrySet().stream()
                        .filter(entry -> entry.getKey().equals("VIRTUAL_HOST"))
                        .flatMap(entry -> words(entry.getValue().written().orElse("")));
        return Stream.concat(labels, variable)
                .map(host -> host.toLowerCase(Locale.ROOT))
                .filter(ComposeHosts::isHost)
                .distinct()
                .toList();
    }

    private static Stream<String> ofLabel(String name, String value) {
        if (name.startsWith("traefik.http.routers.") && name.endsWith(".rule")) {
            return ofRule(value);
        }
        return name.equals("caddy") ? words(value) : Stream.empty();
    }

    /**
     * Reads a rule such as {@code Host(`a.example.com`) || Host(`b.example.com`)}. A rule with any
     * other condition is for a part of a host, which the app must not take as a whole.
     */
    private static Stream<String> ofRule(String rule) {
        var hosts = Stream.<String>builder();
        var rest = rule;
        for (var at = rest.indexOf(HOST); at >= 0; at = rest.indexOf(HOST)) {
            var end = rest.indexOf(')', at);
            if (end < 0) {
                return Stream.empty();
            }
            words(rest.substring(at + HOST.length(), end)).forEach(hosts::add);
            rest = rest.substring(0, at) + rest.substring(end + 1);
        }
        return rest.replace('|', ' ').isBlank() ? hosts.build() : Stream.empty();
    }

    private static Stream<String> words(String text) {
        var plain = text.replace('`', ' ').replace('"', ' ').replace('\'', ' ').replace(',', ' ');
        return Arrays.stream(plain.split(" ", -1)).filter(word -> !word.isEmpty());
    }

    private static boolean isHost(String text) {
        return text.contains(".") && text.chars().allMatch(c -> CHARACTERS.indexOf(c) >= 0);
    }
}
