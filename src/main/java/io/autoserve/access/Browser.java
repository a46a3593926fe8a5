package io.autoserve.access;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a browser tells of the page that makes it ask. A browser adds cookies by itself, and reaches
 * what is open on the machine it runs on: so pages from elsewhere could act through it.
 *
 * @param host that was asked, {@code name[:port]}
 * @param origin of the page; null where not told
 * @param fetchSite how the page and the host are related; null where not told
 */
public record Browser(String host, @Nullable String origin, @Nullable String fetchSite) {
    private static final Pattern OURS =
            Pattern.compile(
                    "((.+\\.)?localhost|[0-9.]+|\\[[0-9a-f:.]+])(:[0-9]*)?",
                    Pattern.CASE_INSENSITIVE);

    /** Neither is sent by an old browser, or by a program. */
    public boolean samePage() {
        return "same-origin".equals(fetchSite) || (origin != null && ours(origin));
    }

    public boolean otherPage() {
        return !samePage()
                && (origin != null
                        || (fetchSite != null
                                && !fetchSite.equals("none"))); // none: typed by a person
    }

    private boolean ours(String page) {
        return page.equalsIgnoreCase("http://" + host) || page.equalsIgnoreCase("https://" + host);
    }

    /**
     * Whether nobody else can let this host's name lead here: what is open to all that reach it
     * would be open to every page that lets its own name lead to this machine.
     */
    public boolean hostIsOurs() {
        return OURS.matcher(host).matches();
    }
}
