package io.autoserve.store;

import static io.autoserve.model.ImageAccess.PRIVATE;
import static io.autoserve.model.ImageAccess.PUBLIC;
import static io.autoserve.model.ImageAccess.UNPROVEN;
import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.ApplyOutcome;
import io.autoserve.model.By;
import io.autoserve.model.Deposed;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change.PutApp;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Image;
import io.autoserve.model.ImageAccess;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Term;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Tests which image is recorded for a revision, and who may use a private one. */
class ImageTableIT {
    private static final By ANN = By.actor("ann");
    private static final Image ONE = new Image("shop@sha256:1", "sha256:a");
    private static final Image TWO = new Image("shop@sha256:2", "sha256:b");

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final DesiredState desiredState = store.desiredState();
    private final FencedWrites writes = store.fencedWrites();
    private final Term term = store.beginTerm(1);

    @Test
    void the_image_of_a_revision_is_recorded_once() {
        var web = register(shop("web"));

        assertThat(writes.resolve(term, web, ONE, UNPROVEN)).contains(ONE.name());
        assertThat(writes.resolve(term, web, TWO, PUBLIC)).contains(ONE.name());

        assertThat(now("web").image()).isEqualTo(ONE.name());
        assertThat(new ImageTable(store.database(), () -> NOON).recorded())
                .containsExactly(ONE.id());
        var events =
                store.stateReader().events(EventQuery.behind(0, 100)).stream()
                        .filter(event -> event.is(Event.Type.ImageResolved))
                        .toList();
        assertThat(events)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.reason())
                            .isEqualTo("revision 1 runs image shop:1 as shop@sha256:1");
                    assertThat(event.change()).isEqualTo(PutApp.of(now("web"), false, List.of()));
                });
    }

    @Test
    void a_leader_whose_term_is_over_records_nothing() {
        var web = register(shop("web"));
        store.beginTerm(2);

        assertThatThrownBy(() -> writes.resolve(term, web, ONE, UNPROVEN))
                .isInstanceOf(Deposed.class);
        assertThat(now("web").image()).isNull();
    }

    @Test
    void scaling_and_restarting_keep_the_image_and_another_template_has_none() {
        resolve(register(shop("web")), ONE);

        desiredState.scale("web", 3, ANN);
        desiredState.restart("web", ANN);
        assertThat(now("web").image()).isEqualTo(ONE.name());

        desiredState.apply(shop("web").image("shop:2").spec(), "raw", ANN);
        assertThat(now("web").image()).isNull();
    }

    @Test
    void applying_the_same_spec_makes_a_revision_only_if_the_tag_has_moved() {
        resolve(register(shop("web")), ONE);
        var spec = shop("web").spec();

        assertThat(desiredState.apply(spec, "raw", null, null, ANN).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED);
        assertThat(desiredState.apply(spec, "raw", null, TWO.name(), ANN).outcome())
                .isEqualTo(ApplyOutcome.UNCHANGED); // somebody else has changed the image meanwhile
        assertThatThrownBy(() -> desiredState.apply(spec, "raw", 7, ONE.name(), ANN))
                .isInstanceOf(Refusal.class);

        var renewed = desiredState.apply(spec, "raw", 1, ONE.name(), ANN);

        assertThat(renewed.outcome()).isEqualTo(ApplyOutcome.CHANGED);
        assertThat(renewed.app())
                .extracting(App::revision, App::template, App::image)
                .containsExactly(2, 2, null);
        assertThat(renewed.app().rollout()).isNotNull();
    }

    @Test
    void an_undo_brings_back_the_image_that_ran() {
        resolve(register(shop("web")), ONE);
        desiredState.apply(shop("web").spec(), "raw", null, ONE.name(), ANN);
        resolve(now("web"), TWO);

        desiredState.undo("web", null, ANN); // during the rollout
        assertThat(now("web"))
                .extracting(App::revision, App::template, App::image)
                .containsExactly(3, 1, ONE.name());
        assertThat(now("web").rollout()).isNull();

        desiredState.undo("web", 2, ANN); // without a rollout
        assertThat(now("web"))
                .extracting(App::revision, App::template, App::image)
                .containsExactly(4, 2, TWO.name());
        assertThat(store.stateReader().revisions(now("web").id()))
                .extracting(Revision::image)
                .containsExactly(TWO.name(), ONE.name(), TWO.name(), ONE.name());
    }

    @Test
    void a_start_of_the_revision_before_a_rollout_records_the_image_of_that_revision() {
        var before = register(shop("web"));
        desiredState.apply(shop("web").image("shop:2").spec(), "raw", ANN);

        resolve(before, ONE);

        assertThat(now("web").image()).isNull();
        assertThat(store.stateReader().before(now("web")).orElseThrow().image())
                .isEqualTo(ONE.name());
    }

    @Test
    void a_private_image_needs_a_proof_of_each_app() {
        var owner = register(shop("owner").registryAuth("company"));
        assertThat(writes.resolve(term, owner, ONE, UNPROVEN)).isEmpty();
        var early = register(shop("early"));
        resolve(early, ONE); // the image is not known to be private yet
        resolve(owner, ONE, PRIVATE);

        var other = register(shop("other").image("docker.io/library/shop@sha256:1"));
        assertThat(writes.resolve(term, other, ONE, UNPROVEN)).isEmpty();
        assertThat(now("other").image()).isNull();
        assertThat(writes.resolve(term, other, ONE, PUBLIC)).contains(ONE.name());
        resolve(register(shop("elsewhere").image("other/shop:1")), TWO);
    }

    @Test
    void an_image_that_everybody_may_pull_stays_public_though_an_app_has_credentials_for_it() {
        resolve(register(shop("owner").registryAuth("company")), ONE, PUBLIC);

        resolve(register(shop("web")), ONE);
    }

    @Test
    void an_image_that_no_registry_delivered_does_not_become_private() {
        var loaded = new Image("sha256:a", "sha256:a");
        resolve(register(shop("mallory").registryAuth("company")), loaded, PRIVATE);

        resolve(register(shop("web")), loaded);
    }

    @Test
    void credentials_that_no_registry_has_accepted_make_no_image_private() {
        register(shop("mallory").registryAuth("company"));
        assertThat(writes.resolve(term, now("mallory"), ONE, UNPROVEN)).isEmpty();

        resolve(register(shop("web")), ONE);
    }

    @Test
    void an_image_of_this_machine_needs_no_proof() {
        resolve(register(shop("web").image("localhost/shop").registryAuth("company")), ONE);
    }

    @Test
    void a_record_is_deleted_with_the_last_revision_that_has_its_template() {
        resolve(register(shop("web")), ONE);
        for (var version = 2; version <= 12; version++) {
            desiredState.apply(shop("web").image("shop:" + version).spec(), "raw", ANN);
            store.tables()
                    .execute(
                            "update apps set rollout_from = null, rollout_step = null, rollout_paused = null, rollout_started_at = null, rollout_stepped_at = null, rollout_reason = null");
        }
        assertThat(images()).containsExactly(ONE.name());

        writes.forgetThePast(term);

        assertThat(images()).isEmpty();
    }

    private List<String> images() {
        return store.tables().execute("select image from template_images");
    }

    private static SpecDraft shop(String name) {
        return SpecDraft.of(name).image("shop:1");
    }

    private App register(SpecDraft spec) {
        store.tables()
                .execute(
                        "insert into secrets values ('company', 1, '{*}', 'key', 'sealed', 'ann', now()) on conflict do nothing");
        return desiredState.register(spec.spec(), "raw", ANN).app();
    }

    private void resolve(App app, Image image) {
        resolve(app, image, UNPROVEN);
    }

    private void resolve(App app, Image image, ImageAccess access) {
        assertThat(writes.resolve(term, app, image, access)).contains(image.name());
    }

    private App now(String name) {
        return store.stateReader().clusterState().apps().stream()
                .filter(app -> app.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
