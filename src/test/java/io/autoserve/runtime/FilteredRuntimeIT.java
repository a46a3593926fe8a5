package io.autoserve.runtime;

import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Container;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Launch;
import io.autoserve.model.RegistryRules;
import io.autoserve.model.Security;
import io.autoserve.model.Session;
import io.autoserve.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Runs the contract on the Docker Engine of this machine through the filter, as controllers do. */
class FilteredRuntimeIT extends ContainerRuntimeContract {
    private static final String INSTALLATION = "t-filtered";
    private static final String SUBNET = "172.31.10.0/24";

    /** The engine itself, for what no controller does. */
    private static final Engine direct = new Engine(URI.create("unix:///var/run/docker.sock"));

    private static final PlatformContainers platform = new PlatformContainers(direct, INSTALLATION);

    private static @Nullable EngineFilter filter;
    private static @Nullable Engine engine;
    private static @Nullable DockerRuntime runtime;

    @BeforeAll
    static void start() {
        platform.removeAll();
        filter = EngineFilter.start(INSTALLATION, INSTALLATION, SUBNET);
        engine = new Engine(filter.address());
        var network = new InstanceNetwork(engine, INSTALLATION, INSTALLATION, SUBNET);
        network.ensure();
        network.ensure();
        runtime =
                new DockerRuntime(engine, INSTALLATION, network, RegistryRules.EVERY, _ -> {});
    }

    @AfterEach
    void removeContainers() {
        runtime().list().forEach(container -> runtime().remove(container.id()));
    }

    @AfterAll
    static void stop() {
        platform.removeAll();
        direct.close();
        if (engine != null) {
            engine.close();
        }
        if (filter != null) {
            filter.close();
        }
    }

    @Override
    ContainerRuntime runtime() {
        return requireNonNull(runtime);
    }

    @Override
    void freeze(Container container) {
        direct.tell("pause", client -> client.pauseContainerCmd(container.id()).exec());
    }

    @Override
    Security security(Container container) {
        var seen =
                direct.call("inspect", c -> c.inspectContainerCmd(container.id()).exec())
                        .getHostConfig();
        return new Security(
                Stream.of(requireNonNull(seen.getCapAdd()))
                        .map(capability -> Security.Capability.valueOf(capability.name()))
                        .toList(),
                requireNonNull(seen.getPrivileged()),
                requireNonNull(seen.getReadonlyRootfs()),
                List.copyOf(requireNonNullElse(seen.getTmpFs(), Map.<String, String>of()).keySet()),
                requireNonNull(seen.getPidsLimit()).intValue());
    }

    @Override
    Container ended(Launch launch, int exitCode, String... lines) {
        var script = new StringBuilder();
        List.of(lines).forEach(line -> script.append("echo ").append(line).append("; "));
        var container = runtime().start(withArgs(launch, "sh", "-c", script + "exit " + exitCode));
        await(
                container.name() + " has ended",
                () -> runtime().ending(container.id()),
                ending -> ending.exitCode() != null);
        return container;
    }

    @Test
    void a_command_answers_after_its_input_has_ended() throws Exception {
        var container = runtime().start(launch(0, 7));
        try (var streams = new ContainerStreams(requireNonNull(filter).address())) {
            var heard = new Heard();
            var command =
                    new ExecCommand(List.of("sh", "-c", "wc -c; exit 3"), true, false, 80, 24);

            var session = streams.run(container.id(), command, heard);
            session.write("x".repeat(300_000).getBytes(StandardCharsets.UTF_8));
            session.endInput();

            assertThat(heard.code()).isEqualTo(3);
            assertThat(heard.text().strip()).isEqualTo("300000");
        }
    }

    @Test
    void a_terminal_has_its_size_and_takes_input() throws Exception {
        var container = runtime().start(launch(0, 7));
        try (var streams = new ContainerStreams(requireNonNull(filter).address())) {
            var heard = new Heard();
            var command =
                    new ExecCommand(
                            List.of("sh", "-c", "read line; stty size; echo got $line"),
                            true,
                            true,
                            100,
                            40);

            var session = streams.run(container.id(), command, heard);
            session.resize(100, 40);
            session.write("hello\n".getBytes(StandardCharsets.UTF_8));

            assertThat(heard.code()).isZero();
            assertThat(heard.text()).contains("40 100", "got hello");
        }
    }

    /** Keeps what a command wrote until it has ended. */
    private static final class Heard implements Session.Output {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<Integer> code = new CompletableFuture<>();

        @Override
        public void bytes(boolean error, byte[] part) {
            bytes.writeBytes(part);
        }

        @Override
        public void ended(int exitCode) {
            code.complete(exitCode);
        }

        @Override
        public void failed(String reason) {
            code.completeExceptionally(new AssertionError(reason));
        }

        int code() throws Exception {
            return code.get(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
