package io.autoserve.hooks;

import org.jspecify.annotations.Nullable;

/**
 * The parts of the name of an image.
 *
 * @param repository the name without tag and digest, as written
 * @param tag without its colon; null if there is none
 * @param digest such as {@code sha256:…}; null if there is none
 */
record Reference(String repository, @Nullable String tag, @Nullable String digest) {
    static Reference of(String image) {
        var at = image.indexOf('@');
        var named = at < 0 ? image : image.substring(0, at);
        var colon = named.indexOf(':', named.lastIndexOf('/') + 1);
        return new Reference(
                colon < 0 ? named : named.substring(0, colon),
                colon < 0 ? null : named.substring(colon + 1),
                at < 0 ? null : image.substring(at + 1));
    }
}
