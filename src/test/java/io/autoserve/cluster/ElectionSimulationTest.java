package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Simulates elections with slow answers, silent networks, frozen processes and resignations. */
class ElectionSimulationTest {

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void never_do_two_believe_that_they_lead_and_in_the_end_one_does(long seed) {
        var clusterState = new SimulatedCluster(seed);
        clusterState.runFor(
                Duration.ofMinutes(2),
                () -> {
                    assertThat(clusterState.believed()).hasSizeLessThan(2);
                    assertThat(clusterState.believed()).allMatch(clusterState.written()::equals);
                });
        clusterState.endTroubles();
        clusterState.runFor(Duration.ofSeconds(15), () -> {});

        assertThat(clusterState.believed()).containsExactly(clusterState.written());
        assertThat(clusterState.written().epoch()).as("terms begun").isGreaterThan(5);
    }
}
