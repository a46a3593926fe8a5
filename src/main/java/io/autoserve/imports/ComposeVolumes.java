package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.autoserve.imports.YamlValue.Mapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Converts the volumes of a service, and the folders that it keeps in memory. */
final class ComposeVolumes {
    private static final String SOCKET = "docker.sock";
    private static final List<String> READ = List.of("type", "source", "target", "read_only");
    private static final Set<String> RELATIVE = Set.of(".", "~");

    private final ServiceFields service;
    private final ComposeContext context;
    private final Set<String> shared;
    private final ArrayNode volumes = JsonNodeFactory.instance.arrayNode();
    private final List<String> inMemory = new ArrayList<>();
    private boolean written;

    private record Mounted(String type, String source, String target, boolean readOnly) {}

    private ComposeVolumes(ServiceFields service, ComposeContext context, Set<String> shared) {
        this.service = service;
        this.context = context;
        this.shared = shared;
    }

    /**
     * @param shared names of the volumes that several services of the file use
     */
    static ComposeVolumes of(ServiceFields service, ComposeContext context, Set<String> shared) {
        var volumes = new ComposeVolumes(service, context, shared);
        service.list("volumes").forEach(volumes::add);
        service.list("tmpfs").forEach(volumes::folder);
        return volumes;
    }

    /** Returns the name of the volume that an item of {@code volumes} mounts. */
    static Optional<String> named(YamlValue item) {
        return mounted(item)
                .filter(it -> it.type().equals("volume"))
                .map(Mounted::source)
                .filter(source -> !source.isEmpty());
    }

    ArrayNode document() {
        return volumes;
    }

    List<String> inMemory() {
        return List.copyOf(inMemory);
    }

    /** Returns whether instances write to a volume, which two of them may not do at once. */
    boolean writes() {
        return written;
    }

    private void add(YamlValue item) {
        var mounted = mounted(item);
        if (mounted.isEmpty()) {
            service.remark(item, "volumes", "this is not a volume: it is left out");
            return;
        }
        var volume = mounted.get();
        switch (volume.type()) {
            case "volume" -> volume(item, volume);
            case "bind" -> folderOfMachine(item, volume);
            case "tmpfs" -> {
                inMemory.add(volume.target());
                remarkOptions(item);
            }
            default ->
                    service.remark(
                            item,
                            "volumes",
                            "volumes of type %s are not supported: %s is left out",
                            volume.type(),
                            volume.target());
        }
    }

    private void volume(YamlValue item, Mounted volume) {
        var name = volume.source().isEmpty() ? nameOf(volume.target()) : volume.source();
        if (shared.contains(name)) {
            service.remark(
                    item,
                    "volumes",
                    "each app gets a volume %s of its own: apps cannot share files",
                    name);
        }
        mount(item, name, volume);
    }

    private void folderOfMachine(YamlValue item, Mounted volume) {
        if (volume.source().endsWith(SOCKET)) {
            service.remark(item, "volumes", "Docker's socket is left out: apps cannot use Docker");
        } else if (context.hostPaths()) {
            mount(item, context.absolute().apply(volume.source()), volume);
        } else {
            service.remark(
                    item,
                    "volumes",
                    "%s of this machine is left out: put the files into the image or a volume, or"
                            + " import with --host-paths",
                    volume.source());
        }
    }

    private void mount(YamlValue item, String name, Mounted volume) {
        var mount = volumes.addObject().put("name", name).put("mountPath", volume.target());
        if (volume.readOnly()) {
            mount.put("readOnly", true);
        } else {
            written = true;
        }
        remarkOptions(item);
    }

    /** Remarks on options such as {@code volume.subpath}, which only the long form has. */
    private void remarkOptions(YamlValue item) {
        if (item instanceof Mapping mapping) {
            var options = service.item("volumes", mapping);
            READ.forEach(options::skip);
            options.remarkUnread(Map.of());
        }
    }

    /** Reads a folder such as {@code /tmp} or {@code /tmp:size=64m}. */
    private void folder(YamlValue item) {
        var text = item.written().orElse("");
        var colon = text.indexOf(':');
        inMemory.add(colon < 0 ? text : text.substring(0, colon));
        if (colon >= 0) {
            service.remark(item, "tmpfs", "the options %s are left out", text.substring(colon + 1));
        }
    }

    private static Optional<Mounted> mounted(YamlValue item) {
        return item instanceof Mapping mapping
                ? longForm(new ServiceFields(mapping, "", new Remarks()))
                : item.written().map(ComposeVolumes::shortForm);
    }

    private static Optional<Mounted> longForm(ServiceFields volume) {
        return volume.text("target")
                .map(target ->
                        new Mounted(
                                volume.text("type").orElse("volume"),
                                volume.text("source").orElse(""),
                                target,
                                volume.flag("read_only")));
    }

    /**
     * Reads {@code /path}, {@code name:/path} or {@code ./folder:/path}, with or without options.
     */
    private static Mounted shortForm(String text) {
        var parts = text.split(":", 3);
        if (parts.length == 1) {
            return new Mounted("volume", "", text, false);
        }
        var source = parts[0];
        var options = parts.length < 3 ? List.<String>of() : List.of(parts[2].split(",", -1));
        var path = source.startsWith("/") || RELATIVE.stream().anyMatch(source::startsWith);
        return new Mounted(path ? "bind" : "volume", source, parts[1], options.contains("ro"));
    }

    /** Returns a name for a volume that has none, such as {@code var-lib-mysql}. */
    static String nameOf(String path) {
        var name = new StringBuilder();
        path.chars()
                .forEach(
                        c -> name.append(c < 128 && Character.isLetterOrDigit(c) ? (char) c : '-'));
        var plain = AppNaming.trimmed(name.toString());
        return plain.length() < 2 ? "volume-" + plain : plain;
    }
}
