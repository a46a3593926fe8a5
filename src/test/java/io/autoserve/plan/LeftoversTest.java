package io.autoserve.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Image;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeftoversTest {
    private static final Image ONE = new Image("shop:1", "a");
    private static final List<String> NONE = List.of();
    private static final Image TWO = new Image("shop:2", "b");

    @Test
    void an_image_that_no_kept_revision_names_may_go() {
        assertThat(Leftovers.of(List.of(ONE, TWO), List.of("shop:2", "debian:12"), NONE))
                .containsExactly(ONE);
    }

    @Test
    void what_a_tag_meant_before_may_go_and_what_it_means_now_stays() {
        var newer = new Image("shop:1", "c");
        assertThat(Leftovers.of(List.of(ONE, newer), List.of("shop:1"), NONE)).containsExactly(ONE);
    }

    @Test
    void what_a_kept_revision_runs_stays_whatever_its_name_means_now() {
        var newer = new Image("shop:1", "c");
        assertThat(Leftovers.of(List.of(ONE, newer), List.of("shop:1"), List.of("a", "c")))
                .isEmpty();
        assertThat(Leftovers.of(List.of(ONE, newer), List.of(), List.of("a")))
                .containsExactly(newer);
    }

    @Test
    void a_name_without_a_tag_means_the_latest() {
        var latest = new Image("registry:5000/shop:latest", "a");
        assertThat(Leftovers.of(List.of(latest), List.of("registry:5000/shop"), NONE)).isEmpty();
        assertThat(Image.fullName("shop@sha256:12")).isEqualTo("shop@sha256:12");
    }

    @Test
    void an_image_stays_as_long_as_a_revision_names_it_in_another_way() {
        assertThat(Leftovers.of(List.of(ONE), List.of("docker.io/library/shop:1"), NONE)).isEmpty();
        var earlier = new Image("docker.io/library/shop:1", "a");
        assertThat(Leftovers.of(List.of(earlier), List.of("shop:1"), NONE)).isEmpty();
    }

    @Test
    void what_was_not_fetched_by_us_never_goes() {
        assertThat(Leftovers.of(List.of(), List.of(), NONE)).isEmpty();
    }
}
