package io.autoserve.cli.doctor;

import io.autoserve.model.RegistryRules;

/**
 * The registry that an image comes from.
 *
 * @param host the host, with the port if the image's name has a port
 */
record Registry(String host) {
    private static final String STANDARD = "registry-1.docker.io";

    /** Returns the registry of an image, as Docker reads the name. */
    static Registry of(String image) {
        return new Registry(RegistryRules.registry(image).orElse(STANDARD));
    }

    /**
     * Returns whether the registry answers at all. Any answer counts, because a registry answers
     * with an error if the request has no login.
     */
    boolean answers() {
        var local = host.matches("(localhost|127\\..*)(:\\d+)?");
        return Plain.get("https://%s/v2/".formatted(host)).isPresent()
                || (local && Plain.get("http://%s/v2/".formatted(host)).isPresent());
    }
}
