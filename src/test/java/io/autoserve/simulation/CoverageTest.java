package io.autoserve.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CoverageTest {
    @Test
    void the_coverages_of_several_processes_add_up() {
        var one = new Coverage();
        one.saw(Coverage.transition("", "STARTING"));
        one.saw(Coverage.event("AppScaled"));
        var other = new Coverage();
        other.saw(Coverage.event("AppScaled"));

        var all = new Coverage();
        all.add(Coverage.of(one.toString().lines().toList()));
        all.add(Coverage.of(other.toString().lines().toList()));

        assertThat(all.toString().lines())
                .containsExactly("covered 2 event AppScaled", "covered 1 transition -STARTING");
    }

    @Test
    void what_never_occurred_is_missing() {
        var coverage = new Coverage();
        coverage.saw(Coverage.event("AppScaled"));

        assertThat(coverage.missing())
                .contains("event AppUpdated", "fault CLOCK_STEPS", "action Resume")
                .doesNotContain("event AppScaled", "event TaskStarted");
    }
}
