package io.autoserve.model;

/**
 * An image that was pulled from its registry.
 *
 * @param name the image's name with a tag or a digest
 * @param id id of the image that the name referred to when it was pulled. A tag can refer to
 *     another image later
 */
public record Image(String name, String id) {

    /**
     * Returns the name as Docker reads it: with the tag {@code latest} if it has neither a tag nor
     * a digest.
     */
    public static String fullName(String written) {
        var last = written.substring(written.lastIndexOf('/') + 1);
        return last.contains(":") || last.contains("@") ? written : written + ":latest";
    }
}
