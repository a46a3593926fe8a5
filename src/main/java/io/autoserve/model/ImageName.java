package io.autoserve.model;

import java.util.Locale;

/**
 * The parts of an image's name as Docker reads it. Two texts that Docker takes for one image have
 * equal parts, so every decision about a name is made by its parts and not by its text.
 *
 * @param registry the registry with its port if it has one, as written; {@code docker.io} for every
 *     spelling of Docker Hub
 * @param path the name in the registry, with {@code library/} before an official image of Docker
 *     Hub
 * @param suffix the tag with its colon, the digest with its at sign, or both; {@code :latest} if
 *     the name has neither
 * @see <a href="https://pkg.go.dev/github.com/distribution/reference">the grammar of references</a>
 */
record ImageName(String registry, String path, String suffix) {
    private static final String DOCKER_HUB_BEFORE = "index.docker.io";
    private static final String OFFICIAL = "library/";
    private static final String LOCAL = "localhost/";

    static ImageName parse(String written) {
        var suffix = suffixAt(written);
        var repository = written.substring(0, suffix);
        var end = written.substring(suffix);
        var slash = repository.indexOf('/');
        var first = slash < 0 ? "" : repository.substring(0, slash);
        var registry =
                !isRegistry(first) || first.equals(DOCKER_HUB_BEFORE)
                        ? RegistryRules.DOCKER_HUB
                        : first;
        var path = isRegistry(first) ? repository.substring(slash + 1) : repository;
        return new ImageName(
                registry,
                registry.equals(RegistryRules.DOCKER_HUB) && path.indexOf('/') < 0
                        ? OFFICIAL + path
                        : path,
                end.isEmpty() ? ":latest" : end);
    }

    /** Returns the index at which the tag or the digest begins, or the length without either. */
    private static int suffixAt(String written) {
        var digest = written.indexOf('@');
        var end = digest < 0 ? written.length() : digest;
        var tag = written.indexOf(':', written.lastIndexOf('/', end) + 1);
        return tag < 0 || tag > end ? end : tag;
    }

    /**
     * Returns whether the part before the first slash is a registry: it contains a dot or a colon,
     * has capital letters or is {@code localhost}.
     */
    private static boolean isRegistry(String first) {
        return first.contains(".")
                || first.contains(":")
                || first.equals("localhost")
                || !first.toLowerCase(Locale.ROOT).equals(first);
    }

    boolean ofDockerHub() {
        return registry.equals(RegistryRules.DOCKER_HUB);
    }

    /**
     * Returns whether the name has a second registry after the first one, such as {@code
     * docker.io/localhost/shop}. Docker leaves Docker Hub out of its names of images, so it takes
     * such a name for the name of an image of the second registry. No other registry is left out,
     * but {@code localhost} never belongs after one.
     */
    boolean hidesRegistry() {
        var first = path.substring(0, Math.max(0, path.indexOf('/')));
        return path.startsWith(LOCAL) || (ofDockerHub() && isRegistry(first));
    }

    /** Returns the name without tag and digest, in Docker's short form. */
    String repository() {
        if (!ofDockerHub() || hidesRegistry()) {
            return registry + "/" + path;
        }
        var official = path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0;
        return official ? path.substring(OFFICIAL.length()) : path;
    }

    /** Returns the name with its tag or digest, in Docker's short form. */
    String full() {
        return repository() + suffix;
    }

    /**
     * Returns the name without tag and digest under which Docker finds the image on the machine.
     */
    private String onMachine() {
        return ofDockerHub() && hidesRegistry() ? path : repository();
    }

    /** Returns whether Docker finds an image of this machine's own under the name. */
    boolean isLocal() {
        return onMachine().startsWith(LOCAL);
    }

    /**
     * Returns whether the platform's own images have such names. Capital letters make another name
     * for Docker, but nobody needs a name that reads like one of the platform.
     */
    boolean ofPlatform() {
        return onMachine().toLowerCase(Locale.ROOT).startsWith(Image.OF_PLATFORM);
    }
}
