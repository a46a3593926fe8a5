package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.plan.Losses.Signs;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LossesTest {

    @Test
    void a_node_is_lost_after_six_seconds_of_silence_of_all_its_parts() {
        assertThat(lost(new Signs("x", NOON.minusSeconds(6), false))).containsExactly("x");
        assertThat(lost(new Signs("x", NOON.minusSeconds(5), false))).isEmpty();
        assertThat(lost(new Signs("x", NOON.minusSeconds(60), true)))
                .as("its proxy or an instance answers")
                .isEmpty();
    }

    @ParameterizedTest(name = "{0} of {1} silent")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0  | 3  | 0 | false
                    1  | 3  | 1 | false
                    2  | 3  | 0 | true
                    1  | 1  | 0 | false
                    1  | 2  | 0 | false
                    2  | 2  | 0 | true
                    9  | 20 | 9 | false
                    10 | 20 | 0 | false
                    11 | 20 | 0 | true
                    """)
    void a_leader_that_hears_less_than_half_of_the_nodes_is_cut_off_itself(
            int silent, int all, int lost, boolean cutOff) {
        var signs =
                IntStream.range(0, all)
                        .mapToObj(i ->
                                new Signs(
                                        "node-" + i,
                                        i < silent ? NOON.minusSeconds(10) : NOON,
                                        false))
                        .toList();
        var losses = Losses.of(signs, NOON);

        assertThat(losses.nodes()).hasSize(lost);
        assertThat(losses.cutOff()).isEqualTo(cutOff);
    }

    private static Set<String> lost(Signs signs) {
        var others = Stream.of("a", "b").map(name -> new Signs(name, NOON, true));
        return Losses.of(Stream.concat(Stream.of(signs), others).toList(), NOON).nodes();
    }
}
