package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.Security.Capability;
import java.util.HashSet;
import java.util.List;

/**
 * Checks which security fields can be used together, and which of them the installation permits.
 */
final class SecurityRules {
    private static final String WAY_OUT = "set AUTOSERVE_ALLOW_PRIVILEGED=true on the controllers";

    private final Fields security;
    private final Faults faults;

    private SecurityRules(Fields security, Faults faults) {
        this.security = security;
        this.faults = faults;
    }

    static void check(Fields security, List<Fields> volumes, Allowance allowance, Faults faults) {
        var rules = new SecurityRules(security, faults);
        if (!allowance.privileged()) {
            rules.ordinary();
        }
        if (security.flag("privileged")) {
            faults.refuses(security, "capabilities", "with privileged, which includes all of them");
        }
        rules.folders(volumes);
    }

    private void ordinary() {
        if (security.flag("privileged")) {
            faults.add(
                    security.pointer("privileged"),
                    "privileged containers have root on the machine, which this installation does"
                            + " not allow: list the capabilities that the app needs, or %s",
                    WAY_OUT);
        }
        var capabilities = security.value("capabilities");
        for (var index = 0; index < capabilities.size(); index++) {
            if (extraordinary(capabilities.get(index))) {
                faults.add(
                        Pointer.to(security.pointer("capabilities"), index),
                        "%s gives access beyond the container, which this installation does not"
                                + " allow: remove it, or %s",
                        capabilities.get(index).textValue(),
                        WAY_OUT);
            }
        }
    }

    private static boolean extraordinary(JsonNode capability) {
        return capability.isTextual() && !Capability.valueOf(capability.textValue()).ordinary();
    }

    private void folders(List<Fields> volumes) {
        var seen = new HashSet<String>();
        volumes.forEach(volume -> seen.add(volume.text("mountPath")));
        var folders = security.value("tmpfs");
        for (var index = 0; index < folders.size(); index++) {
            if (folders.get(index).isTextual() && !seen.add(folders.get(index).textValue())) {
                faults.add(
                        Pointer.to(security.pointer("tmpfs"), index),
                        "tmpfs must be unique and differ from volumes, but %s is listed more than"
                                + " once",
                        folders.get(index).textValue());
            }
        }
    }
}
