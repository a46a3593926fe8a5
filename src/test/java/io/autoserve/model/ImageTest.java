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
        "index.docker.io/library/shop,    shop",
        "docker.io/library/team/shop,     library/team/shop",
        "docker.io/localhost/shop:1,      docker.io/localhost/shop",
        "index.docker.io/localhost/shop,  docker.io/localhost/shop",
        "docker.io/example.com/shop,      docker.io/example.com/shop",
        "Docker.io/shop,                  Docker.io/shop",
        "sha256:12,                       sha256",
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

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "docker.io/library/shop,        shop:latest",
        "index.docker.io/team/shop:1,   team/shop:1",
        "registry:5000/shop,            registry:5000/shop:latest",
        "docker.io/shop:1@sha256:12,    shop:1@sha256:12",
        "sha256:12,                     sha256:12",
    })
    void all_names_of_an_image_are_one(String name, String full) {
        assertThat(Image.fullName(name)).isEqualTo(full);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "localhost/shop,                           true",
        "docker.io/localhost/shop,                 true",
        "index.docker.io/localhost/shop:1,         true",
        "localhost:5000/shop,                      false",
        "docker.io/library/localhost/shop,         false",
        "registry.example.com/localhost/shop,      false",
        "docker.io/localhost,                      false",
        "shop,                                     false",
    })
    void only_names_that_docker_finds_without_a_registry_are_of_this_machine(
            String name, boolean local) {
        assertThat(Image.isLocal(name)).isEqualTo(local);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "localhost/autoserve/controller,                  true",
        "localhost/autoserve/controller:1@sha256:12,      true",
        "LocalHost/autoserve/controller,                  true",
        "docker.io/localhost/autoserve/controller,        true",
        "index.docker.io/localhost/autoserve/controller:1, true",
        "localhost/autoserve-demo,                        false",
        "autoserve/controller,                            false",
    })
    void every_spelling_of_an_image_of_the_platform_is_known(String name, boolean platform) {
        assertThat(Image.ofPlatform(name)).isEqualTo(platform);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "docker.io/localhost/shop,            true",
        "docker.io/registry.example.com/shop, true",
        "index.docker.io/docker.io/shop,      true",
        "registry.example.com/localhost/shop, true",
        "registry.example.com/v1.2/shop,      false",
        "docker.io/team/shop,                 false",
        "localhost/shop,                      false",
        "localhost:5000/shop:1,               false",
    })
    void a_second_registry_in_a_name_is_found(String name, boolean hidden) {
        assertThat(Image.hidesRegistry(name)).isEqualTo(hidden);
    }
}
