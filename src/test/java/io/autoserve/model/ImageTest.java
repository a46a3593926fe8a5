package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageTest {
    private static final String ONE = "@sha256:" + "1".repeat(64);
    private static final String TWO = "@sha256:" + "2".repeat(64);

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "shop,                            shop",
        "shop:1.4,                        shop",
        "library/shop,                    shop",
        "docker.io/shop,                  shop",
        "docker.io/library/shop:1,        shop",
        "index.docker.io/team/shop:1,     team/shop",
        "localhost/shop:1,                localhost/shop",
        "registry:5000/team/shop,         registry:5000/team/shop",
        "registry:5000/team/shop:1@sha256:12, registry:5000/team/shop",
        "shop@sha256:12,                  shop",
    })
    void all_names_of_a_repository_are_one(String name, String repository) {
        assertThat(Image.repository(name)).isEqualTo(repository);
    }

    @Test
    void an_image_is_recorded_by_the_digest_of_its_own_repository() {
        assertThat(
                        Image.pinned(
                                "docker.io/library/shop:1",
                                "id",
                                List.of("other" + TWO, "shop" + ONE)))
                .isEqualTo(new Image("shop" + ONE, "id"));
    }

    @Test
    void of_several_digests_the_one_that_the_name_has_is_recorded() {
        var digests = List.of("shop" + ONE, "shop" + TWO);
        assertThat(Image.pinned("shop:1" + TWO, "id", digests).name()).isEqualTo("shop" + TWO);
        assertThat(Image.pinned("shop:1", "id", digests.reversed()).name()).isEqualTo("shop" + ONE);
    }

    @Test
    void an_image_that_no_registry_gave_a_digest_is_recorded_by_its_id() {
        assertThat(Image.pinned("shop:1", "sha256:12", List.of("other" + TWO)))
                .isEqualTo(new Image("sha256:12", "sha256:12"));
    }

    @Test
    void only_names_without_a_registry_are_of_this_machine() {
        assertThat(Image.isLocal("localhost/shop")).isTrue();
        assertThat(Image.isLocal("localhost:5000/shop")).isFalse();
        assertThat(Image.isLocal("shop")).isFalse();
    }
}
