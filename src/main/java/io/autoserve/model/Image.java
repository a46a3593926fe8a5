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
    /** Beginning of the names of the platform's own images. */
    public static final String OF_PLATFORM = "localhost/autoserve/";

    private static final String DIGEST = "@";

    /**
     * Returns the name in Docker's short form, with the tag {@code latest} if it has neither a tag
     * nor a digest. Two names of one image therefore become the same text.
     */
    public static String fullName(String written) {
        return ImageName.parse(written).full();
    }

    /**
     * Returns the name in Docker's short form without tag and digest. Two names of one repository
     * therefore become the same text.
     */
    public static String repository(String name) {
        return ImageName.parse(name).repository();
    }

    /**
     * Returns whether the image was made on this machine. In Docker's short form, its name starts
     * with {@code localhost/}. Such names have no registry, so they are never pulled.
     */
    public static boolean isLocal(String name) {
        return ImageName.parse(name).isLocal();
    }

    /** Returns whether the name is one of the platform's own images, or reads like one. */
    public static boolean ofPlatform(String name) {
        return ImageName.parse(name).ofPlatform();
    }

    /**
     * Returns whether the name has a second registry after the first one, such as {@code
     * docker.io/localhost/shop}. Docker finds the image of another registry under such a name.
     */
    public static boolean hidesRegistry(String name) {
        return ImageName.parse(name).hidesRegistry();
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
