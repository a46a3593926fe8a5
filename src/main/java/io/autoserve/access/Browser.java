package io.autoserve.access;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a browser reports about the page that causes a request. A browser adds cookies automatically
 * and reaches open ports of its own machine, so a page of another site could act with the user's
 * rights.
 *
 * @param host the host that the request is for, {@code name[:port]}
 * @param origin the origin of the page; null if not reported
 * @param fetchSite the relation of the page to the host; null if not reported
 */
public record Browser(String host, @Nullable String origin, @Nullable String fetchSite) {
    private static final Pattern OURS =
            Pattern.compile(
                    "((.+\\.)?localhost|[0-9.]+|\\[[0-9a-f:.]+])(:[0-9]*)?",
                    Pattern.CASE_INSENSITIVE);

    /**
     * Returns whether the page comes from the requested host. Returns false for programs and old
     * browsers, which report neither {@code Origin} nor {@code Sec-Fetch-Site}.
     */
    public boolean samePage() {
        return "same-origin".equals(fetchSite) || (origin != null && ours(origin));
    }

    public boolean otherPage() {
        return !samePage()
                && (origin != null
                        || (fetchSite != null
                                && !fetchSite.equals("none"))); // none: a user typed it
    }

    private boolean ours(String page) {
        return page.equalsIgnoreCase("http://" + host) || page.equalsIgnoreCase("https://" + host);
    }

    /**
     * Returns whether the host is an IP address or localhost. Nobody else can point these at this
     * machine. Without this check, an API that needs no token would be open to every page that
     * points its own host name at this machine (DNS rebinding).
     */
    public boolean hostIsOurs() {
        return OURS.matcher(host).matches();
    }
}
