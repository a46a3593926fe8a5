package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OverlayTest {
    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {a: 1, b: {c: 2}}               | {b: {d: 3}}             | {a: 1, b: {c: 2, d: 3}}
                    {a: 1, b: 2}                    | {a: {c: null, d: 4}}    | {a: {d: 4}, b: 2}
                    {a: 1, b: 2}                    | {a: null, c: null}      | {b: 2}
                    {a: [1, 2]}                     | {a: [3]}                | {a: [3]}
                    {a: [{name: x, v: 1}, {name: y}]} | {a: [{name: z}, {name: x, w: 2}]} | {a: [{name: x, v: 1, w: 2}, {name: y}, {name: z}]}
                    {a: [{name: x}]}                | {a: []}                 | {a: []}
                    {a: [{name: x}]}                | {a: [{port: 1}]}        | {a: [{port: 1}]}
                    {a: [{name: x, v: 1}, {name: x, v: 2}]} | {a: [{name: x, w: 3}]} | {a: [{name: x, v: 1, w: 3}, {name: x, v: 2}]}
                    {a: [{name: x}]}                | {a: [{name: x, v: 1}, {name: x, v: 2}]} | {a: [{name: x, v: 1}, {name: x, v: 2}]}
                    {a: []}                         | {a: [{name: x}]}        | {a: [{name: x}]}
                    """)
    void an_overlay_replaces_fields_and_named_items(
            String document, String overlay, String merged) {
        var before = Documents.of(document);

        assertThat(Overlay.merged(before, Documents.of(overlay))).isEqualTo(Documents.of(merged));
        assertThat(before).isEqualTo(Documents.of(document));
    }
}
