package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static io.autoserve.testing.Fixtures.app;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.autoserve.testing.FakeRuntime;
import io.autoserve.testing.FakeRuntime.Call;
import io.autoserve.testing.FakeRuntime.Fault;
import io.autoserve.testing.FakeRuntime.Operation;
import io.autoserve.testing.SpecDraft;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class MovedTagsTest {
    private final FakeRuntime engine = new FakeRuntime(() -> NOON);
    private final MovedTags tags = new MovedTags(engine, _ -> Optional.of(new Hidden("right")));

    @Test
    void a_name_that_means_what_the_app_runs_has_not_moved() {
        assertThat(tags.outdated(running(web(PullPolicy.IF_NOT_PRESENT)), "ann")).isNull();
        assertThat(tags.outdated(running(web(PullPolicy.ALWAYS)), "ann")).isNull();
    }

    @Test
    void a_name_that_means_another_image_now_has_moved() {
        for (var policy : PullPolicy.values()) {
            var web = running(web(policy));
            engine.moved("shop:1");
            assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());
        }
    }

    @Test
    void an_app_that_runs_no_image_yet_is_not_outdated() {
        assertThat(tags.outdated(web(PullPolicy.ALWAYS), "ann")).isNull();
        assertThat(engine.calls()).isEmpty();
    }

    @Test
    void an_image_that_is_gone_from_the_engine_has_moved_if_the_registry_has_another_one() {
        var web = running(web(PullPolicy.IF_NOT_PRESENT));
        var never = running(web(PullPolicy.NEVER));
        engine.unpulled("shop:1");
        assertThat(tags.outdated(web, "ann")).isNull();

        engine.moved("shop:1");
        assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());
        assertThat(tags.outdated(never, "ann")).isNull();
    }

    @Test
    void the_policy_always_asks_the_registry_with_the_apps_credentials() {
        tags.outdated(running(web(PullPolicy.IF_NOT_PRESENT)), "ann");
        assertThat(engine.calls()).isEmpty();

        engine.closed("shop", "right");
        var web = running(web(PullPolicy.ALWAYS));
        engine.moved("shop:1");
        assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());
        assertThat(engine.calls()).containsExactly(new Call(Operation.OFFERED, "shop:1"));
    }

    @Test
    void a_registry_that_refuses_leaves_the_app_as_it_is() {
        var web = running(web(PullPolicy.ALWAYS));
        engine.moved("shop:1");
        engine.closed("shop", "other");

        assertThat(tags.outdated(web, "ann")).isNull();
    }

    @Test
    void a_registry_that_does_not_answer_blocks_only_its_own_images() throws InterruptedException {
        var silent = running(web("silent.example.com/shop:1"));
        var other = running(web("other.example.com/shop:1"));
        var hub = running(web("shop:1"));
        var threads = hang("ann", silent);

        assertThatThrownBy(() -> tags.outdated(silent, "ann"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("waiting for the registry silent.example.com, so")
                .hasMessageContaining("retry in a few seconds");
        assertThatThrownBy(() -> tags.outdated(running(web("silent.example.com:81/shop:1")), "ann"))
                .as("another port of its host")
                .isInstanceOf(Refusal.class);
        for (var web : List.of(other, hub)) {
            engine.moved(web.spec().image());
            assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());
        }
        assertThat(tags.outdated(running(web(PullPolicy.NEVER)), "ann")).isNull();

        release(threads);
        engine.moved("silent.example.com/shop:1");
        assertThat(tags.outdated(silent, "ann")).isEqualTo(silent.image());
    }

    @Test
    void registries_that_do_not_answer_one_token_leave_turns_to_others()
            throws InterruptedException {
        var threads =
                hang(
                        "bob",
                        running(web("a.example.com/shop:1")),
                        running(web("b.example.com/shop:1")));
        var web = running(web("shop:1"));
        engine.moved("shop:1");

        assertThatThrownBy(() -> tags.outdated(web, "bob"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("2 applies of 'bob' are waiting for registries")
                .hasMessageContaining("retry in a few seconds");
        assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());

        release(threads);
        assertThat(tags.outdated(web, "bob")).isEqualTo(web.image());
    }

    @Test
    void registries_that_do_not_answer_occupy_only_a_few_writes() throws InterruptedException {
        var silent =
                List.of(
                        running(web("a.example.com/shop:1")),
                        running(web("b.example.com/shop:1")),
                        running(web("c.example.com/shop:1")),
                        running(web("d.example.com/shop:1")));
        var web = running(web("shop:1"));
        engine.moved("shop:1");
        var threads = hang(app -> "token " + silent.indexOf(app) % 2, silent);

        assertThatThrownBy(() -> tags.outdated(web, "ann"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("other applies are waiting for registries")
                .hasMessageContaining("retry in a few seconds");

        release(threads);
        assertThat(tags.outdated(web, "ann")).isEqualTo(web.image());
    }

    private List<Thread> hang(String actor, App... apps) throws InterruptedException {
        return hang(_ -> actor, List.of(apps));
    }

    /** Asks the registries of these apps, which do not answer. Other questions are answered. */
    private List<Thread> hang(Function<App, String> actor, List<App> apps)
            throws InterruptedException {
        var images = apps.stream().map(app -> app.spec().image()).toList();
        engine.faults(call -> images.contains(call.container()) ? Fault.HANGS : Fault.NONE);
        var asking = new CountDownLatch(apps.size());
        engine.effort(_ -> asking.countDown());
        var threads =
                apps.stream()
                        .map(app ->
                                Thread.startVirtualThread(
                                        () -> tags.outdated(app, actor.apply(app))))
                        .toList();
        asking.await();
        return threads;
    }

    private void release(List<Thread> threads) throws InterruptedException {
        engine.release();
        for (var thread : threads) {
            thread.join();
        }
        engine.faults(_ -> Fault.NONE);
    }

    private static App web(String image) {
        var spec = SpecDraft.of("web").image(image).pullPolicy(PullPolicy.ALWAYS);
        return app(spec.spec(), 1);
    }

    private static App web(PullPolicy policy) {
        var spec = SpecDraft.of("web").image("shop:1").pullPolicy(policy).registryAuth("company");
        return app(spec.spec(), 1);
    }

    private App running(App app) {
        return app.running(engine.image(app.spec().image()).orElseThrow().name());
    }
}
