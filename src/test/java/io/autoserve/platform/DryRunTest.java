package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.ready;
import static io.autoserve.testing.Fixtures.rollout;
import static io.autoserve.testing.Fixtures.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.App;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.Instance;
import io.autoserve.platform.Apps.Edit;
import io.autoserve.platform.Apps.Preview;
import io.autoserve.testing.ScalingDraft;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import org.junit.jupiter.api.Test;

class DryRunTest {
    private static final App WEB = app(spec("web", "web:1", rollout(1, 0)), 2);
    private static final List<Instance> SERVING = List.of(ready(WEB, 0), ready(WEB, 1));

    @Test
    void a_new_app_starts_its_instances() {
        var preview = DryRun.registration(WEB.spec(), NOON);

        assertThat(preview.outcome()).isEqualTo(ApplyOutcome.CREATED);
        assertThat(preview.revision()).isOne();
        assertThat(preview.changes()).isEmpty();
        assertThat(steps(preview)).containsExactly("start web-0");
    }

    @Test
    void an_equal_spec_changes_nothing() {
        var preview = DryRun.change(WEB, null, WEB.spec(), false, SERVING, NOON);

        assertThat(preview.outcome()).isEqualTo(ApplyOutcome.UNCHANGED);
        assertThat(preview.revision()).isOne();
        assertThat(preview.changes()).isEmpty();
        assertThat(preview.actions()).isEmpty();
    }

    @Test
    void an_equal_spec_whose_tag_has_moved_replaces_the_instances() {
        var preview = DryRun.change(WEB, null, WEB.spec(), true, SERVING, NOON);

        assertThat(preview.outcome()).isEqualTo(ApplyOutcome.CHANGED);
        assertThat(preview.revision()).isEqualTo(2);
        assertThat(preview.changes()).isEmpty();
        assertThat(steps(preview)).contains("start web-2", "drain web-0", "drain web-1");
    }

    @Test
    void another_image_replaces_one_instance_after_the_other() {
        var preview =
                DryRun.change(WEB, null, spec("web", "web:2", rollout(1, 0)), false, SERVING, NOON);

        assertThat(preview.outcome()).isEqualTo(ApplyOutcome.CHANGED);
        assertThat(preview.revision()).isEqualTo(2);
        assertThat(preview.changes()).containsExactly(new Edit("/spec/image", "web:1", "web:2"));
        assertThat(steps(preview))
                .containsExactly(
                        "start web-2", "drain web-0", "start web-3", "drain web-1", "complete web");
    }

    @Test
    void other_bounds_replace_nothing() {
        var wider =
                SpecDraft.of("web")
                        .image("web:1")
                        .rollout(rollout(1, 0))
                        .scaling(new ScalingDraft().bounds(3, 100).scaling())
                        .spec();

        assertThat(steps(DryRun.change(WEB, null, wider, false, SERVING, NOON)))
                .containsExactly("start web-2");
    }

    @Test
    void the_earlier_image_ends_a_rollout_without_replacing_what_serves() {
        var rolling =
                WEB.revised(spec("web", "web:2", rollout(1, 0)), 2, null, NOON.minusSeconds(9));

        var preview = DryRun.change(rolling, WEB, WEB.spec(), false, SERVING, NOON);

        assertThat(preview.revision()).isEqualTo(3);
        assertThat(preview.actions()).isEmpty();
    }

    private static List<String> steps(Preview preview) {
        return preview.actions().stream().map(it -> it.action() + " " + it.subject()).toList();
    }
}
