package io.autoserve.runtime;

import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Container;
import io.autoserve.model.Container.State;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Launch;
import io.autoserve.model.RegistryRules;
import io.autoserve.model.Security;
import io.autoserve.model.Session;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import io.autoserve.testing.EnginePace;
import io.autoserve.testing.Eventually;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Runs the contract on the Docker Engine of this machine, and tests what only a real engine can
 * show.
 */
class DockerRuntimeIT extends ContainerRuntimeContract {
    private static final String INSTALLATION = "t-runtime";
    private static final String SUBNET = "172.31.4.0/24";

    /** How long to wait for a short command in a running container. */
    private static final Duration COMMAND = EnginePace.patience(GRACE);

    private static final Engine engine = new Engine(URI.create("unix:///var/run/docker.sock"));
    private static final InstanceNetwork network =
            new InstanceNetwork(engine, INSTALLATION, "t-runtime", SUBNET);
    private static final PlatformContainers platform = new PlatformContainers(engine, INSTALLATION);
    private final DockerRuntime runtime =
            new DockerRuntime(engine, INSTALLATION, network, RegistryRules.EVERY, _ -> {});

    @BeforeAll
    static void network() {
        platform.removeAll();
        network.ensure();
        network.ensure();
    }

    @AfterEach
    void removeContainers() {
        runtime.list().forEach(container -> runtime.remove(container.id()));
    }

    @AfterAll
    static void removeNetwork() {
        platform.removeAll();
        engine.close();
    }

    @Override
    ContainerRuntime runtime() {
        return runtime;
    }

    @Override
    void freeze(Container container) {
        engine.tell("pause", client -> client.pauseContainerCmd(container.id()).exec());
    }

    @Override
    Security security(Container container) {
        var seen = inspect(container).getHostConfig();
        assertThat(seen.getCapDrop()).containsExactly(Capability.ALL);
        var security =
                new Security(
                        Stream.of(requireNonNullElse(seen.getCapAdd(), new Capability[0]))
                                .map(capability -> Security.Capability.valueOf(capability.name()))
                                .toList(),
                        requireNonNull(seen.getPrivileged()),
                        requireNonNull(seen.getReadonlyRootfs()),
                        List.copyOf(
                                requireNonNullElse(seen.getTmpFs(), Map.<String, String>of())
                                        .keySet()),
                        requireNonNull(seen.getPidsLimit()).intValue());
        assertThat(seen.getSecurityOpts())
                .containsExactlyElementsOf(SeccompProfile.options(security));
        return security;
    }

    private InspectContainerResponse inspect(Container container) {
        return engine.call("inspect", c -> c.inspectContainerCmd(container.id()).exec());
    }

    @Override
    Container ended(Launch launch, int exitCode, String... lines) {
        return ended(runtime, launch, exitCode, lines);
    }

    private static Container ended(
            ContainerRuntime runtime, Launch launch, int exitCode, String... lines) {
        var script = new StringBuilder();
        List.of(lines).forEach(line -> script.append("echo ").append(line).append("; "));
        var container = runtime.start(withArgs(launch, "sh", "-c", script + "exit " + exitCode));
        awaitEnd(runtime, container);
        return container;
    }

    private void awaitEnd(Container container) {
        awaitEnd(runtime, container);
    }

    private static void awaitEnd(ContainerRuntime runtime, Container container) {
        await(
                container.name() + " has ended",
                () -> runtime.ending(container.id()),
                ending -> ending.exitCode() != null);
    }

    @Test
    void what_is_no_longer_permitted_stops_between_two_steps_and_can_be_finished_by_another() {
        var launch = launch(0, 7);
        assertThatThrownBy(() -> permitted(1).start(launch)).isInstanceOf(NotPermitted.class);
        var created = runtime.list().getFirst();
        assertThat(created.state()).isEqualTo(State.CREATED);

        assertThat(runtime.start(launch).id()).isEqualTo(created.id());
        assertThatThrownBy(() -> permitted(1).stop(created.id(), Duration.ZERO))
                .isInstanceOf(NotPermitted.class);
        assertThat(runtime.list().getFirst().state()).isEqualTo(State.EXITED);

        assertThatThrownBy(() -> permitted(0).remove(created.id()))
                .isInstanceOf(NotPermitted.class);
        assertThat(runtime.list()).hasSize(1);
    }

    /**
     * Returns a runtime that may send only this many requests that change something. It may read
     * without limit.
     */
    private DockerRuntime permitted(int requests) {
        var left = new AtomicInteger(requests);
        return new DockerRuntime(
                engine.whilst(() -> left.getAndDecrement() > 0),
                INSTALLATION,
                network,
                RegistryRules.EVERY,
                _ -> {});
    }

    @Test
    void variables_hold_values_and_the_address_of_the_container() {
        var container = runtime.start(launch(0, 7));

        var seen =
                runtime.execute(
                        container.id(),
                        List.of("sh", "-c", "echo $GREETING $SELF $(hostname -I)"),
                        COMMAND);

        assertThat(seen.output().strip())
                .isEqualTo("hello %1$s %1$s".formatted(container.address()));
    }

    @Test
    void limits_labels_and_volumes_are_as_described() {
        var volumes =
                List.of(new Volume("data", "/data", false), new Volume("/etc", "/host", true));
        var container = runtime.start(limited(volumes, new Resources(500, 64 << 20)));
        try {
            var seen = inspect(container);

            assertThat(seen.getHostConfig().getNanoCPUs()).isEqualTo(500_000_000L);
            assertThat(seen.getHostConfig().getMemory()).isEqualTo(64L << 20);
            assertThat(seen.getHostConfig().getMemorySwap()).isEqualTo(64L << 20);
            assertThat(seen.getConfig().getLabels())
                    .containsEntry("autoserve.label.team", "web")
                    .doesNotContainKey("team")
                    .containsEntry("autoserve.app", "t-runtime")
                    .containsEntry("autoserve.epoch", "5")
                    .containsEntry("autoserve.term", "00000000-0000-0000-0000-000000000005");
            assertThat(seen.getMounts())
                    .extracting("name", "rW")
                    .containsExactlyInAnyOrder(
                            tuple("t-runtime.t-runtime.data", true), tuple(null, false));
        } finally {
            runtime.remove(container.id());
            engine.tell("remove", c -> c.removeVolumeCmd("t-runtime.t-runtime.data").exec());
        }
    }

    @Test
    void the_anonymous_volumes_of_a_container_go_with_it() {
        var made = runtime.start(launch(0, 7));
        var image = docker("commit", "--change", "VOLUME /anonymous", made.id()).strip();
        try {
            runtime.remove(made.id());
            var container = runtime.start(LaunchDraft.of(launch(0, 8)).image(image).launch());
            var mounts = requireNonNull(inspect(container).getMounts());
            var volume = requireNonNull(mounts.getFirst().getName());
            assertThat(docker("volume", "ls", "--quiet")).contains(volume);

            runtime.remove(container.id());

            assertThat(docker("volume", "ls", "--quiet")).doesNotContain(volume);
        } finally {
            docker("rmi", image);
        }
    }

    @Test
    void labels_of_an_image_never_make_a_container_one_of_docker_compose_or_autoserve() {
        var hostile =
                Map.of(
                        "com.docker.compose.project", "autoserve",
                        "com.docker.compose.service", "controller-1",
                        "com.docker.compose.container-number", "1",
                        "com.docker.compose.oneoff", "False",
                        "autoserve.config", "0123456789abcdef",
                        "autoserve.healthcheck", "{\"command\": [\"true\"]}");
        var made = runtime.start(launch(0, 7));
        var image =
                engine.call(
                        "commit", client -> client.commitCmd(made.id()).withLabels(hostile).exec());
        try {
            runtime.remove(made.id());
            var container = runtime.start(LaunchDraft.of(launch(0, 8)).image(image).launch());

            assertThat(inspect(container).getConfig().getLabels())
                    .containsEntry("com.docker.compose.project", "")
                    .containsEntry("com.docker.compose.service", "")
                    .containsEntry("com.docker.compose.container-number", "")
                    .containsEntry("com.docker.compose.oneoff", "")
                    .containsEntry("autoserve.config", "")
                    .containsEntry("autoserve.healthcheck", "");
            runtime.remove(container.id());
        } finally {
            engine.tell("remove image", client -> client.removeImageCmd(image).exec());
        }
    }

    @Test
    void by_default_root_prepares_folders_listens_on_port_80_and_becomes_another_user() {
        var container =
                runtime.start(
                        withArgs(
                                launch(0, 7),
                                "sh",
                                "-c",
                                """
                                mkdir /data && touch /data/file && chown -R www-data:www-data /data
                                perl -MIO::Socket -e '
                                    IO::Socket::INET->new(LocalPort => 80, Listen => 1) or die $!;
                                    $) = "33 33"; $> = $< = 33; die $! if $! && $> != 33;
                                    open(my $file, ">", "/data/file") or die $!;
                                '
                                """));
        awaitEnd(container);

        assertThat(runtime.ending(container.id()))
                .isEqualTo(new ContainerRuntime.Ending(0, false, List.of()));
    }

    /** The numbers are AF_VSOCK, AF_ALG, and the call for a socket on amd64 and on arm64. */
    @Test
    void a_container_opens_ordinary_sockets_but_none_to_the_hypervisor_or_to_cryptography() {
        var container = runtime.start(launch(0, 7));

        assertThat(said(container, "grep Seccomp: /proc/self/status"))
                .isEqualToNormalizingWhitespace("Seccomp: 2");
        assertThat(
                        said(
                                container,
                                """
                                perl -MSocket -e '
                                    for my $family (AF_UNIX, AF_INET, 40, 38) {
                                        my $type = $family == 38 ? 5 : 1;
                                        print socket(my $socket, $family, $type, 0) ? "open\\n" : "$!\\n";
                                    }
                                    for my $call (41, 198) {
                                        print syscall($call, 2 ** 32 + 40, 1, 0) < 0 ? "" : "a long number\\n";
                                    }
                                '
                                """))
                .isEqualTo(
                        """
                        open
                        open
                        Operation not permitted
                        Operation not permitted\
                        """);
    }

    @Test
    void a_confined_container_has_no_capability_and_writes_only_to_memory() {
        var locked = new Security(List.of(), false, true, List.of("/tmp"), 16);
        var container = runtime.start(secured(locked, launch(0, 7)));

        assertThat(said(container, "chown www-data /tmp")).contains("Operation not permitted");
        assertThat(said(container, "touch /file")).contains("Read-only file system");
        assertThat(said(container, "touch /tmp/file && echo written")).isEqualTo("written");
        assertThat(said(container, "grep -E 'CapBnd|NoNewPrivs' /proc/self/status"))
                .isEqualToNormalizingWhitespace("CapBnd: 0000000000000000 NoNewPrivs: 1");
        assertThat(said(container, "for i in $(seq 20); do sleep 60 & done"))
                .contains("Cannot fork");
    }

    /** Runs the command in the container and returns its output. */
    private String said(Container container, String command) {
        return runtime.execute(container.id(), List.of("sh", "-c", command), COMMAND)
                .output()
                .strip();
    }

    @Test
    void the_check_that_an_image_brings_is_left_to_those_who_run_it_alone() {
        var container = runtime.start(launch(0, 7));

        assertThat(inspect(container).getConfig().getHealthcheck())
                .isNotNull()
                .extracting(HealthCheck::getTest)
                .isEqualTo(List.of("NONE"));
    }

    @Test
    void an_address_that_somebody_took_is_passed_over() {
        var first = runtime.start(launch(0, 7));

        var second = runtime.start(launch(1, 7 + 127)); // the /24 has 127 addresses for instances

        assertThat(second.address()).isNotEqualTo(first.address());
        assertThat(runtime.list()).hasSize(2);
    }

    @Test
    void starts_many_at_once() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var starts =
                    IntStream.range(0, 6)
                            .mapToObj(i -> threads.submit(() -> runtime.start(launch(i, 20 + i))))
                            .toList();
            var started = new ArrayList<Container>();
            for (var start : starts) {
                started.add(start.get());
            }
            assertThat(runtime.list()).containsExactlyInAnyOrderElementsOf(started);
        }
    }

    @Test
    void a_program_that_does_not_exist_ends_with_127_and_is_named_in_the_log() {
        var container = runtime.start(withArgs(launch(0, 7), "/no/such/program"));
        awaitEnd(container);

        var ending = runtime.ending(container.id());

        assertThat(ending.exitCode()).isEqualTo(127);
        assertThat(ending.output().toString()).contains("/no/such/program");
    }

    @Test
    void a_container_that_cannot_be_started_leaves_nothing_behind() {
        var launch = LaunchDraft.of(launch(0, 7)).user("nobody-here").launch();

        assertThatThrownBy(() -> runtime.start(launch))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("refused to start t-runtime-0")
                .hasMessageContaining("nobody-here");
        assertThat(runtime.list()).isEmpty();
    }

    @Test
    void a_program_without_a_handler_for_SIGTERM_ends_at_once() {
        var container =
                runtime.start(withArgs(launch(0, 7), "sh", "-c", "echo up; exec sleep 1000"));
        await( // before that, the container's init ignores signals
                "the container has logged",
                () -> runtime.logs(container.id(), 1, null),
                logs -> !logs.isEmpty());
        var grace = EnginePace.scaled(Duration.ofSeconds(30));
        var before = System.nanoTime();

        runtime.stop(container.id(), grace);

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(grace.dividedBy(2));
    }

    @Test
    void a_command_that_hangs_is_given_up() {
        var container = runtime.start(launch(0, 7));

        assertThatThrownBy(() ->
                        runtime.execute(
                                container.id(), List.of("sleep", "60"), Duration.ofMillis(200)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("within 0.2 s");
    }

    @Test
    void output_beyond_64_Ki_b_is_dropped() {
        var container = runtime.start(launch(0, 7));

        var seen =
                runtime.execute(
                        container.id(), List.of("head", "-c", "200000", "/dev/zero"), COMMAND);

        assertThat(seen.output()).hasSize(64 * 1024);
    }

    @Test
    void a_strangers_container_of_the_same_name_is_left_alone() {
        var other =
                new DockerRuntime(engine, "t-runtime-other", network, RegistryRules.EVERY, _ -> {});
        var theirs = other.start(launch(0, 7));
        try {
            assertThatThrownBy(() -> runtime.start(launch(0, 7)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("not an instance of installation 't-runtime'");
            assertThat(other.list()).containsExactly(theirs);
        } finally {
            other.remove(theirs.id());
        }
    }

    @Test
    void an_image_that_cannot_be_pulled_says_what_to_check() {
        var launch = withImage("127.0.0.1:5/t-runtime/none", launch(0, 7));

        assertThatThrownBy(() ->
                        new Images(engine, RegistryRules.EVERY, _ -> {}).pull(launch, _ -> {}))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("image '127.0.0.1:5/t-runtime/none' could not be pulled")
                .hasMessageContaining("check its name");
    }

    @Test
    void a_network_that_overlaps_another_is_refused_by_name() {
        var overlapping =
                new InstanceNetwork(engine, INSTALLATION, "t-runtime-two", "172.31.4.128/25");

        assertThatThrownBy(overlapping::ensure)
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("network 't-runtime'");
    }

    @Test
    void a_network_with_another_subnet_is_refused() {
        var other = new InstanceNetwork(engine, INSTALLATION, "t-runtime", "172.31.4.0/25");

        assertThatThrownBy(other::ensure)
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(
                        "network 't-runtime' has 172.31.4.0/24 instead of 172.31.4.0/25");
    }

    /** Runs the contract again through the filter that stands between controllers and Docker. */
    @Nested
    class ThroughTheFilter extends ContainerRuntimeContract {
        private static @Nullable EngineFilter filter;
        private static @Nullable Engine filtered;

        @BeforeAll
        static void start() {
            filter = EngineFilter.start(INSTALLATION, network.name(), SUBNET);
            filtered = new Engine(filter.address());
        }

        @AfterAll
        static void stop() {
            if (filtered != null) {
                filtered.close();
            }
            if (filter != null) {
                filter.close();
            }
        }

        @Override
        DockerRuntime runtime() {
            return new DockerRuntime(
                    requireNonNull(filtered), INSTALLATION, network, RegistryRules.EVERY, _ -> {});
        }

        @Override
        void freeze(Container container) {
            DockerRuntimeIT.this.freeze(container);
        }

        @Override
        Security security(Container container) {
            return DockerRuntimeIT.this.security(container);
        }

        @Override
        Container ended(Launch launch, int exitCode, String... lines) {
            return DockerRuntimeIT.ended(runtime(), launch, exitCode, lines);
        }

        @Test
        void a_volume_limits_and_the_network_pass() {
            new InstanceNetwork(requireNonNull(filtered), INSTALLATION, network.name(), SUBNET)
                    .ensure();
            var volumes = List.of(new Volume("data", "/data", false));

            var container = runtime().start(limited(volumes, new Resources(500, 64 << 20)));

            try {
                assertThat(inspect(container).getMounts())
                        .extracting("name")
                        .containsExactly("t-runtime.t-runtime.data");
            } finally {
                runtime().remove(container.id());
                engine.tell("remove", c -> c.removeVolumeCmd("t-runtime.t-runtime.data").exec());
            }
        }

        @Test
        void a_folder_of_the_machine_and_more_rights_do_not_pass() {
            var folder = List.of(new Volume("/etc", "/host", true));
            var raw =
                    new Security(
                            List.of(Security.Capability.NET_RAW), false, false, List.of(), 100);

            assertThatThrownBy(() -> runtime().start(limited(folder, Resources.UNLIMITED)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("AUTOSERVE_ALLOW_HOST_PATHS");
            assertThatThrownBy(() -> runtime().start(secured(raw, launch(0, 7))))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("AUTOSERVE_ALLOW_PRIVILEGED");
            assertThat(runtime().list()).isEmpty();
        }

        @Test
        void a_command_answers_after_its_input_has_ended() throws Exception {
            var container = runtime().start(launch(0, 7));
            var command =
                    new ExecCommand(List.of("sh", "-c", "wc -c; exit 3"), true, false, 80, 24);
            var heard = new Heard();

            try (var streams = new ContainerStreams(requireNonNull(filter).address())) {
                var session = streams.run(container.id(), command, heard);
                session.write("x".repeat(300_000).getBytes(StandardCharsets.UTF_8));
                session.endInput();

                assertThat(heard.exitCode()).isEqualTo(3);
            }
            assertThat(heard.text().strip()).isEqualTo("300000");
        }

        @Test
        void a_terminal_has_its_size_and_takes_input() throws Exception {
            var container = runtime().start(launch(0, 7));
            var script = "read line; stty size; echo got $line";
            var command = new ExecCommand(List.of("sh", "-c", script), true, true, 100, 40);
            var heard = new Heard();

            try (var streams = new ContainerStreams(requireNonNull(filter).address())) {
                var session = streams.run(container.id(), command, heard);
                session.resize(100, 40);
                session.write("hello\n".getBytes(StandardCharsets.UTF_8));

                assertThat(heard.exitCode()).isZero();
            }
            assertThat(heard.text()).contains("40 100", "got hello");
        }
    }

    /** Keeps what a command writes until it has ended. */
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

        int exitCode() throws Exception {
            return code.get(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
