package io.autoserve.runtime;

import static io.autoserve.runtime.ContainerRuntimeContract.launch;
import static io.autoserve.runtime.ContainerRuntimeContract.withImage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.exception.NotFoundException;
import io.autoserve.model.Image;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Checks that an image is pulled once and removed when it is no longer needed, and that images that
 * AutoServe did not pull are kept.
 */
class ImagesIT {
    private static final Engine engine = new Engine(URI.create("unix:///var/run/docker.sock"));

    private static Vertx vertx;
    private static ToyRegistry registry;

    private final List<Image> fetched = new ArrayList<>();
    private final Images images = new Images(engine, RegistryRules.EVERY, fetched::add);

    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        registry = new ToyRegistry(vertx);
    }

    @AfterAll
    static void stop() {
        registry.close();
        engine.close();
        vertx.close().await();
    }

    @Test
    void tells_what_it_fetched_and_not_what_was_there() {
        var name = registry.publish("told", "1");

        pull(name);
        pull(name);

        assertThat(fetched).extracting(Image::name).containsExactly(name + ":latest");
        assertThat(images.forget(fetched.getFirst())).isTrue();
        assertThat(there(fetched.getFirst())).isFalse();
        assertThat(images.forget(fetched.getFirst())).isTrue(); // succeeds for a missing image too
    }

    @Test
    void what_a_tag_meant_before_goes_and_what_it_means_now_stays() {
        var name = registry.publish("moved", "1");
        pull(name);
        registry.publish("moved", "2");
        pull(name);

        assertThat(fetched).hasSize(2);
        assertThat(images.forget(fetched.getFirst())).isTrue();

        assertThat(there(fetched.getFirst())).isFalse();
        assertThat(there(fetched.getLast())).isTrue();
        assertThat(images.forget(fetched.getLast())).isTrue();
    }

    @Test
    void what_a_container_uses_stays() {
        pull(registry.publish("used", "1"));
        var image = fetched.getFirst();
        var container =
                engine.call(
                        "create", client -> client.createContainerCmd(image.name()).exec().getId());

        assertThat(images.forget(image)).isFalse();
        assertThat(there(image)).isTrue();

        new Containers(engine).remove(container);
        assertThat(images.forget(image)).isTrue();
    }

    @Test
    void an_image_is_found_by_its_digest_also_after_its_tag_has_moved() {
        var name = registry.publish("pinned", "1");
        assertThat(images.find(name)).isEmpty();
        pull(name);
        var first = images.find(name).orElseThrow();
        assertThat(first.name()).matches(Pattern.quote(name) + "@sha256:[0-9a-f]{64}");
        assertThat(images.offered(name, null)).isEqualTo(first.name());

        registry.publish("pinned", "2");
        assertThat(images.offered(name, null)).isNotEqualTo(first.name());
        assertThat(images.find(name)).contains(first);
        pull(name);

        assertThat(images.find(name).map(Image::name)).contains(images.offered(name, null));
        assertThat(images.find(first.name())).contains(first);
        assertThat(images.offered(first.name(), null)).isEqualTo(first.name());
        fetched.forEach(image -> assertThat(images.forget(image)).isTrue());
    }

    @Test
    void an_image_without_a_digest_is_found_by_its_id() {
        var name = registry.publish("imported", "1");
        pull(name);
        var id = fetched.getFirst().id();
        engine.tell("tag", client -> client.tagImageCmd(id, "localhost/t-imported", "1").exec());

        var local = images.find("localhost/t-imported:1").orElseThrow();

        assertThat(local).isEqualTo(new Image(id, id));
        assertThat(images.find(id)).contains(local);
        assertThat(images.forget(new Image("localhost/t-imported:1", id))).isTrue();
        assertThat(images.forget(fetched.getFirst())).isTrue();
    }

    @Test
    void a_registry_that_does_not_answer_gives_no_access() {
        assertThatThrownBy(() -> images.offered("127.0.0.1:1/none", null))
                .isExactlyInstanceOf(EngineException.class)
                .hasMessageStartingWith(
                        "the registry of image '127.0.0.1:1/none' gives no access to it (")
                .hasMessageContaining("registryAuth");
    }

    @Test
    void a_private_image_that_the_engine_has_is_offered_only_for_its_credentials() {
        var name = registry.publish("closed", "1");
        pull(name);
        var credentials = registry.closeFor("ann", "right");
        try {
            var digest = images.find(name).orElseThrow().name();

            assertThat(images.offered(digest, credentials)).isEqualTo(digest);
            for (var wrong : Arrays.asList(null, credentials.replace("right", "wrong"))) {
                assertThatThrownBy(() -> images.offered(digest, wrong))
                        .isInstanceOf(EngineException.class)
                        .hasMessageContaining("gives no access to it");
            }
        } finally {
            registry.open();
        }
        assertThat(images.forget(fetched.getFirst())).isTrue();
    }

    private void pull(String name) {
        images.pull(withImage(name, launch(0, 7)), _ -> {});
    }

    private static boolean there(Image image) {
        return engine.call(
                "inspect",
                client -> {
                    try {
                        client.inspectImageCmd(image.id()).exec();
                        return true;
                    } catch (NotFoundException none) {
                        return false;
                    }
                });
    }
}
