package io.autoserve.plan;

import io.autoserve.model.Image;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which images may go: those that we fetched, that no kept revision of any app names, or whose name
 * means a newer one by now. What others have brought to the machine is never among them.
 */
public final class Leftovers {
    private Leftovers() {}

    /**
     * @param fetched the oldest first
     * @param written names of images as the kept revisions have them
     */
    public static List<Image> of(List<Image> fetched, Collection<String> written) {
        var needed = written.stream().map(Image::fullName).collect(Collectors.toSet());
        Set<String> seen = new HashSet<>();
        return fetched.reversed().stream()
                .filter(image -> !seen.add(image.name()) || !needed.contains(image.name()))
                .toList();
    }
}
