package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.SpecDraft;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the decision about a quota of 10 instances, 1000 bytes and 4 CPUs. */
class QuotaTest {
    private static final Quota QUOTA = new Quota(10, 1000L, 4000);
    private static final long NONE = Footprint.UNLIMITED;

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a new app that fits exactly           | 7 | 600  | 2000 | 0 | 0   | 0    | 3  | 400 | 2000 |
                    one instance too many                 | 7 | 0    | 0    | 0 | 0   | 0    | 4  | 1   | 1    | the quota is 10 instances, of which other apps use 7 instances, and this app asks for 4 instances
                    one instance more of an app           | 7 | 0    | 0    | 3 | 1   | 1    | 4  | 1   | 1    | the quota is 10 instances
                    too much CPU                          | 1 | 0    | 3000 | 0 | 0   | 0    | 1  | 1   | 1500 | the quota is 4.0 CPUs, of which other apps use 3.0 CPUs, and this app asks for 1.5 CPUs
                    too much memory                       | 1 | 900  | 0    | 1 | 100 | 1    | 1  | 101 | 1    | the quota is 0.0Mi of memory
                    other apps exceed the quota already   | 99| 9999 | 9999 | 5 | 100 | 100  | 5  | 100 | 100  |
                    less of an app while others exceed it | 99| 9999 | 9999 | 5 | 100 | 100  | 4  | 80  | 80   |
                    more memory with fewer instances      | 5 | 900  | 0    | 5 | 100 | 100  | 1  | 200 | 100  | of memory
                    """)
    void decides(
            String name,
            long usedInstances,
            long usedMemory,
            long usedCpu,
            long hadInstances,
            long hadMemory,
            long hadCpu,
            long askedInstances,
            long askedMemory,
            long askedCpu,
            String objection) {
        var had = new Footprint(hadInstances, hadMemory, hadCpu);
        var asked = new Footprint(askedInstances, askedMemory, askedCpu);

        var decision =
                QUOTA.objection(new Footprint(usedInstances, usedMemory, usedCpu), had, asked, 0);

        if (objection == null) {
            assertThat(decision).isEmpty();
        } else {
            assertThat(decision).hasValueSatisfying(it -> assertThat(it).contains(objection));
            assertThat(QUOTA.concerns(had, asked)).isTrue();
        }
    }

    @Test
    void instances_that_only_a_rollout_adds_are_named() {
        var asked = new Footprint(11, 100, 100);

        assertThat(QUOTA.objection(Footprint.NOTHING, Footprint.NOTHING, asked, 1))
                .hasValueSatisfying(it ->
                        assertThat(it)
                                .contains(
                                        "asks for 11 instances (10, and 1 that a rollout may add)"));
    }

    @Test
    void an_app_without_a_limit_is_refused_with_the_way_out() {
        var asked = new Footprint(1, NONE, 100);

        assertThat(QUOTA.objection(Footprint.NOTHING, Footprint.NOTHING, asked, 0))
                .contains(
                        "the quota is 0.0Mi of memory, but the app has no limit of it: set spec.resources.memory");
    }

    @Test
    void an_app_without_a_limit_gets_no_more_instances_but_may_keep_those_it_has() {
        var had = new Footprint(1, NONE, NONE);

        assertThat(QUOTA.objection(Footprint.NOTHING, had, new Footprint(2, NONE, NONE), 1))
                .isPresent();
        assertThat(QUOTA.objection(Footprint.NOTHING, had, had, 0)).isEmpty();
    }

    @Test
    void what_has_no_quota_is_never_refused() {
        var asked = new Footprint(1_000_000, NONE, NONE);

        assertThat(Quota.NONE.objection(asked, Footprint.NOTHING, asked, 0)).isEmpty();
        assertThat(new Quota(10, null, null).objection(asked, asked, asked, 0)).isEmpty();
    }

    @Test
    void a_quota_of_nothing_is_refused() {
        assertThatThrownBy(() -> new Quota(0, null, null))
                .hasMessage("the quota of instances must be at least 1, was 0");
    }

    @Test
    void an_app_uses_its_reach_times_its_limits() {
        var app = Fixtures.app(SpecDraft.of("web").resources(500, 1 << 20).spec(), 3);

        // one more instance in a rollout
        assertThat(Footprint.of(app, null, List.of())).isEqualTo(new Footprint(4, 4L << 20, 2000));
    }

    @Test
    void during_a_rollout_the_higher_limits_count() {
        var before = Fixtures.app(SpecDraft.of("web").resources(500, 1 << 20).spec(), 1);
        var after = Fixtures.app(SpecDraft.of("web").resources(100, 1 << 21).spec(), 1);

        assertThat(Footprint.of(after, before, List.of()))
                .isEqualTo(new Footprint(2, 2L << 21, 1000));
    }

    @Test
    void an_instance_of_another_revision_counts_with_its_own_limits_if_they_are_higher() {
        var app = Fixtures.app(SpecDraft.of("web").resources(500, 100).spec(), 3);
        var present =
                List.of(new Resources(500, 100), new Resources(100, 1000), new Resources(700, 10));

        assertThat(Footprint.of(app, null, present)).isEqualTo(new Footprint(4, 1300, 2200));
    }

    @Test
    void an_instance_without_a_limit_leaves_the_app_without_one() {
        var app = Fixtures.app(SpecDraft.of("web").resources(500, 100).spec(), 3);

        assertThat(Footprint.of(app, null, List.of(Resources.UNLIMITED)))
                .isEqualTo(new Footprint(4, NONE, NONE));
    }

    @Test
    void instances_beyond_the_reach_count_until_they_leave() {
        var app = Fixtures.app(SpecDraft.of("web").resources(500, 100).spec(), 1);
        var present = Collections.nCopies(5, new Resources(500, 100));

        assertThat(Footprint.of(app, null, present)).isEqualTo(new Footprint(5, 500, 2500));
    }

    @Test
    void an_empty_app_counts_as_one_instance() {
        var spec =
                SpecDraft.of("web").resources(500, 1 << 20).rollout(Fixtures.rollout(0, 1)).spec();

        assertThat(Footprint.of(Fixtures.app(spec, 0), null, List.of()))
                .isEqualTo(new Footprint(1, 1L << 20, 500));
    }

    @Test
    void sums_do_not_overflow() {
        var huge = new Footprint(1, Long.MAX_VALUE - 1, 1);

        assertThat(huge.plus(huge).memoryBytes()).isEqualTo(Footprint.UNLIMITED);
    }
}
