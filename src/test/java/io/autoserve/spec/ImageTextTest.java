package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageTextTest {
    @Test
    void everything_but_the_image_stays_as_it_was_written() {
        var text =
                """
                # 🚀 the shop
                metadata: {name: shop}
                spec:
                  image:   'shop/web:1.4' # see the release notes
                  ports: [{containerPort: 8080}]
                """;

        assertThat(ImageText.replaced(text, "shop/web:1.5"))
                .contains(text.replace("'shop/web:1.4'", "\"shop/web:1.5\""));
    }

    @Test
    void the_text_can_be_json() {
        assertThat(ImageText.replaced("{\"spec\": {\"image\": \"a:1\", \"ports\": []}}", "a:2"))
                .contains("{\"spec\": {\"image\": \"a:2\", \"ports\": []}}");
        assertThat(ImageText.replaced("\uFEFFspec: {image: a:1}", "a:2"))
                .contains("spec: {image: \"a:2\"}");
    }

    @Test
    void an_image_that_has_an_anchor_or_is_an_alias_is_not_replaced() {
        assertThat(ImageText.replaced("spec: {image: &image a:1}\nx-b: *image", "a:2")).isEmpty();
        assertThat(ImageText.replaced("x-b: &image a:1\nspec:\n  image: *image", "a:2")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "spec", "spec: {}", "spec: {image: [a]}", "image: a", "{", "- a"})
    void text_without_an_image_is_not_changed(String text) {
        assertThat(ImageText.replaced(text, "a:2")).isEmpty();
    }
}
