package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.model.Security;
import io.autoserve.model.Security.Capability;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Converts what the containers of a service may do. */
final class ComposeSecurity {
    private static final String ALL = "ALL";

    private ComposeSecurity() {}

    /** Returns the section of the spec, which is empty if all defaults fit. */
    static ObjectNode of(ServiceFields service, List<String> foldersInMemory) {
        var security = JsonNodeFactory.instance.objectNode();
        if (service.has("cap_add") || service.has("cap_drop")) {
            var list = security.putArray("capabilities");
            capabilities(service).forEach(capability -> list.add(capability.name()));
        }
        if (service.flag("privileged")) {
            service.remark(
                    "privileged",
                    "this would make the app root on the machine: list what it needs in"
                            + " spec.security.capabilities");
        }
        if (service.flag("read_only")) {
            security.put("readOnlyRoot", true);
        }
        if (!foldersInMemory.isEmpty()) {
            var folders = security.putArray("tmpfs");
            foldersInMemory.forEach(folders::add);
        }
        service.amount(
                "pids_limit",
                service.text("pids_limit")
                        .flatMap(text -> ComposeAmounts.whole(text, Integer.MAX_VALUE)),
                limit -> security.put("pidsLimit", limit));
        return security;
    }

    private static EnumSet<Capability> capabilities(ServiceFields service) {
        var all = EnumSet.copyOf(Security.DEFAULT.capabilities());
        for (var dropped : service.list("cap_drop")) {
            if (name(dropped).equals(ALL)) {
                all.clear();
            } else {
                capability(dropped).ifPresent(all::remove);
            }
        }
        for (var added : service.list("cap_add")) {
            var capability = capability(added).filter(Capability::ordinary);
            capability.ifPresent(all::add);
            if (capability.isEmpty()) {
                service.remark(
                        added,
                        "cap_add",
                        "%s reaches beyond the container: it is left out, unless the installation"
                                + " has AUTOSERVE_ALLOW_PRIVILEGED=true and the spec lists it",
                        name(added));
            }
        }
        return all;
    }

    private static Optional<Capability> capability(YamlValue item) {
        return Arrays.stream(Capability.values())
                .filter(capability -> capability.name().equals(name(item)))
                .findFirst();
    }

    private static String name(YamlValue item) {
        var name = item.written().orElse("").toUpperCase(Locale.ROOT);
        return name.startsWith("CAP_") ? name.substring("CAP_".length()) : name;
    }
}
