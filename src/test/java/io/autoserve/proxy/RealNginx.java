package io.autoserve.proxy;

import static java.time.temporal.ChronoUnit.DAYS;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Hidden;
import io.autoserve.model.Version;
import io.autoserve.spec.Json;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.Authority;
import io.autoserve.testing.Eventually;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds the image of {@code nginx/} and runs it in Docker on this machine, with a manager that
 * configures it.
 */
final class RealNginx implements ProxyProcess, AutoCloseable {
    private static final String IMAGE = "t-proxy-nginx";

    private static final AtomicInteger STARTED = new AtomicInteger();

    final Path folder;
    final String name =
            "t-proxy-it-%d-%d".formatted(ProcessHandle.current().pid(), STARTED.incrementAndGet());
    private final Vertx vertx = Vertx.vertx();
    private final NginxManager manager;
    private final boolean secure;

    private long certificates;
    private String address = "";
    private String hostAddress = "";

    /**
     * @param folder mounted as nginx's volume
     * @param part the folder of this nginx, below that folder or the same
     */
    private RealNginx(Path folder, Path part, NginxManager.@Nullable Verified verified) {
        this.folder = folder;
        this.secure = verified != null;
        manager = new NginxManager(part, this, RandomGenerator.getDefault(), verified);
    }

    static RealNginx start() {
        return start(null);
    }

    /**
     * @param verified how the manager proves that it is a controller; null for an admin port
     *     without TLS
     * @param options further options of {@code docker run}
     */
    static RealNginx start(NginxManager.@Nullable Verified verified, String... options) {
        var folder = emptyFolder();
        return run(new RealNginx(folder, folder, verified), options);
    }

    /** Starts an nginx that has a part of the volume, as the second one of an installation has. */
    static RealNginx startSecond() {
        var folder = emptyFolder();
        return run(
                new RealNginx(folder, folder.resolve("nginx-2"), null),
                "--env",
                "AUTOSERVE_PROXY_FOLDER=/var/lib/autoserve/proxy/nginx-2");
    }

    private static RealNginx run(RealNginx nginx, String... options) {
        docker("build", "--quiet", "--network", "host", "--tag", IMAGE, "nginx");
        docker(
                Stream.of(
                                Stream.of("run", "--detach", "--name", nginx.name, "--volume"),
                                Stream.of(nginx.folder + ":/var/lib/autoserve/proxy"),
                                Stream.of(options),
                                Stream.of(IMAGE))
                        .flatMap(it -> it)
                        .toArray(String[]::new));
        nginx.awaitOpenDoor();
        Eventually.await(nginx.vertx.deployVerticle(nginx.manager));
        return nginx;
    }

    private static Path emptyFolder() {
        try {
            return Files.createTempDirectory("t-proxy-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    NginxManager manager() {
        return manager;
    }

    Vertx vertx() {
        return vertx;
    }

    @Override
    public void reload() {
        docker("kill", "--signal", "HUP", name);
    }

    @Override
    public boolean isRunning() {
        return inspect("{{.State.Running}}").equals("true");
    }

    @Override
    public Optional<URI> adminAddress() {
        return Optional.of(URI.create((secure ? "https://" : "http://") + address() + ":8081"));
    }

    String address() {
        return address;
    }

    /**
     * Returns the address at which containers reach this machine. The instances that a test
     * simulates listen there.
     */
    String hostAddress() {
        return hostAddress;
    }

    private void lookUpAddresses() {
        address = inspect("{{.NetworkSettings.IPAddress}}");
        hostAddress = inspect("{{.NetworkSettings.Gateway}}");
    }

    /**
     * Gives nginx a certificate for this host, in place of all others.
     *
     * @param redirect whether nginx redirects plain HTTP to TLS
     */
    void certify(String host, boolean redirect) {
        var now = Instant.now();
        var issued = new Authority().issue(now.minus(1, DAYS), now.plus(1, DAYS), host);
        var version = new Version(1, 1, ++certificates);
        var document = Json.MAPPER.createObjectNode();
        document.putObject("version").put("timeline", 1).put("epoch", 1).put("seq", version.seq());
        document.putObject("sites")
                .putObject(host)
                .put("chain", issued.chain())
                .put("key", issued.key().reveal())
                .put("redirect", redirect)
                .put("hsts", false);
        document.putObject("challenges");
        assertThat(Eventually.await(manager.handOut(version, new Hidden(document.toString()))))
                .isInstanceOf(NginxManager.Pushed.Accepted.class);
    }

    /** Runs a script of bash in the container, and returns its output. */
    String inside(String script) {
        return docker("exec", name, "bash", "-c", script);
    }

    /** Freezes nginx and its workers, so that it answers nobody. */
    void freeze() {
        docker("pause", name);
    }

    void thaw() {
        docker("unpause", name);
    }

    void kill() {
        docker("kill", name);
    }

    void startAgain() {
        docker("start", name);
        awaitOpenDoor();
    }

    void restart() {
        docker("restart", "--time", "1", name);
        awaitOpenDoor();
    }

    private void awaitOpenDoor() {
        lookUpAddresses();
        await("nginx listens", this::listens);
    }

    /** Waits until the condition holds, and otherwise fails with the log of nginx. */
    void await(String what, BooleanSupplier condition) {
        Eventually.within(ApiClient.PATIENCE, what, condition, this::log);
    }

    private boolean listens() {
        try (var _ = new Socket(address, 8081)) {
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    void killWorkers() {
        run(Stream.concat(Stream.of("kill", "-9"), workers().stream()).toArray(String[]::new));
    }

    /** Returns the process ids of nginx's workers on this machine. */
    List<String> workers() {
        return docker("top", name, "-o", "pid,args")
                .lines()
                .filter(line -> line.contains("worker process"))
                .map(line -> line.strip().split(" ", 2)[0])
                .toList();
    }

    String log() {
        return docker("logs", name);
    }

    @Override
    public void close() {
        docker("rm", "--force", name);
        Eventually.await(vertx.close());
    }

    private String inspect(String format) {
        return docker("inspect", "--format", format, name).strip();
    }

    private static String docker(String... arguments) {
        var command =
                Stream.concat(Stream.of("docker"), Arrays.stream(arguments)).toArray(String[]::new);
        var run = run(command);
        if (run.code != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + run.output);
        }
        return run.output;
    }

    private record Run(int code, String output) {}

    private static Run run(String... command) {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(), output);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
