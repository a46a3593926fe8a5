package io.autoserve.imports;

import static java.util.Map.entry;

import java.util.Map;

/** Says for fields of Compose that specs do not have why, and what to do instead. */
final class Uncarried {
    private static final String NETWORK = "all apps share one network: it is left out";
    private static final String NAME = "instances are called NAME-0, NAME-1 and so on";
    private static final String SECRETS =
            "store the value with 'autoserve secret set NAME', and use it with 'source: secret' in"
                    + " spec.environment";
    private static final String FILES =
            "put the file into the image or into a volume: it is left out";

    /** Reasons by the name of a field at the top of the file. */
    static final Map<String, String> TOP =
            Map.ofEntries(
                    entry("name", "apps have no common name: it is left out"),
                    entry("networks", NETWORK),
                    entry("secrets", SECRETS),
                    entry("configs", FILES),
                    entry("include", "import the included files too: they are left out"));

    /** Reasons by the name of a field of a service. */
    static final Map<String, String> OF_SERVICE =
            Map.ofEntries(
                    entry("container_name", NAME),
                    entry("hostname", NAME),
                    entry("domainname", NAME),
                    entry("networks", NETWORK),
                    entry("network_mode", NETWORK),
                    entry("links", NETWORK),
                    entry("external_links", NETWORK),
                    entry("dns", "apps use the name servers of the machine"),
                    entry("dns_search", "apps use the name servers of the machine"),
                    entry("secrets", SECRETS),
                    entry("configs", FILES),
                    entry("extends", "copy the fields of the other service: they are left out"),
                    entry("volumes_from", "list the volumes in spec.volumes: they are left out"),
                    entry("profiles", "the profile is left out: every imported app runs"),
                    entry("stop_signal", "an instance is stopped by SIGTERM"),
                    entry("devices", "containers of apps have no devices of the machine"),
                    entry("gpus", "containers of apps have no devices of the machine"),
                    entry(
                            "security_opt",
                            "every container has no-new-privileges and no other option"),
                    entry("develop", "watching files is for development: it is left out"));

    /** Reasons by the name of a field of {@code deploy}. */
    static final Map<String, String> OF_DEPLOY =
            Map.ofEntries(
                    entry("restart_policy", "an instance that ends is always replaced"),
                    entry("update_config", "set the pace of rollouts in spec.rollout"),
                    entry("rollback_config", "a failed rollout is rolled back automatically"),
                    entry("placement", "set spec.placement.nodeLabels"),
                    entry("mode", "set the number of instances in spec.scaling.minReplicas"),
                    entry("labels", "they belong to the service and not to its containers"));

    /** Reasons by the name of a field of {@code build}. */
    static final Map<String, String> OF_BUILD =
            Map.of(
                    "args", "pass them to 'docker build' with --build-arg",
                    "target", "pass it to 'docker build' with --target",
                    "secrets", "pass them to 'docker build' with --secret");

    private Uncarried() {}
}
