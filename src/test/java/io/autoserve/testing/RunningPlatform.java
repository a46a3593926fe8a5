package io.autoserve.testing;

import static io.autoserve.testing.DockerCommand.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.AccessSettings;
import io.autoserve.Controller;
import io.autoserve.Settings;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.RegistryRules;
import io.autoserve.runtime.Engine;
import io.autoserve.runtime.InstanceNetwork;
import io.autoserve.runtime.PlatformContainers;
import io.autoserve.runtime.PlatformContainers.Folder;
import io.autoserve.runtime.PlatformContainers.PublishedPort;
import io.autoserve.secrets.KeyFile;
import io.autoserve.spec.Allowance;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Runs the whole platform on this machine: PostgreSQL, nginx and controllers, as a separate
 * installation. At the start it removes what a killed run has left behind, and at the end what it
 * started itself. A lock file lets only one run at a time use the machine.
 */
public final class RunningPlatform implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAME = "t-e2e";
    private static final String SUBNET = "172.31.9.0/24";
    private static final String GATEWAY = "172.31.9.1";
    private static final String PROXY = NAME + "-nginx";
    private static final int FIRST_PORT = 29100;
    private static final URI ENGINE = URI.create("unix:///var/run/docker.sock");
    private static final Path FOLDER =
            Path.of(System.getProperty("java.io.tmpdir"), "autoserve-" + NAME);

    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private final Engine engine = new Engine(ENGINE);
    private final PlatformContainers containers = new PlatformContainers(engine, NAME);
    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = vertx.createHttpClient();
    private final ClientLoop loop = ClientLoop.of(vertx);
    private static @Nullable RunningPlatform latest;

    private final int httpPort;
    private final int httpsPort;
    private final EmbeddedDatabase database;
    private URI acmeDirectory = URI.create("http://127.0.0.1:9/");
    private URI engineSocket = ENGINE;
    private Settings.Postgres state;
    private String apiHost = "127.0.0.1";
    private AccessSettings access = AccessSettings.OPEN;

    private RunningPlatform() {
        requireImages();
        started.push(turn());
        started.push(engine);
        removeLeftovers();
        started.push(this::removeLeftovers);
        started.push(() -> vertx.close().await());
        database = opened(new EmbeddedDatabase(FOLDER, freePort()));
        state = database.settings();
        httpPort = freePort();
        httpsPort = freePort(httpPort + 1);
        startNginx("172.31.9.2");
    }

    /**
     * Starts the platform without a controller. If a test class failed while it started and left
     * its platform open, closes that platform first.
     */
    public static RunningPlatform start() {
        if (latest != null) {
            latest.close();
        }
        latest = new RunningPlatform();
        return latest;
    }

    public EmbeddedDatabase database() {
        return database;
    }

    /** Starts a controller in this process, for as long as the platform runs. */
    public ApiClient startController() {
        var settings = settings("controller-here");
        opened(Controller.start(settings));
        return opened(new ApiClient(URI.create(settings.advertised())));
    }

    /** Sets the ACME directory for the controllers that are started from now on. */
    public void orderFrom(URI acmeDirectory) {
        this.acmeDirectory = acmeDirectory;
    }

    /**
     * Sets the database for the controllers that are started from now on. It replaces this
     * platform's own database.
     */
    public void keepStateIn(Settings.Postgres state) {
        this.state = state;
    }

    /** Sets the Docker socket for the controllers that are started from now on. */
    public void reachEngineAt(Path socket) {
        engineSocket = URI.create("unix://" + socket);
    }

    /**
     * Makes the controllers that are started from now on require tokens, and listen at an address
     * that containers can reach.
     */
    public AdminFile guard() {
        var admin = AdminFile.write(FOLDER.resolve("admin-token"));
        apiHost = GATEWAY;
        access = new AccessSettings(false, admin.path(), Set.of());
        return admin;
    }

    /** Starts the controllers' load balancer in front of one controller. */
    public LoadBalancer balance(ApiClient controller) {
        var port = freePort();
        return LoadBalancer.start(
                containers, NAME, List.of(controller.root()), FOLDER, port, freePort(port + 1));
    }

    public int httpPort() {
        return httpPort;
    }

    public int httpsPort() {
        return httpsPort;
    }

    /** Launches a controller in its own process. It may not be ready yet when this returns. */
    public ControllerProcess launchController(String name) {
        return launchController(name, "256m");
    }

    /**
     * @param heap such as {@code 64m}
     */
    public ControllerProcess launchController(String name, String heap) {
        return opened(new ControllerProcess(settings(name), FOLDER, heap));
    }

    /** Starts simulated users who keep sending GET requests to the app. */
    public SteadyTraffic traffic(String host) {
        return SteadyTraffic.start(vertx, httpPort, host, HttpMethod.GET);
    }

    /** Starts simulated users who keep sending POST requests, which must not be repeated. */
    public SteadyTraffic posts(String host) {
        return SteadyTraffic.start(vertx, httpPort, host, HttpMethod.POST);
    }

    /** Waits until nginx has a route for the host, with an instance that answers. */
    public void awaitServed(String host) {
        Eventually.within(
                ApiClient.PATIENCE,
                host + " is served",
                () -> get(host, "/").status() == 200,
                () -> get(host, "/"));
    }

    public record Page(int status, String body, Map<String, String> headers) {
        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON: " + body, e);
            }
        }
    }

    /** Requests a page through nginx, over a kept-alive connection. */
    public Page get(String host, String path) {
        var question =
                new RequestOptions()
                        .setServer(SocketAddress.inetSocketAddress(httpPort, "127.0.0.1"))
                        .setHost(host)
                        .setPort(80)
                        .setURI(path)
                        .putHeader("Accept", "application/json");
        try {
            return loop.call(() -> exchange(question))
                    .await(ApiClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException late) {
            throw new AssertionError("no answer from http://" + host + path, late);
        }
    }

    private Future<Page> exchange(RequestOptions question) {
        return http.request(question)
                .compose(request -> request.send().compose(RunningPlatform::page));
    }

    public WebSocket webSocket(String host, String path) {
        var question =
                new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(httpPort)
                        .setURI(path)
                        .addHeader("Host", host);
        return vertx.createWebSocketClient().connect(question).await();
    }

    /**
     * Reads the response. Must be called in the handler that gets the response, because a body that
     * nobody reads when it arrives may be lost.
     */
    private static Future<Page> page(HttpClientResponse response) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        response.headers().forEach(headers::put);
        return response.body()
                .map(body -> new Page(response.statusCode(), body.toString(), headers));
    }

    /** Returns the names and ids of the app's containers, including those that have ended. */
    public Map<String, String> containersOf(String app) {
        var ids = new TreeMap<String, String>();
        docker(
                        "ps",
                        "--all",
                        "--no-trunc",
                        "--filter",
                        "label=autoserve.installation=" + NAME,
                        "--filter",
                        "label=autoserve.app=" + app,
                        "--format",
                        "{{.Names}} {{.ID}}")
                .lines()
                .map(line -> line.split(" ", 2))
                .forEach(columns -> ids.put(columns[0], columns[1]));
        return ids;
    }

    public String network() {
        return NAME;
    }

    public String installation() {
        return NAME;
    }

    public String nginx() {
        return PROXY;
    }

    /** Creates nginx's container, or recreates it if its address differs. */
    public void startNginx(String address) {
        new InstanceNetwork(engine, NAME, NAME, SUBNET).ensure();
        containers.ensure(
                new PlatformContainers.Spec(
                        PROXY,
                        "localhost/autoserve/nginx",
                        List.of(
                                new PublishedPort("127.0.0.1", httpPort, 80),
                                new PublishedPort("127.0.0.1", httpsPort, 443)),
                        List.of(new Folder(proxyFolder(), "/var/lib/autoserve/proxy", false)),
                        Map.of(),
                        List.of(),
                        NAME,
                        address,
                        false,
                        Map.of()));
    }

    private Settings settings(String name) {
        var port = freePort(httpsPort + 1); // lower ports belong to other parts of the platform
        return new Settings(
                name,
                apiHost,
                port,
                "http://" + apiHost + ":" + port,
                state,
                engineSocket.toString(),
                NAME,
                NAME,
                SUBNET,
                proxyFolder(),
                PROXY,
                1,
                null,
                null,
                Allowance.NOTHING,
                RegistryRules.EVERY,
                Set.of(),
                Set.of("127.0.0.1"), // the database of this platform
                secretKey(),
                acmeDirectory,
                Settings.MAX_INSTANCES,
                InstanceLimits.NONE,
                Settings.HISTORY_BYTES,
                access,
                null);
    }

    /** Returns the controllers' key file. */
    public Path secretKey() {
        return io(() -> {
            var file = FOLDER.resolve("secret-key");
            if (!Files.exists(file)) {
                KeyFile.add(file, new SecureRandom());
            }
            return file;
        });
    }

    private static Path proxyFolder() {
        return io(() -> Files.createDirectories(FOLDER.resolve("proxy")));
    }

    private <T extends AutoCloseable> T opened(T part) {
        started.push(part);
        return part;
    }

    private static void requireImages() {
        for (var image : List.of("localhost/autoserve/nginx", "localhost/autoserve-demo")) {
            try {
                docker("image", "inspect", image);
            } catch (IllegalStateException missing) {
                throw new AssertionError(
                        "image %s does not exist on this machine: ./autoserve verify builds it"
                                .formatted(image),
                        missing);
            }
        }
    }

    private static FileChannel turn() {
        return io(() -> {
            var file = FOLDER.resolveSibling(FOLDER.getFileName() + ".lock");
            var channel =
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            channel.lock();
            return channel;
        });
    }

    private void removeLeftovers() {
        ProcessHandle.allProcesses()
                .filter(RunningPlatform::worksInFolder)
                .forEach(ProcessHandle::destroyForcibly);
        containers.removeAll();
        io(() -> {
            removeFolder();
            return Files.createDirectories(FOLDER);
        });
    }

    /**
     * Returns whether the working directory of the process is in the platform's folder. Only
     * PostgreSQL and controllers work there.
     */
    private static boolean worksInFolder(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                    .startsWith(FOLDER);
        } catch (IOException gone) {
            return false;
        }
    }

    private static void removeFolder() throws IOException {
        if (!Files.exists(FOLDER)) {
            return;
        }
        try (var files = Files.walk(FOLDER)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static int freePort() {
        return freePort(FIRST_PORT);
    }

    private static int freePort(int first) {
        for (var port = first; port < FIRST_PORT + 800; port++) {
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // try the next one
            }
        }
        throw new AssertionError("no free port from " + FIRST_PORT);
    }

    private interface Io<T> {
        T run() throws IOException;
    }

    private static <T> T io(Io<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops everything, in the reverse order of its start. */
    @Override
    public void close() {
        while (!started.isEmpty()) {
            try {
                started.pop().close();
            } catch (Exception failure) {
                System.err.println("stopping: " + failure);
            }
        }
    }
}
