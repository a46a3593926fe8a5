package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.model.Network;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.PlatformContainers.Folder;
import io.autoserve.runtime.PlatformContainers.PublishedPort;
import io.autoserve.runtime.PlatformContainers.Spec;
import io.autoserve.testing.EnginePace;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlatformContainersIT {
    private static final String INSTALLATION = "t-runtime-platform";
    private static final String NAME = "t-runtime-nginx";
    private static final String ADDRESS = "172.31.4.10";
    private static final Engine engine = new Engine(URI.create("unix:///var/run/docker.sock"));
    private static final PlatformContainers platform = new PlatformContainers(engine, INSTALLATION);
    private static final InstanceNetwork network =
            new InstanceNetwork(engine, INSTALLATION, INSTALLATION, "172.31.4.0/24");
    private final Containers containers = new Containers(engine);

    @BeforeAll
    static void network() {
        platform.removeAll();
        network.ensure();
    }

    @AfterAll
    static void removesContainersAndNetwork() {
        platform.removeAll();
        var networks = engine.call("list networks", c -> c.listNetworksCmd().exec());
        assertThat(networks).extracting(Network::getName).doesNotContain(INSTALLATION);
        engine.close();
    }

    @Test
    void ensures_once_and_again_only_when_something_changed() {
        assertThat(platform.ensure(spec("sleep", "60"))).isEqualTo(ADDRESS);
        var first = id();

        platform.ensure(spec("sleep", "60"));
        assertThat(id()).isEqualTo(first);

        platform.ensure(spec("sleep", "61"));
        assertThat(id()).isNotEqualTo(first);
    }

    @Test
    void replaces_one_that_was_left_over_ended() {
        platform.ensure(spec("sleep", "60"));
        var first = id();
        platform.signal(NAME, "KILL");

        assertThat(platform.address(NAME)).isEmpty();
        assertThat(platform.ensure(spec("sleep", "60"))).isEqualTo(ADDRESS);
        assertThat(id()).isNotEqualTo(first);
    }

    @Test
    void each_start_has_another_time() {
        platform.ensure(spec("sleep", "60"));
        var first = platform.started(NAME);
        assertThat(first).isPresent().isEqualTo(platform.started(NAME));

        platform.signal(NAME, "KILL");
        platform.start(NAME);

        assertThat(platform.started(NAME)).isPresent().isNotEqualTo(first);
        assertThat(platform.started(NAME + "-gone")).isEmpty();
    }

    @Test
    void mounts_folders_and_executes_commands(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("greeting"), "hello");
        platform.ensure(
                spec(
                        List.of(),
                        List.of(new Folder(folder, "/etc/greetings", true)),
                        "sleep",
                        "60"));

        var seen =
                platform.execute(
                        NAME,
                        List.of("cat", "/etc/greetings/greeting"),
                        EnginePace.patience(Duration.ofSeconds(5)));

        assertThat(seen.output()).isEqualTo("hello");
    }

    @Test
    void a_taken_port_is_named() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = new PublishedPort("127.0.0.1", taken.getLocalPort(), 80);

            assertThatThrownBy(() -> platform.ensure(spec(List.of(port), List.of(), "sleep", "60")))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining(
                            "port %d on 127.0.0.1 is in use".formatted(taken.getLocalPort()));
            assertThat(containers.named(NAME)).isEmpty();
        }
    }

    private String id() {
        return containers.named(NAME).orElseThrow().getId();
    }

    private static Spec spec(String... command) {
        return spec(List.of(), List.of(), command);
    }

    private static Spec spec(List<PublishedPort> ports, List<Folder> folders, String... command) {
        return new Spec(
                NAME,
                ContainerRuntimeContract.IMAGE,
                ports,
                folders,
                Map.of("A", "1", "B", "2"),
                List.of(command),
                INSTALLATION,
                ADDRESS,
                false,
                Map.of());
    }
}
