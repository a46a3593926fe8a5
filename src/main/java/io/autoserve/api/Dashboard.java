package io.autoserve.api;

import io.autoserve.model.Sha256;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Serves the dashboard: the page {@code index.html} and the files to which the page links. The
 * server keeps all of them in memory. In the addresses of the files, the folder is named after a
 * hash of all content, so that browsers can cache the files forever.
 */
final class Dashboard {
    private static final String OURS = "/dashboard/";

    /** The folder of the chart library on the class path. Its version is the one in pom.xml. */
    private static final String CHARTS = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    private static final Pattern LINK = Pattern.compile("(?<=(?:src|href)=\"/dashboard/)[^\"]+");

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "svg", "image/svg+xml");

    /**
     * Headers that restrict the browser to the dashboard's own files. They also keep it from
     * executing text as markup or script, even if an attacker wrote the text.
     */
    private static final Map<String, String> GUARDS =
            Map.of(
                    "Content-Security-Policy",
                    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none';"
                            + " require-trusted-types-for 'script'; trusted-types 'none'",
                    "X-Frame-Options",
                    "DENY",
                    "Referrer-Policy",
                    "no-referrer",
                    "Cross-Origin-Opener-Policy",
                    "same-origin",
                    "Cross-Origin-Resource-Policy",
                    "same-origin",
                    "Permissions-Policy",
                    "camera=(), geolocation=(), microphone=()");

    private final String folder;
    private final Asset page;
    private final Map<String, Asset> assets;

    private Dashboard(String folder, Asset page, Map<String, Asset> assets) {
        this.folder = folder;
        this.page = page;
        this.assets = Map.copyOf(assets);
    }

    /**
     * Reads the files on the first request for them, so that programs that use only the API do not
     * wait until the files are read.
     */
    private static final class Published {
        static final Dashboard DASHBOARD = read();
    }

    private record Asset(String type, Buffer plain, Buffer packed, String tag) {
        static Asset of(String name, byte[] content) {
            return new Asset(
                    TYPES.getOrDefault(
                            name.substring(name.lastIndexOf('.') + 1), "application/octet-stream"),
                    Buffer.buffer(content),
                    Buffer.buffer(gzip(content)),
                    Sha256.hex(content, 16));
        }
    }

    /**
     * Adds the routes of the dashboard. At {@code /} a browser gets the dashboard's page, and a
     * program gets the answer that the contract defines.
     */
    static void mount(Router router) {
        router.route("/")
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(context -> {
                    context.response().putHeader("Vary", "Accept, Accept-Encoding");
                    if (accepts(context.request(), "Accept", "text/html")) {
                        Published.DASHBOARD.home(context);
                    } else {
                        context.next();
                    }
                });
        router.route("/dashboard/:folder/:file")
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(context -> Published.DASHBOARD.file(context));
    }

    private void home(RoutingContext context) {
        context.response().putHeader("Cache-Control", "no-cache");
        GUARDS.forEach(context.response()::putHeader);
        send(context, page);
    }

    private void file(RoutingContext context) {
        var asset = assets.get(context.pathParam("file"));
        if (asset == null) {
            context.next();
            return;
        }
        // While controllers are upgraded, a page of another version may request its files from this
        // version. The page's folder has another name, and the browser must not cache this
        // version's answer under that name.
        var own = folder.equals(context.pathParam("folder"));
        context.response()
                .putHeader(
                        "Cache-Control", own ? "public, max-age=31536000, immutable" : "no-cache")
                .putHeader("Vary", "Accept-Encoding");
        GUARDS.forEach(context.response()::putHeader);
        send(context, asset);
    }

    private static void send(RoutingContext context, Asset asset) {
        var packed = accepts(context.request(), "Accept-Encoding", "gzip");
        var tag = "\"%s%s\"".formatted(asset.tag, packed ? "-gzip" : "");
        var response = context.response().putHeader("ETag", tag);
        if (tag.equals(context.request().getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
            return;
        }
        if (packed) {
            response.putHeader("Content-Encoding", "gzip");
        }
        response.putHeader("Content-Type", asset.type).end(packed ? asset.packed : asset.plain);
    }

    private static boolean accepts(HttpServerRequest request, String header, String wanted) {
        var accepted = request.getHeader(header);
        return accepted != null && accepted.contains(wanted);
    }

    private static Dashboard read() {
        var index = new String(resource(OURS + "index.html"), StandardCharsets.UTF_8);
        var assets = new TreeMap<String, Asset>();
        LINK.matcher(index)
                .results()
                .map(MatchResult::group)
                .forEach(name -> assets.put(name, Asset.of(name, resource(place(name)))));
        var contents = new StringBuilder(index);
        assets.forEach((name, asset) -> contents.append(name).append(asset.tag));
        var folder = Sha256.hex(contents.toString().getBytes(StandardCharsets.UTF_8), 6);
        var page = LINK.matcher(index).replaceAll(link -> folder + "/" + link.group());
        return new Dashboard(
                folder, Asset.of("index.html", page.getBytes(StandardCharsets.UTF_8)), assets);
    }

    private static String place(String name) {
        return (name.startsWith("uPlot.") ? CHARTS : OURS) + name;
    }

    private static byte[] resource(String path) {
        try (var in = Dashboard.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException(path + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] gzip(byte[] content) {
        var bytes = new ByteArrayOutputStream();
        try (var packing = new GZIPOutputStream(bytes)) {
            packing.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // cannot happen in memory
        }
        return bytes.toByteArray();
    }
}
