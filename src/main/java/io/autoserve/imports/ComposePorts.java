package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.imports.YamlValue.Mapping;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Converts the ports of a service. Requests go to the first one, which must be a TCP port. */
final class ComposePorts {
    private static final int MOST = 100;
    private static final int HIGHEST = 65_535;

    /** The ports of images that are often used without naming a port. */
    private static final Map<String, Integer> OF_IMAGE =
            Map.ofEntries(
                    Map.entry("postgres", 5432),
                    Map.entry("postgis", 5432),
                    Map.entry("pgvector", 5432),
                    Map.entry("mysql", 3306),
                    Map.entry("mariadb", 3306),
                    Map.entry("redis", 6379),
                    Map.entry("valkey", 6379),
                    Map.entry("mongo", 27_017),
                    Map.entry("memcached", 11_211),
                    Map.entry("rabbitmq", 5672),
                    Map.entry("nats", 4222),
                    Map.entry("elasticsearch", 9200),
                    Map.entry("meilisearch", 7700),
                    Map.entry("minio", 9000),
                    Map.entry("nginx", 80),
                    Map.entry("httpd", 80),
                    Map.entry("caddy", 80),
                    Map.entry("wordpress", 80));

    private final ServiceFields service;
    private final List<OpenPort> found = new ArrayList<>();

    private record OpenPort(int port, boolean udp) {}

    private ComposePorts(ServiceFields service) {
        this.service = service;
    }

    /** Returns the ports that the service names, or those of its image, or an empty list. */
    static ArrayNode of(ServiceFields service, String image) {
        var ports = new ComposePorts(service);
        service.list("ports").forEach(ports::published);
        service.list("expose").forEach(ports::exposed);
        if (ports.found.isEmpty()) {
            ports.ofImage(image);
        }
        return ports.document();
    }

    private void published(YamlValue item) {
        if (item instanceof Mapping mapping) {
            var port = service.item("ports", mapping);
            listen(item, port.text("target").orElse(""), port.text("protocol").orElse("tcp"));
            port.text("published").ifPresent(number -> notPublished(item, number));
            List.of("host_ip", "name").forEach(port::skip);
            port.remarkUnread(Map.of());
            return;
        }
        var text = item.written().orElse("");
        var slash = text.indexOf('/');
        var addresses = slash < 0 ? text : text.substring(0, slash);
        var colon = addresses.lastIndexOf(':');
        listen(item, addresses.substring(colon + 1), slash < 0 ? "tcp" : text.substring(slash + 1));
        if (colon > 0) {
            notPublished(item, addresses.substring(0, colon));
        }
    }

    private void exposed(YamlValue item) {
        var text = item.written().orElse("");
        var slash = text.indexOf('/');
        listen(
                item,
                slash < 0 ? text : text.substring(0, slash),
                slash < 0 ? "tcp" : text.substring(slash + 1));
    }

    private void notPublished(YamlValue item, String port) {
        service.remark(
                item,
                "ports",
                "port %s of the machine is not opened: nginx serves the app by its host name",
                port);
    }

    /**
     * @param range a port or a range such as {@code 8000-8002}
     */
    private void listen(YamlValue item, String range, String protocol) {
        var dash = range.indexOf('-');
        var first = port(dash < 0 ? range : range.substring(0, dash));
        var last = dash < 0 ? first : port(range.substring(dash + 1));
        if (first.isEmpty() || last.isEmpty()) {
            service.remark(item, "ports", "'%s' is not a port: it is left out", range);
            return;
        }
        var udp = protocol.toLowerCase(Locale.ROOT).equals("udp");
        for (int port = first.get(); port <= last.get() && found.size() < MOST; port++) {
            var open = new OpenPort(port, udp);
            if (!found.contains(open)) {
                found.add(open);
            }
        }
    }

    private static Optional<Integer> port(String text) {
        return ComposeAmounts.whole(text.strip(), HIGHEST).filter(port -> port > 0);
    }

    private void ofImage(String image) {
        var path = image.substring(image.lastIndexOf('/') + 1);
        var name = path.split("[:@]", 2)[0];
        Optional.ofNullable(OF_IMAGE.get(name))
                .ifPresent(port -> {
                    found.add(new OpenPort(port, false));
                    service.remark(
                            "image", "the service names no port: %s listens on %d", name, port);
                });
    }

    private ArrayNode document() {
        var ports = JsonNodeFactory.instance.arrayNode();
        found.stream()
                .sorted(Comparator.comparing(OpenPort::udp)) // the order is otherwise kept
                .forEach(open -> {
                    var port = ports.addObject().put("containerPort", open.port());
                    if (open.udp()) {
                        port.put("protocol", "UDP");
                    }
                });
        var tcp = found.stream().filter(open -> !open.udp()).map(OpenPort::port).toList();
        if (tcp.size() > 1) {
            service.remark(
                    "ports",
                    "requests go to port %d only: list another port first in spec.ports to change"
                            + " this",
                    tcp.getFirst());
        }
        return ports;
    }
}
