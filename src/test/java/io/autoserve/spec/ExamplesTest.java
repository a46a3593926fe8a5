package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.AppSpec;
import io.autoserve.spec.Reading.Understood;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExamplesTest {
    private static final SpecReader READER = new SpecReader(Allowance.NOTHING);

    static Stream<Example> examples() {
        return Example.all();
    }

    @ParameterizedTest
    @MethodSource("examples")
    void is_understood(Example example) {
        assertThat(READER.read(example.text())).isInstanceOf(Understood.class);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void says_the_same_when_written_out_and_read_again(Example example) {
        var spec = understood(example.text());

        assertThat(understood(SpecWriter.document(spec).toString())).isEqualTo(spec);
        assertThat(understood(Yaml.write(SpecWriter.document(spec)))).isEqualTo(spec);
    }

    private static AppSpec understood(String text) {
        assertThat(READER.read(text)).isInstanceOf(Understood.class);
        return ((Understood) READER.read(text)).spec();
    }
}
