package io.autoserve.model;

/**
 * An image that was pulled from its registry.
 *
 * @param name the image's name with a tag or a digest
 * @param id id of the image that the name stood for when it was pulled. A tag can move to another
 *     image later
 */
public record Image(String name, String id) {

    /** Returns the name as engines understand it. Without a tag it means {@code latest}. */
    public static String fullName(String written) {
        var last = written.substring(written.lastIndexOf('/') + 1);
        return last.contains(":") || last.contains("@") ? written : written + ":latest";
    }
}
