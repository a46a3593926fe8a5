package io.autoserve.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.hooks.Delivery.Push;
import io.autoserve.hooks.Deployment.Deploy;
import io.autoserve.hooks.Deployment.Refuse;
import io.autoserve.hooks.Deployment.Skip;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeploymentTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    @Test
    void the_app_gets_the_pushed_image_and_the_event_says_who_pushed_it() {
        var push = new Push("GitHub", "shop/web", "1.5", DIGEST, "alice", "1a2b", NOW);

        assertThat(decided(push, "shop/web:1.4", "*"))
                .isEqualTo(
                        new Deploy(
                                "shop/web:1.5@" + DIGEST,
                                "shop/web:1.5@" + DIGEST + " by alice, commit 1a2b (GitHub)"));
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "docker.io/shop/web, shop/web:1.4",
        "shop/web, index.docker.io/shop/web",
        "library/nginx, nginx:1",
        ", example.com:5000/web:1"
    })
    void spellings_of_one_repository_are_the_same(@Nullable String repository, String present) {
        assertThat(decided(plain(repository, "1.5"), present, "*")).isInstanceOf(Deploy.class);
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "shop/other, shop/web:1.4",
        "evil.example.com/shop/web, shop/web:1.4",
        "shop/web, example.com/shop/web:1.4",
        "'', shop/web:1.4"
    })
    void a_hook_never_changes_the_repository(String repository, String present) {
        assertThat(decided(plain(repository, "1.5"), present, "*")).isInstanceOf(Refuse.class);
    }

    @Test
    void only_matching_tags_are_deployed() {
        assertThat(decided(plain(null, "v2"), "web:1", "v*")).isInstanceOf(Deploy.class);
        assertThat(decided(plain(null, "main"), "web:1", "v*"))
                .isEqualTo(new Skip("the tag 'main' does not match 'v*'"));
        assertThat(decided(plain(null, null), "web:1", "*"))
                .isEqualTo(new Skip("the image has no tag"));
    }

    @Test
    void a_part_of_an_image_that_a_registry_reports_without_a_tag_is_not_deployed() {
        var part = new Push("GitHub", "web", null, DIGEST, "alice", null, NOW);
        var meant = new Push("", null, null, DIGEST, null, null, null);

        assertThat(decided(part, "web:1", "*")).isEqualTo(new Skip("the image has no tag"));
        assertThat(decided(meant, "web:1", "*"))
                .isEqualTo(new Deploy("web@" + DIGEST, "web@" + DIGEST));
    }

    @ParameterizedTest(name = "{0} s ago: {1}")
    @CsvSource({"0, true", "600, true", "601, false", "-601, false"})
    void an_old_report_deploys_nothing(long age, boolean deployed) {
        var push = new Push("Harbor", "web", "2", null, null, null, NOW.minusSeconds(age));

        assertThat(decided(push, "web:1", "*") instanceof Deploy).isEqualTo(deployed);
    }

    private static Push plain(@Nullable String repository, @Nullable String tag) {
        return new Push("", repository, tag, null, null, null, null);
    }

    private static Deployment decided(Push push, String present, String tags) {
        return Deployment.of(push, present, tags, NOW);
    }
}
