package io.autoserve.plan;

import io.autoserve.model.Image;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides which images may be removed. An image that AutoServe pulled may be removed if no kept
 * revision of any app runs it or names it. It may also be removed if its name refers to a newer
 * image by now and no kept revision runs it. Images that AutoServe did not pull are never removed.
 */
public final class Leftovers {
    private Leftovers() {}

    /**
     * @param fetched images that AutoServe pulled, oldest first
     * @param written names of the images that the kept revisions use, as the specs spell them
     * @param recorded ids of the images that the containers of these revisions are created from
     */
    public static List<Image> of(
            List<Image> fetched, Collection<String> written, Collection<String> recorded) {
        var needed = written.stream().map(Image::fullName).collect(Collectors.toSet());
        Set<String> seen = new HashSet<>();
        return fetched.reversed().stream()
                .filter(image -> {
                    var name = Image.fullName(image.name());
                    return !seen.add(name) || !needed.contains(name);
                })
                .filter(image -> !recorded.contains(image.id()))
                .toList();
    }
}
