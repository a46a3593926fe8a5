package io.autoserve.model;

/**
 * One that was fetched from its registry.
 *
 * @param name with a tag or a digest
 * @param id of what the name meant then; a tag can be given to another later
 */
public record Image(String name, String id) {

    /** As engines understand a name: without a tag it means the latest. */
    public static String fullName(String written) {
        var last = written.substring(written.lastIndexOf('/') + 1);
        return last.contains(":") || last.contains("@") ? written : written + ":latest";
    }
}
