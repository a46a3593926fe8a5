package io.autoserve.cli.doctor;

/**
 * The registry that an image comes from.
 *
 * @param host the host, with the port if the image's name has a port
 */
record Registry(String host) {
    private static final String STANDARD = "registry-1.docker.io";

    /**
     * Returns the registry of an image by Docker's rule: the part before the first slash is a host
     * if it contains a dot or a colon, or is {@code localhost}.
     */
    static Registry of(String image) {
        var first = image.replaceFirst("/.*", "");
        return image.contains("/") && (first.matches(".*[.:].*") || first.equals("localhost"))
                ? new Registry(first)
                : new Registry(STANDARD);
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
