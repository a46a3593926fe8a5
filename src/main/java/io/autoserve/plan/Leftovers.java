package io.autoserve.plan;

import io.autoserve.model.Image;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which images may be removed. An image that AutoServe pulled may be removed if no kept
 * revision of any app names it, or if its name refers to a newer image by now. Images that
 * AutoServe did not pull are never removed.
 */
public final class Leftovers {
    private Leftovers() {}

    /**
     * @param fetched images that AutoServe pulled, oldest first
     * @param written names of the images that the kept revisions use, as the specs spell them
     */
    public static List<Image> of(List<Image> fetched, Collection<String> written) {
        var needed = written.stream().map(Image::fullName).collect(Collectors.toSet());
        Set<String> seen = new HashSet<>();
        return fetched.reversed().stream()
                .filter(image -> !seen.add(image.name()) || !needed.contains(image.name()))
                .toList();
    }
}
