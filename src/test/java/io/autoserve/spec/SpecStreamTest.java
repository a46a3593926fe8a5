package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.spec.SpecStream.SpecText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpecStreamTest {
    @Test
    void separates_documents_and_keeps_their_lines() {
        assertThat(SpecStream.parts("a: 1\n---\nb: |\n  ---\n--- # c\r\nc: 3\n--- {d: 4}\n...\n"))
                .containsExactly(
                        new SpecText(1, "a: 1\n"),
                        new SpecText(3, "b: |\n  ---\n"),
                        new SpecText(6, "c: 3\n"),
                        new SpecText(7, "--- {d: 4}\n...\n"));
    }

    @Test
    void leaves_out_documents_without_a_value() {
        assertThat(SpecStream.parts("# first\n---\na: 1\n---\n\n---\n# none\n---\nb: 2"))
                .containsExactly(new SpecText(3, "a: 1\n"), new SpecText(9, "b: 2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# nothing\n",
                "---\n",
                "# mine\n---\na: 1\n---\n",
                "{\n---\n}",
                "---a: 1"
            })
    void a_text_with_one_document_stays_as_it_is(String text) {
        assertThat(SpecStream.parts(text)).containsExactly(new SpecText(1, text));
    }
}
