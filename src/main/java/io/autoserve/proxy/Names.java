package io.autoserve.proxy;

import io.autoserve.model.AppSpec.Routing;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides which values of a spec may become part of nginx's route table. It refuses everything that
 * could end a directive, a string or a line, even if the spec's own validation accepted it.
 */
final class Names {
    private static final String LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
    private static final Pattern APP = Pattern.compile(LABEL);
    private static final Pattern DOMAIN =
            Pattern.compile("(\\*\\.)?(%s\\.)*%s".formatted(LABEL, LABEL));
    private static final Pattern PATH = Pattern.compile("/|(/[A-Za-z0-9._~-]+)+/?");
    private static final Pattern COOKIE = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private Names() {}

    static boolean app(String name) {
        return APP.matcher(name).matches();
    }

    static boolean domain(String domain) {
        return domain.length() <= 253 && DOMAIN.matcher(domain).matches();
    }

    static boolean path(String path) {
        return path.length() <= 200 && PATH.matcher(path).matches() && !path.contains("/..");
    }

    /** Returns the app's sticky cookie, or null if the app has none or its name is not allowed. */
    static @Nullable String cookie(Routing routing) {
        var name = routing.stickyCookie();
        return name != null && COOKIE.matcher(name).matches() ? name : null;
    }
}
