package io.autoserve.model;

import java.util.Collection;

/**
 * An image that the engine has, or had.
 *
 * @param name the image's name with a tag or a digest. An image that is recorded for a revision has
 *     a digest here, or its id if no registry gave it a digest
 * @param id the engine's id of the image. A tag can refer to another image later
 */
public record Image(String name, String id) {
    private static final String DIGEST = "@";

    /**
     * Returns the name as Docker reads it: with the tag {@code latest} if it has neither a tag nor
     * a digest.
     */
    public static String fullName(String written) {
        var last = written.substring(written.lastIndexOf('/') + 1);
        return last.contains(":") || last.contains(DIGEST) ? written : written + ":latest";
    }

    /**
     * Returns the name without tag and digest, and without what Docker adds to the names of Docker
     * Hub. Two names of one repository therefore become the same text.
     */
    public static String repository(String name) {
        var withoutDigest = name.split(DIGEST, 2)[0];
        var tag = withoutDigest.indexOf(':', withoutDigest.lastIndexOf('/') + 1);
        var written = tag < 0 ? withoutDigest : withoutDigest.substring(0, tag);
        return written.replaceFirst("^(index\\.)?docker\\.io/(library/)?", "")
                .replaceFirst("^library/", "");
    }

    /**
     * Returns whether the image was made on this machine. Names that start with {@code localhost/}
     * have no registry, so they are never pulled.
     */
    public static boolean isLocal(String name) {
        return name.startsWith("localhost/");
    }

    /** Returns whether a registry can deliver exactly this image, because the name has a digest. */
    public static boolean hasDigest(String name) {
        return name.contains(DIGEST);
    }

    /**
     * Returns the image that a name refers to, under a name that never refers to another image.
     *
     * @param digests the names with digests that the engine knows for the image, of all
     *     repositories from which it was pulled
     */
    public static Image pinned(String name, String id, Collection<String> digests) {
        var repository = repository(name);
        return digests.stream()
                .filter(digest -> repository(digest).equals(repository))
                .min((a, b) -> preference(name, a, b))
                .map(digest -> new Image(repository + digest.substring(digest.indexOf(DIGEST)), id))
                .orElseGet(() -> new Image(id, id));
    }

    /** Prefers the digest that the name itself has. */
    private static int preference(String name, String a, String b) {
        var named = name.contains(DIGEST) ? name.substring(name.indexOf(DIGEST)) : "";
        return !named.isEmpty() && a.endsWith(named) != b.endsWith(named)
                ? Boolean.compare(b.endsWith(named), a.endsWith(named))
                : a.compareTo(b);
    }
}
