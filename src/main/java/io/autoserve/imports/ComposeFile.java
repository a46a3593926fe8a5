package io.autoserve.imports;

import io.autoserve.imports.YamlValue.Mapping;
import io.autoserve.imports.YamlValue.Scalar;
import io.autoserve.imports.YamlValue.Sequence;
import io.autoserve.spec.SpecReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Converts a Compose file to one spec for each service.
 *
 * @see <a href="https://github.com/compose-spec/compose-spec/blob/main/spec.md">The Compose
 *     Specification</a>
 */
public final class ComposeFile {
    private final ComposeContext context;
    private final SpecReader reader;
    private final Interpolation interpolation;
    private final Remarks remarks = new Remarks();

    private ComposeFile(ComposeContext context, SpecReader reader) {
        this.context = context;
        this.reader = reader;
        this.interpolation = new Interpolation(context.variables());
    }

    /**
     * @param reader checks whether the specs can be applied
     * @throws UnreadableFile if the text is not a Compose file
     */
    public static Conversion convert(String text, ComposeContext context, SpecReader reader) {
        return new ComposeFile(context, reader).convert(YamlTree.read(text));
    }

    private Conversion convert(Mapping written) {
        var services = services(written);
        var top = new ServiceFields(written, "", remarks);
        List.of("services", "version", "volumes").forEach(top::skip);
        top.remarkUnread(Uncarried.TOP);
        volumes(written);
        var shared = shared(services);
        var drafts = new ArrayList<ImportedSpec>();
        var apps = new HashSet<String>();
        services.forEach((name, service) -> {
            var fields = new ServiceFields(service, "services." + name, remarks);
            var app = unique(AppNaming.of(name), apps);
            if (!app.equals(name)) {
                remarks.add(service.line(), "services." + name, "the app is called %s", app);
            }
            var others = new TreeSet<>(services.keySet());
            others.remove(name);
            var document = ComposeService.document(app, fields, context, others, shared);
            drafts.add(ImportedSpec.of(app, document, reader));
        });
        return new Conversion(drafts, remarks.inOrder());
    }

    private Map<String, Mapping> services(Mapping written) {
        if (!(written.field("services").orElse(null) instanceof Mapping listed)
                || listed.fields().isEmpty()) {
            throw new UnreadableFile("the file has no services: it must be a Compose file");
        }
        var services = new LinkedHashMap<String, Mapping>();
        listed.fields()
                .forEach((name, value) -> {
                    if (name.isEmpty()) {
                        throw new UnreadableFile(value.line(), "a service has no name");
                    }
                    if (!(value instanceof Mapping service)) {
                        throw new UnreadableFile(
                                value.line(), "the service %s must have fields".formatted(name));
                    }
                    services.put(name, interpolated(service, "services." + name));
                });
        return services;
    }

    private static String unique(String name, Set<String> taken) {
        var free = name;
        for (var number = 2; !taken.add(free); number++) {
            free = name + "-" + number;
        }
        return free;
    }

    private YamlValue value(YamlValue value, String place) {
        return switch (value) {
            case Mapping mapping -> interpolated(mapping, place);
            case Sequence(var items, var line) ->
                    new Sequence(items.stream().map(item -> value(item, place)).toList(), line);
            case Scalar(var text, var empty, var line) ->
                    new Scalar(
                            interpolation.replace(
                                    text, problem -> remarks.add(line, place, "%s", problem)),
                            empty,
                            line);
        };
    }

    private Mapping interpolated(Mapping mapping, String place) {
        var fields = new LinkedHashMap<String, YamlValue>();
        mapping.fields()
                .forEach((name, value) -> fields.put(name, value(value, place + "." + name)));
        return new Mapping(fields, mapping.line());
    }

    /**
     * Remarks on options of volumes, because a volume of an app is always local and belongs to that
     * app alone.
     */
    private void volumes(Mapping written) {
        if (written.field("volumes").orElse(null) instanceof Mapping volumes) {
            volumes.fields()
                    .forEach((name, value) -> {
                        if (value instanceof Mapping options) {
                            new ServiceFields(options, "volumes." + name, remarks)
                                    .remarkUnread(
                                            Map.of(
                                                    "external",
                                                    "the app gets a new volume: copy the files into it"));
                        }
                    });
        }
    }

    private static Set<String> shared(Map<String, Mapping> services) {
        var seen = new HashSet<String>();
        var shared = new HashSet<String>();
        for (var service : services.values()) {
            var own =
                    service.field("volumes").stream()
                            .flatMap(YamlValue::each)
                            .flatMap(item -> ComposeVolumes.named(item).stream())
                            .distinct()
                            .toList();
            own.stream().filter(name -> !seen.add(name)).forEach(shared::add);
        }
        return shared;
    }
}
