package io.autoserve.hooks;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.hooks.Delivery.Ignored;
import io.autoserve.hooks.Delivery.Push;
import io.autoserve.hooks.Delivery.Unreadable;
import io.autoserve.model.PlainText;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies that senders post to a hook. The fields of a body show which sender it is from.
 *
 * @see <a href="https://docs.docker.com/docker-hub/repos/manage/webhooks/">Docker Hub</a>
 * @see <a
 *     href="https://docs.github.com/en/webhooks/webhook-events-and-payloads#registry_package">GitHub</a>
 * @see <a href="https://docs.gitlab.com/user/project/integrations/webhook_events/">GitLab</a>
 * @see <a
 *     href="https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/">Harbor</a>
 */
public final class Deliveries {
    private static final int LONGEST_NAME = 100;
    private static final long MOST_SECONDS = 100_000_000_000L;
    private static final Set<String> NEW_PACKAGES = Set.of("published", "updated");

    private Deliveries() {}

    public static Delivery read(JsonNode body) {
        if (body.has("push_data")) {
            return dockerHub(body);
        }
        if (body.has("registry_package")) {
            return github(body, body.path("registry_package"));
        }
        if (body.path("package").isObject()) {
            return github(body, body.path("package"));
        }
        if (body.has("object_kind")) {
            return gitlab(body);
        }
        if (body.has("event_data")) {
            return harbor(body);
        }
        if (body.has("zen")) {
            return new Ignored("this is the first call of GitHub, which only tests the hook");
        }
        return body.has("image") || body.has("tag") ? plain(body) : new Unreadable();
    }

    private static Delivery plain(JsonNode body) {
        var image = text(body.path("image"));
        var parts = image == null ? null : Reference.of(image);
        var tag = text(body.path("tag"));
        return new Push(
                "",
                parts == null ? null : parts.repository(),
                tag == null && parts != null ? parts.tag() : tag,
                parts == null ? null : parts.digest(),
                name(body.path("actor")),
                name(body.path("commit")),
                null);
    }

    private static Delivery dockerHub(JsonNode body) {
        var push = body.path("push_data");
        return new Push(
                "Docker Hub",
                text(body.at("/repository/repo_name")),
                text(push.path("tag")),
                null,
                name(push.path("pusher")),
                null,
                time(push.path("pushed_at")));
    }

    private static Delivery github(JsonNode body, JsonNode written) {
        var action = body.path("action").asText();
        if (!NEW_PACKAGES.contains(action)) {
            return new Ignored("GitHub reports the action '%s'".formatted(shown(action)));
        }
        var kind = written.path("package_type").asText(written.path("ecosystem").asText());
        if (!kind.equalsIgnoreCase("container")) {
            return new Ignored("GitHub reports a package of the type '%s'".formatted(shown(kind)));
        }
        var version = written.path("package_version");
        var tag = version.at("/container_metadata/tag");
        return new Push(
                "GitHub",
                "ghcr.io/%s/%s"
                        .formatted(
                                written.path("namespace").asText(), written.path("name").asText())
                        .toLowerCase(Locale.ROOT),
                text(tag.path("name")),
                digest(text(tag.path("digest"))),
                name(body.at("/sender/login")),
                name(version.path("target_oid")),
                time(version.path("updated_at")));
    }

    /** Reads the end of a pipeline, because GitLab reports no push of an image. */
    private static Delivery gitlab(JsonNode body) {
        var kind = body.path("object_kind").asText();
        if (!kind.equals("pipeline")) {
            return new Ignored("GitLab reports '%s' and not a pipeline".formatted(shown(kind)));
        }
        var pipeline = body.path("object_attributes");
        var status = pipeline.path("status").asText();
        if (!status.equals("success")) {
            return new Ignored("the pipeline has the status '%s'".formatted(shown(status)));
        }
        if (!pipeline.path("tag").asBoolean()) {
            return new Ignored("the pipeline did not run for a tag of the repository");
        }
        return new Push(
                "GitLab",
                null,
                text(pipeline.path("ref")),
                null,
                name(body.at("/user/username")),
                name(pipeline.path("sha")),
                time(pipeline.path("finished_at")));
    }

    private static Delivery harbor(JsonNode body) {
        var type = body.path("type").asText();
        if (!type.equals("PUSH_ARTIFACT")) {
            return new Ignored("Harbor reports '%s' and not a push".formatted(shown(type)));
        }
        var resource = body.at("/event_data/resources/0");
        var url = text(resource.path("resource_url"));
        return new Push(
                "Harbor",
                url == null ? "" : Reference.of(url).repository(),
                tag(text(resource.path("tag"))),
                digest(text(resource.path("digest"))),
                name(body.path("operator")),
                null,
                time(body.path("occur_at")));
    }

    private static @Nullable String text(JsonNode value) {
        return value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
    }

    /** Returns a name for people. It comes from another system, so it is cleaned and cut. */
    private static @Nullable String name(JsonNode value) {
        var text = text(value);
        return text == null ? null : shown(text);
    }

    private static String shown(String text) {
        return PlainText.cut(PlainText.of(text), LONGEST_NAME);
    }

    /** Returns the tag. Harbor reports the digest in its place if an image has no tag. */
    private static @Nullable String tag(@Nullable String text) {
        return digest(text) == null ? text : null;
    }

    private static @Nullable String digest(@Nullable String text) {
        return text != null && text.startsWith("sha256:") ? text : null;
    }

    /**
     * Returns a time that is written as seconds since 1970, in ISO 8601 or as {@code 2026-01-01
     * 00:00:00 UTC}, and null otherwise.
     */
    private static @Nullable Instant time(JsonNode value) {
        if (value.isNumber()) {
            var seconds = value.longValue();
            return seconds > 0 && seconds < MOST_SECONDS ? Instant.ofEpochSecond(seconds) : null;
        }
        try {
            return value.isTextual()
                    ? OffsetDateTime.parse(iso(value.textValue())).toInstant()
                    : null;
        } catch (DateTimeException _) {
            return null;
        }
    }

    private static String iso(String written) {
        return written.replace(" UTC", "Z").replace(' ', 'T');
    }
}
