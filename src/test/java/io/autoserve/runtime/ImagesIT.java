package io.autoserve.runtime;

import static io.autoserve.runtime.ContainerRuntimeContract.launch;
import static io.autoserve.runtime.ContainerRuntimeContract.withImage;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.exception.NotFoundException;
import io.autoserve.model.Image;
import io.autoserve.model.RegistryRules;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
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
