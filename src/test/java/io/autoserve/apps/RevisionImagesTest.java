package io.autoserve.apps;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static io.autoserve.testing.Fixtures.starting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.Settings;
import io.autoserve.apps.RevisionImages.Preparation;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Launch;
import io.autoserve.model.Term;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.store.FencedWrites;
import io.autoserve.testing.AbsentDatabase;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.SpecDraft;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RevisionImagesTest {
    private static final Term TERM = new Term(1, new UUID(0, 1));

    private final FakeRuntime engine = new FakeRuntime(() -> NOON);
    private final OneRecord record = new OneRecord();
    private final RevisionImages images = new RevisionImages(engine, record);

    /** Records one image in memory. */
    private final class OneRecord extends Recorder {
        private Optional<String> recorded = Optional.empty();
        private boolean isPrivate;

        OneRecord() {
            super(
                    TERM,
                    new FencedWrites(
                            new AbsentDatabase().database(),
                            "controller",
                            () -> NOON,
                            Settings.MAX_INSTANCES,
                            InstanceLimits.NONE),
                    engine,
                    () -> NOON);
        }

        @Override
        Optional<String> resolved(App app, Image image, ImageAccess access) {
            if (recorded.isEmpty() && (access.isProven() || !isPrivate)) {
                recorded = Optional.of(image.name());
            }
            return recorded;
        }
    }

    @Test
    void what_is_recorded_is_created_and_the_engine_is_not_asked() {
        var web = web("shop:1", PullPolicy.ALWAYS).running("shop@sha256:12");
        engine.missing("shop:1");

        assertThat(next(web, false)).isEqualTo(create(web, "shop@sha256:12"));
    }

    @Test
    void the_first_start_records_what_the_name_means_then() {
        var web = web("shop:1", PullPolicy.IF_NOT_PRESENT);
        var then = means("shop:1");

        assertThat(next(web, false)).isEqualTo(create(web, then));
        assertThat(record.recorded).contains(then);

        engine.moved("shop:1");
        assertThat(next(web, false)).isEqualTo(create(web, then)); // another start of this pass
    }

    @Test
    void the_policy_always_pulls_before_it_records() {
        var web = web("shop:1", PullPolicy.ALWAYS);

        assertThat(next(web, false)).isEqualTo(new Preparation.Pull(launch(web)));
        assertThat(record.recorded).isEmpty();
        assertThat(next(web, true)).isEqualTo(create(web, means("shop:1")));
    }

    @Test
    void an_image_that_the_engine_lacks_is_pulled() {
        engine.unpulled("shop:1");
        var web = web("shop:1", PullPolicy.IF_NOT_PRESENT);

        assertThat(next(web, false)).isEqualTo(new Preparation.Pull(launch(web)));
        assertThatThrownBy(() -> next(web, true))
                .isInstanceOf(EngineException.class)
                .hasMessage(
                        "image 'shop:1' was pulled but is missing again: check what removes images on this machine");
    }

    @Test
    void an_image_that_may_not_be_pulled_must_be_there() {
        engine.unpulled("shop:1");
        var web = web("shop:1", PullPolicy.NEVER);

        assertThatThrownBy(() -> next(web, false))
                .isInstanceOf(EngineException.class)
                .hasMessage(
                        "image 'shop:1' not found on this machine and its pull policy is Never: build or load it, or choose IfNotPresent");
    }

    @Test
    void an_image_of_this_machine_is_never_pulled() {
        var web = web("localhost/shop", PullPolicy.ALWAYS);
        assertThat(next(web, false)).isInstanceOf(Preparation.Create.class);

        engine.unpulled("localhost/blog");
        var blog = web("localhost/blog", PullPolicy.ALWAYS);
        record.recorded = Optional.empty();
        assertThatThrownBy(() -> next(blog, false))
                .isInstanceOf(EngineException.class)
                .hasMessage(
                        "image 'localhost/blog' not found on this machine, and images that start with localhost/ are never pulled: build or load it");
    }

    @Test
    void a_recorded_image_with_a_digest_can_be_pulled_again() {
        var web = web("shop:1", PullPolicy.IF_NOT_PRESENT).running("shop@sha256:12");
        var launch = launch(web).from("shop@sha256:12");

        assertThat(RevisionImages.missing(web, launch, false))
                .isEqualTo(new Preparation.Pull(launch));
    }

    @Test
    void a_recorded_image_without_a_digest_that_is_gone_fails_the_start_with_the_way_out() {
        var web = web("shop:1", PullPolicy.IF_NOT_PRESENT).running("sha256:12");

        assertThatThrownBy(() -> RevisionImages.missing(web, launch(web).from("sha256:12"), false))
                .isInstanceOf(EngineException.class)
                .hasMessage(
                        "image 'shop:1' of revision 1 is gone from this machine, and no registry can deliver it because it has no digest (sha256:12): load it again, or build another one and run 'autoserve apply'");
    }

    @Test
    void access_to_a_private_image_that_the_engine_has_is_proven_first() {
        record.isPrivate = true;
        var web = web("shop:1", PullPolicy.IF_NOT_PRESENT);

        assertThat(next(web, false)).isInstanceOf(Preparation.Prove.class);
        assertThat(record.recorded).isEmpty();
        assertThat(next(web, true)).isEqualTo(create(web, means("shop:1")));
    }

    private static App web(String image, PullPolicy policy) {
        return app(SpecDraft.of("web").image(image).pullPolicy(policy).spec(), 1);
    }

    private Preparation next(App app, boolean pulled) {
        return images.next(app, launch(app), pulled ? ImageAccess.PUBLIC : ImageAccess.UNPROVEN);
    }

    private static Launch launch(App app) {
        return new Launches(_ -> Optional.empty()).of(app, starting(app, 0), TERM);
    }

    private static Preparation create(App app, String image) {
        return new Preparation.Create(launch(app).from(image));
    }

    private String means(String name) {
        return engine.image(name).orElseThrow().name();
    }
}
