package io.autoserve.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.autoserve.hooks.Delivery.Ignored;
import io.autoserve.hooks.Delivery.Push;
import io.autoserve.hooks.Delivery.Unreadable;
import io.autoserve.spec.Json;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests with bodies that have the structure of those that the senders document. */
class DeliveriesTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    @Test
    void reads_a_push_event_of_docker_hub() {
        assertThat(
                        read(
                                """
                                {
                                  "callback_url": "https://registry.hub.docker.com/u/shop/web/hook/1/",
                                  "push_data": {"pushed_at": 1767225600, "pusher": "alice", "tag": "1.5"},
                                  "repository": {"name": "web", "namespace": "shop", "repo_name": "shop/web"}
                                }
                                """))
                .isEqualTo(
                        new Push(
                                "Docker Hub",
                                "shop/web",
                                "1.5",
                                null,
                                "alice",
                                null,
                                Instant.parse("2026-01-01T00:00:00Z")));
    }

    @ParameterizedTest
    @CsvSource({"registry_package", "package"})
    void reads_a_new_container_of_github_packages(String field) {
        assertThat(
                        read(
                                """
                                {
                                  "action": "published",
                                  "%s": {
                                    "name": "web", "namespace": "Shop", "package_type": "CONTAINER",
                                    "package_version": {
                                      "version": "%s", "target_oid": "1a2b3c",
                                      "updated_at": "2026-01-01T00:00:00Z",
                                      "container_metadata": {"tag": {"name": "1.5", "digest": "%s"}}
                                    }
                                  },
                                  "sender": {"login": "alice"}
                                }
                                """
                                        .formatted(field, DIGEST, DIGEST)))
                .isEqualTo(
                        new Push(
                                "GitHub",
                                "ghcr.io/shop/web",
                                "1.5",
                                DIGEST,
                                "alice",
                                "1a2b3c",
                                Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void reads_a_push_event_of_harbor() {
        assertThat(
                        read(
                                """
                                {
                                  "type": "PUSH_ARTIFACT", "occur_at": 1767225600, "operator": "alice",
                                  "event_data": {
                                    "resources": [{
                                      "digest": "%s", "tag": "1.5",
                                      "resource_url": "harbor.example.com:8443/shop/web:1.5"
                                    }],
                                    "repository": {"name": "web", "repo_full_name": "shop/web"}
                                  }
                                }
                                """
                                        .formatted(DIGEST)))
                .isEqualTo(
                        new Push(
                                "Harbor",
                                "harbor.example.com:8443/shop/web",
                                "1.5",
                                DIGEST,
                                "alice",
                                null,
                                Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void harbor_reports_an_image_without_a_tag_by_its_digest() {
        assertThat(
                        read(
                                """
                                {
                                  "type": "PUSH_ARTIFACT", "occur_at": 1767225600, "operator": "alice",
                                  "event_data": {
                                    "resources": [{
                                      "digest": "%1$s", "tag": "%1$s",
                                      "resource_url": "harbor.example.com/shop/web@%1$s"
                                    }]
                                  }
                                }
                                """
                                        .formatted(DIGEST)))
                .isEqualTo(
                        new Push(
                                "Harbor",
                                "harbor.example.com/shop/web",
                                null,
                                DIGEST,
                                "alice",
                                null,
                                Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void reads_a_successful_pipeline_of_gitlab_for_a_tag() {
        assertThat(
                        read(
                                """
                                {
                                  "object_kind": "pipeline",
                                  "object_attributes": {
                                    "ref": "v1.5", "tag": true, "sha": "1a2b3c", "status": "success",
                                    "finished_at": "2026-01-01 00:00:00 UTC"
                                  },
                                  "user": {"username": "alice"}
                                }
                                """))
                .isEqualTo(
                        new Push(
                                "GitLab",
                                null,
                                "v1.5",
                                null,
                                "alice",
                                "1a2b3c",
                                Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void reads_plain_reports() {
        assertThat(read("{\"tag\": \"1.5\", \"commit\": \"1a2b\", \"actor\": \"ci\\u001b[31m\"}"))
                .isEqualTo(new Push("", null, "1.5", null, "ci", "1a2b", null));
        assertThat(read("{\"image\": \"example.com:5000/web:2@%s\"}".formatted(DIGEST)))
                .isEqualTo(new Push("", "example.com:5000/web", "2", DIGEST, null, null, null));
        assertThat(read("{\"image\": \"web\", \"tag\": \"3\"}"))
                .isEqualTo(new Push("", "web", "3", null, null, null, null));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"zen": "Design for failure.", "hook_id": 1}                                    | first call of GitHub
                    {"action": "deleted", "package": {}}                                            | the action 'deleted'
                    {"action": "published", "registry_package": {"package_type": "npm"}}            | type 'npm'
                    {"object_kind": "push"}                                                         | 'push' and not a pipeline
                    {"object_kind": "pipeline", "object_attributes": {"status": "failed"}}          | status 'failed'
                    {"object_kind": "pipeline", "object_attributes": {"status": "success"}}         | did not run for a tag
                    {"type": "DELETE_ARTIFACT", "event_data": {}}                                   | 'DELETE_ARTIFACT'
                    """)
    void ignores_other_events_of_these_senders(String body, String reason) {
        assertThat(read(body))
                .isInstanceOfSatisfying(
                        Ignored.class, ignored -> assertThat(ignored.reason()).contains(reason));
    }

    @Test
    void does_not_guess_what_other_bodies_mean() {
        assertThat(read("{}")).isEqualTo(new Unreadable());
        assertThat(read("{\"package\": \"web\"}")).isEqualTo(new Unreadable());
    }

    private static Delivery read(String json) {
        try {
            return Deliveries.read(Json.MAPPER.readTree(json));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
