package io.autoserve.dashboard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads JavaScript libraries that Maven brings as jars. */
final class WebJar {
    private WebJar() {}

    /**
     * @param path such as {@code axe-core/4.6.3/axe.min.js}
     */
    static String text(String path) {
        var resource = "/META-INF/resources/webjars/" + path;
        try (var in = WebJar.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError(resource + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
