package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.Refusal.Fault;
import io.autoserve.testing.SpecDraft;
import org.junit.jupiter.api.Test;

class InstanceLimitsTest {
    private static final InstanceLimits LIMITS =
            new InstanceLimits(new Resources(100, 1000), new Resources(500, 4000));

    @Test
    void fills_in_only_what_the_spec_does_not_limit() {
        assertThat(LIMITS.filled(SpecDraft.of("web").spec()).resources())
                .isEqualTo(new Resources(100, 1000));
        assertThat(LIMITS.filled(SpecDraft.of("web").resources(200, 0).spec()).resources())
                .isEqualTo(new Resources(200, 1000));
    }

    @Test
    void a_maximum_is_the_default_if_there_is_no_other() {
        var limits = new InstanceLimits(Resources.UNLIMITED, new Resources(500, 0));

        assertThat(limits.filled(SpecDraft.of("web").spec()).resources())
                .isEqualTo(new Resources(500, 0));
    }

    @Test
    void without_limits_a_spec_stays_as_it_is() {
        var spec = SpecDraft.of("web").spec();

        assertThat(InstanceLimits.NONE.filled(spec)).isEqualTo(spec);
        assertThatCode(() -> InstanceLimits.NONE.require(spec)).doesNotThrowAnyException();
    }

    @Test
    void refuses_more_than_the_maximum_and_names_each_place() {
        LIMITS.require(SpecDraft.of("web").resources(500, 4000).spec());

        assertThatThrownBy(() -> LIMITS.require(SpecDraft.of("web").resources(501, 4001).spec()))
                .isInstanceOfSatisfying(
                        Refusal.class,
                        refusal ->
                                assertThat(refusal.faults())
                                        .extracting(Fault::pointer)
                                        .containsExactly(
                                                "/spec/resources/cpu", "/spec/resources/memory"))
                .hasMessage(
                        "cpu must be at most 500m on this installation (AUTOSERVE_MAX_CPU), was 501m");
    }

    @Test
    void no_limit_is_more_than_any_maximum() {
        assertThatThrownBy(() -> LIMITS.require(SpecDraft.of("web").resources(500, 0).spec()))
                .hasMessage(
                        "memory must be at most 4000 bytes on this installation (AUTOSERVE_MAX_MEMORY), was unlimited");
    }

    @Test
    void a_default_above_the_maximum_is_refused() {
        assertThatThrownBy(() -> new InstanceLimits(new Resources(2, 0), new Resources(1, 0)))
                .hasMessageContaining("must not be higher than the maximum");
    }
}
