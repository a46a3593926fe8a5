package io.autoserve.testing;

import io.autoserve.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Runs a controller in its own process, so that a test can kill or freeze it. */
public final class ControllerProcess implements AutoCloseable {
    private final Process process;
    private final Path log;
    private final ApiClient api;

    /**
     * @param heap such as {@code 256m}
     */
    ControllerProcess(Settings settings, Path folder, String heap) {
        log = folder.resolve(settings.name() + ".log");
        api = new ApiClient(URI.create(settings.advertised()));
        var builder =
                new ProcessBuilder(command(heap))
                        .directory(folder.toFile()) // where a later run looks for leftovers
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment(settings));
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> command(String heap) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx" + heap,
                "-XX:+ExitOnOutOfMemoryError",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.autoserve.Main",
                "controller");
    }

    private static Map<String, String> environment(Settings settings) {
        var postgres = settings.postgres();
        return Map.ofEntries(
                Map.entry("AUTOSERVE_NAME", settings.name()),
                Map.entry("AUTOSERVE_API_PORT", String.valueOf(settings.apiPort())),
                Map.entry("AUTOSERVE_AUTH", "open"),
                Map.entry("AUTOSERVE_POSTGRES", postgres.hosts()),
                Map.entry("AUTOSERVE_POSTGRES_DATABASE", postgres.database()),
                Map.entry("AUTOSERVE_POSTGRES_USER", postgres.user()),
                Map.entry("AUTOSERVE_POSTGRES_PASSWORD", postgres.password()),
                Map.entry("AUTOSERVE_DOCKER", settings.dockerSocket()),
                Map.entry("AUTOSERVE_INSTALLATION", settings.installation()),
                Map.entry("AUTOSERVE_NETWORK", settings.network()),
                Map.entry("AUTOSERVE_SUBNET", settings.subnet()),
                Map.entry("AUTOSERVE_PROXY_FOLDER", settings.proxyFolder().toString()),
                Map.entry("AUTOSERVE_PROXY_CONTAINER", settings.proxyContainer()),
                Map.entry("AUTOSERVE_SECRET_KEY_FILE", String.valueOf(settings.secretKeyFile())),
                Map.entry("AUTOSERVE_ACME_DIRECTORY", settings.acmeDirectory().toString()));
    }

    public ApiClient api() {
        return api;
    }

    /** Waits until the controller is ready. */
    public ControllerProcess awaitReady() {
        Eventually.within(
                ApiClient.PATIENCE,
                "the controller serves",
                () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError("the controller ended: see " + log);
                    }
                    return api.ready();
                },
                () -> "see " + log);
        return this;
    }

    /** Waits until the controller's log contains these words. */
    public void awaitSaid(String words) {
        Eventually.within(
                ApiClient.PATIENCE,
                "the controller logs '" + words + "'",
                () -> said().contains(words),
                this::said);
    }

    private String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills the process like {@code kill -9} and returns when it has ended. */
    public void kill() {
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Freezes the process with SIGSTOP, which the process does not notice. */
    public void freeze() {
        Signal.STOP.send(List.of(process.toHandle()));
    }

    public void thaw() {
        Signal.CONT.send(List.of(process.toHandle()));
    }

    /**
     * Asks the process to end, like {@code kill}.
     *
     * @return how long it took to end
     */
    public Duration terminate() {
        process.destroy();
        return Eventually.within(
                ApiClient.PATIENCE,
                "the controller is gone",
                () -> !process.isAlive(),
                () -> "see " + log);
    }

    @Override
    public void close() {
        kill();
        api.close();
    }
}
