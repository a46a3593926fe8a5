package io.autoserve.cli.doctor;

/**
 * Where images come from.
 *
 * @param host with a port where it has one
 */
record Registry(String host) {
    private static final String STANDARD = "registry-1.docker.io";

    /** As engines read a name: what is before the first slash is a host if it looks like one. */
    static Registry of(String image) {
        var first = image.replaceFirst("/.*", "");
        return image.contains("/") && (first.matches(".*[.:].*") || first.equals("localhost"))
                ? new Registry(first)
                : new Registry(STANDARD);
    }

    /** Whatever it says: it wants a login before it says more. */
    boolean answers() {
        var local = host.matches("(localhost|127\\..*)(:\\d+)?");
        return Plain.get("https://%s/v2/".formatted(host)).isPresent()
                || (local && Plain.get("http://%s/v2/".formatted(host)).isPresent());
    }
}
