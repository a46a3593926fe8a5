package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "12:30", "1e3", "0x1F", "1_000", "0b11", ".inf", "010", "1.5", "yes", "~", ""
            })
    void text_that_is_no_text_without_quotes_gets_quotes(String text) {
        var written = Yaml.write(JsonNodeFactory.instance.objectNode().put("a", text));

        assertThat(written).isEqualTo("a: \"%s\"\n".formatted(text));
        assertThat(Documents.of(written).path("a").isTextual()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop:1.5", "1.5.2", "30s", "10Mi"})
    void other_text_gets_no_quotes(String text) {
        assertThat(Yaml.write(JsonNodeFactory.instance.objectNode().put("a", text)))
                .isEqualTo("a: %s\n".formatted(text));
    }
}
