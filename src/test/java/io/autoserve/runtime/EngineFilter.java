package io.autoserve.runtime;

import static io.autoserve.testing.DockerCommand.docker;

import io.autoserve.testing.ApiClient;
import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Builds the image of {@code nginx/} and runs its filter in front of this machine's Docker. */
final class EngineFilter implements AutoCloseable {
    static final String IMAGE = "t-engine-filter";

    private static final Path DOCKER = Path.of("/var/run/docker.sock");

    private static final AtomicInteger STARTED = new AtomicInteger();

    private final String name;
    private final Path folder;

    private EngineFilter(String name, Path folder) {
        this.name = name;
        this.folder = folder;
    }

    /**
     * @param settings further environment variables, such as {@code
     *     AUTOSERVE_ALLOW_PRIVILEGED=true}
     */
    static EngineFilter start(
            String installation, String network, String subnet, String... settings) {
        docker("build", "--quiet", "--network", "host", "--tag", IMAGE, "nginx");
        var filter = new EngineFilter(nextName(), emptyFolder());
        var command = new ArrayList<>(List.of("run", "--detach", "--name", filter.name));
        command.addAll(List.of("--user", "www-data", "--group-add", group()));
        command.addAll(List.of("--network", "none", "--read-only", "--tmpfs", "/tmp"));
        command.addAll(List.of("--volume", DOCKER + ":" + DOCKER));
        command.addAll(List.of("--volume", filter.folder + ":/run/engine"));
        command.addAll(List.of("--env", "AUTOSERVE_INSTALLATION=" + installation));
        command.addAll(List.of("--env", "AUTOSERVE_NETWORK=" + network));
        command.addAll(List.of("--env", "AUTOSERVE_SUBNET=" + subnet));
        for (var setting : settings) {
            command.addAll(List.of("--env", setting));
        }
        command.addAll(
                List.of("--entrypoint", "nginx", IMAGE, "-c", "/etc/nginx/engine/nginx.conf"));
        docker(command.toArray(String[]::new));
        Eventually.within(ApiClient.PATIENCE, "the filter listens", filter::listens, filter::log);
        return filter;
    }

    private static String nextName() {
        return "t-filter-%d-%d".formatted(ProcessHandle.current().pid(), STARTED.incrementAndGet());
    }

    private static Path emptyFolder() {
        try {
            var folder = Files.createTempDirectory("t-filter-");
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the id of the group that owns Docker's socket. */
    private static String group() {
        try {
            return Files.getAttribute(DOCKER, "unix:gid").toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path socket() {
        return folder.resolve("docker.sock");
    }

    private boolean listens() {
        try {
            connect().close();
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private SocketChannel connect() throws IOException {
        return connect(socket());
    }

    private static SocketChannel connect(Path socket) throws IOException {
        var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException refused) {
            channel.close();
            throw refused;
        }
    }

    /** Returns the address of the filtered engine. */
    URI address() {
        return URI.create("unix://" + socket());
    }

    /** Sends the text as it is, and returns everything that the filter answers. */
    String send(String text) {
        return send(socket(), text);
    }

    private static String send(Path socket, String text) {
        try (var channel = connect(socket)) {
            write(channel, text);
            var answer = Channels.newInputStream(channel).readAllBytes();
            return new String(answer, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes a call with a JSON body, which may be empty, and returns the whole answer. */
    String call(String method, String path, String json) {
        return send(request(method, path, "Connection: close", json));
    }

    /** Makes a call of Docker itself, past the filter. */
    static String callDocker(String method, String path, String json) {
        return send(DOCKER, request(method, path, "Connection: close", json));
    }

    private static String request(String method, String path, String header, String json) {
        var length = json.getBytes(StandardCharsets.UTF_8).length;
        return "%s %s HTTP/1.1\r\nHost: engine\r\n%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(method, path, header, length, json);
    }

    /**
     * Starts a command that exists and leaves its connection open.
     *
     * @return the connection, over which the filter has already answered
     */
    SocketChannel session(String exec) throws IOException {
        var channel = connect();
        write(
                channel,
                request(
                        "POST",
                        "/exec/" + exec + "/start",
                        "Connection: Upgrade\r\nUpgrade: tcp",
                        "{\"Detach\":false,\"Tty\":false}"));
        var answer = ByteBuffer.allocate(1024);
        channel.read(answer);
        var text = new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        if (!text.startsWith("HTTP/1.1 101 ")) {
            channel.close();
            throw new IOException(text);
        }
        return channel;
    }

    /** Returns how many sockets the filter has open, towards callers and towards Docker. */
    int sockets() {
        var count = "find /proc/[0-9]*/fd -lname 'socket:*' 2>/dev/null | wc -l";
        return Integer.parseInt(docker("exec", name, "sh", "-c", count).strip());
    }

    String log() {
        return docker("logs", name);
    }

    @Override
    public void close() {
        docker("rm", "--force", "--volumes", name);
        try {
            Files.deleteIfExists(socket());
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
