package io.autoserve.endtoend;

import static io.autoserve.testing.ApiClient.PATIENCE;
import static io.autoserve.testing.DockerCommand.docker;
import static io.autoserve.testing.Eventually.within;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.autoserve.testing.HostCommand;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs a second platform as an operator does, and in it an app that tries every door from inside
 * its container. The app has every capability that a deployer can get.
 */
class HostileAppIT {
    private static final String NAME = "t-hostile";
    private static final String IMAGE = "localhost/t-hostile-app";
    private static final String NEIGHBOUR = "t-hostile-neighbour";
    private static final String CAPTURE = "t-hostile-capture";
    private static final String APPS = "172.31.64";
    private static final String APPS_LAST = "172.31.79.255"; // the network's broadcast address
    private static final String CONTROL = "172.31.80";

    /** The time in which the leader notices that the firewall's container does not run. */
    private static final Duration NOTICE = Duration.ofMinutes(1).plus(PATIENCE);

    /** A port on which every instance listens, but which no spec declares. */
    private static final int UNDECLARED = 9999;

    /** nginx on the network of apps. Apps may open it, so it proves that an open door is found. */
    private static final String OPEN_DOOR = APPS + ".10 80";

    private static final String SERVER =
            """
            use IO::Socket::INET;
            if (!fork) {
                my $box = IO::Socket::INET->new(LocalPort => 9999, Proto => 'udp') or die $!;
                open my $file, '>>', '/tmp/datagrams' or die $!;
                while (defined $box->recv(my $text, 512)) { syswrite $file, "$text\\n" }
                exit;
            }
            my $port = fork ? 8080 : 9999;
            my $server = IO::Socket::INET->new(LocalPort => $port, Listen => 64, ReuseAddr => 1) or die $!;
            while (my $client = $server->accept) {
                while (<$client>) { last if /^\\r?\\n$/ }
                print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nhi\\n";
                close $client;
            }
            """;

    /** Sends a datagram with a text to {@link #UNDECLARED} at each of the addresses. */
    private static final String SENDER =
            """
            use IO::Socket::INET;
            my $text = shift;
            for my $to (@ARGV) {
                my $box = IO::Socket::INET->new(Proto => 'udp', Broadcast => 1) or die $!;
                $box->send("$text $to", 0, pack_sockaddr_in(9999, inet_aton($to)));
            }
            """;

    /** Prints those of the addresses that answer a ping, or `refused`. */
    private static final String PING =
            """
            use Socket;
            for my $to (@ARGV) {
                socket(my $box, PF_INET, SOCK_DGRAM, 1) or print("refused\\n"), exit;
                send $box, pack('C C n n n', 8, 0, 0, 0, 1), 0, pack_sockaddr_in(0, inet_aton($to));
                my $ready = '';
                vec($ready, fileno $box, 1) = 1;
                print "$to\\n" if select($ready, undef, undef, 2) && defined recv $box, my $answer, 512, 0;
            }
            """;

    /**
     * Writes every frame of the bridge to a file. The numbers are AF_PACKET, SOCK_RAW, ETH_P_ALL in
     * network order, SOL_PACKET and PACKET_ADD_MEMBERSHIP with PACKET_MR_PROMISC, because a bridge
     * shows frames between its ports only in this mode.
     */
    private static final String RECORDER =
            """
            my $bridge = shift;
            open my $file, '<', "/sys/class/net/$bridge/ifindex" or die $!;
            my $index = <$file> + 0;
            socket my $socket, 17, 3, 0x0300 or die "socket: $!";
            bind $socket, pack('S n l S C C a8', 17, 3, $index, 0, 0, 0, '') or die "bind: $!";
            setsockopt $socket, 263, 1, pack('i S S a8', $index, 1, 0, '') or die "promiscuous: $!";
            open my $frames, '>', '/tmp/frames' or die $!;
            binmode $frames;
            while (defined recv $socket, my $frame, 65536, 0) { syswrite $frames, $frame }
            """;

    @TempDir private static Path folder;

    private static final Map<String, String> environment = new TreeMap<>();
    private static final HttpClient http = HttpClient.newHttpClient();
    private static ServerSocket service;
    private static String machine;

    @BeforeAll
    static void start() throws Exception {
        copyProject();
        chooseAddresses();
        cleanUp();
        service = new ServerSocket(0); // stands for the services of this machine
        machine = HostCommand.here().run("hostname", "-I").split(" ", -1)[0];
        autoserve("platform", "up");
        buildImage();
        docker(
                "run",
                "--detach",
                "--name",
                NEIGHBOUR,
                "--publish",
                port("NEIGHBOUR") + ":8080",
                "localhost/autoserve-demo");
        for (var app : List.of("e2e-hostile-one", "e2e-hostile-two")) {
            apply(
                    app,
                    "[AUDIT_WRITE, FSETID, MKNOD, SETFCAP, SETPCAP, SYS_CHROOT, KILL, SETUID]",
                    "");
        }
    }

    @AfterAll
    static void stop() throws IOException {
        cleanUp();
        service.close();
        http.close();
    }

    @Test
    void no_door_opens_for_an_app() {
        assertThat(open()).containsExactly(OPEN_DOOR);
    }

    /** Returns those of all doors that open from inside the app's container. */
    private static List<String> open() {
        var doors = new ArrayList<>(List.of(OPEN_DOOR));
        for (var address : List.of(APPS + ".1", CONTROL + ".1", machine)) {
            doors.add(address + " " + service.getLocalPort());
            for (var each : List.of("API", "API_TLS", "CONTROLLER_1", "POSTGRES_PRIMARY")) {
                doors.add(address + " " + port(each));
            }
            doors.add(address + " " + port("NEIGHBOUR"));
        }
        for (var controller : List.of(".21", ".22", ".23")) {
            for (var network : List.of(APPS, CONTROL)) {
                doors.add(network + controller + " 8000");
                doors.add(network + controller + " 8443");
            }
        }
        doors.addAll(List.of(APPS + ".10 8081", CONTROL + ".10 8081", CONTROL + ".10 80"));
        doors.addAll(List.of(CONTROL + ".11 8000", CONTROL + ".11 8443"));
        for (var database : List.of("primary", "replica")) {
            for (var address : addresses(NAME + "-postgres-" + database)) {
                doors.add(address + " 5432");
                doors.add(address + " 8008");
            }
        }
        addresses(NAME + "-etcd").forEach(address -> doors.add(address + " 2379"));
        addresses(NEIGHBOUR).forEach(address -> doors.add(address + " 8080"));
        doors.add("169.254.169.254 80");
        addresses(instance("e2e-hostile-two"))
                .forEach(address -> {
                    doors.add(address + " 8080");
                    doors.add(address + " " + UNDECLARED);
                });

        return opening(doors);
    }

    /**
     * The bridge passes broadcast and multicast to every port, and all containers get 224.0.0.1.
     */
    @Test
    void no_datagram_of_an_app_reaches_an_undeclared_port_of_another() {
        var two = instance("e2e-hostile-two");
        var targets = new ArrayList<>(addresses(two));
        targets.addAll(List.of("224.0.0.1", "255.255.255.255", APPS + ".255", APPS_LAST));

        perl("e2e-hostile-one", SENDER, "from-one", targets);
        perl("e2e-hostile-two", SENDER, "from-two", List.of("127.0.0.1"));

        within(
                PATIENCE,
                "its own datagram arrives",
                () -> docker("exec", two, "cat", "/tmp/datagrams").contains("from-two 127.0.0.1"),
                () -> docker("logs", two));
        assertThat(docker("exec", two, "cat", "/tmp/datagrams")).doesNotContain("from-one");
    }

    @Test
    void only_nginx_answers_a_ping_of_an_app() {
        var targets = new ArrayList<>(List.of(APPS + ".10", APPS + ".1", CONTROL + ".10"));
        targets.addAll(List.of(APPS + ".21", CONTROL + ".21", machine));
        targets.addAll(addresses(instance("e2e-hostile-two")));

        var answers = perl("e2e-hostile-one", PING, targets);

        assumeFalse(answers.equals("refused"), "Docker permits no ping without NET_RAW");
        assertThat(answers.lines()).containsExactly(APPS + ".10");
    }

    @Test
    void what_an_app_needs_works() {
        assertThat(opens(OPEN_DOOR)).as("nginx on the apps' network").isTrue();
        assertThat(opens(machine + " " + port("HTTP"))).as("nginx by this machine").isTrue();
        assertThat(inside("getent hosts %s-nginx".formatted(NAME))).as("names").contains(APPS);
        assertThat(
                        inside(
                                """
                                exec 3<>/dev/tcp/%s/%s
                                printf 'GET / HTTP/1.0\\r\\nHost: e2e-hostile-two.localhost\\r\\n\\r\\n' >&3
                                cat <&3
                                """
                                        .formatted(machine, port("HTTP"))))
                .as("another app through nginx")
                .contains("200 OK");
    }

    @Test
    void no_app_sends_or_reads_frames_of_others() throws Exception {
        assertThat(inside("perl -e 'print socket(S, 17, 3, 0x0300) ? \"raw\" : \"refused: $!\"'"))
                .startsWith("refused");
        assertThat(inside("perl -e 'print socket(S, 2, 3, 17) ? \"raw\" : \"refused: $!\"'"))
                .as("a socket that can send answers of a name server in its name")
                .startsWith("refused");
        assertThat(inside("perl -e 'print socket(S, 40, 1, 0) ? \"vsock\" : \"refused: $!\"'"))
                .as("a socket to the machine or its hypervisor, which no firewall sees")
                .isEqualTo("refused: Operation not permitted");
        var answer = put("e2e-hostile-raw", "[NET_RAW]", "");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(answer.body()).contains("NET_RAW");
    }

    /** Docker's name server would return the app's address for such a name. */
    @Test
    void no_app_has_the_name_of_a_part_of_the_platform() throws Exception {
        for (var part : List.of("nginx", "controller", "postgres-primary")) {
            var answer = put(NAME + "-" + part, "[]", "");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
            assertThat(answer.body()).contains("belong to the platform itself");
        }
    }

    @Test
    void neither_token_nor_key_crosses_the_network_of_apps() throws Exception {
        docker(
                "run",
                "--detach",
                "--name",
                CAPTURE,
                "--network",
                "host",
                "--cap-add",
                "NET_RAW",
                "--user",
                "root",
                "localhost/autoserve/keeper",
                "perl",
                "-e",
                RECORDER,
                bridge());
        var secret = "s3cret-of-the-hostile-test";
        var marker = "seen-by-the-capture";
        send("PUT", "/api/v1/secrets/e2e-hostile-secret", "text/plain", secret);
        apply("e2e-hostile-three", "[]", "{name: KEY, source: secret, key: e2e-hostile-secret}");

        within(
                PATIENCE,
                "the capture sees requests to apps",
                () -> {
                    request(marker);
                    return captured(marker);
                },
                () -> docker("logs", CAPTURE));

        assertThat(captured(secret)).as("the secret").isFalse();
        assertThat(captured(token())).as("the admin's token").isFalse();
        assertThat(captured(nginxToken())).as("the token of nginx's admin port").isFalse();
        assertThat(captured("PRIVATE KEY")).as("a key").isFalse();
    }

    @Test
    void rules_that_somebody_flushed_are_repaired() {
        firewall(
                """
                for tool in iptables-nft iptables-legacy; do
                    $tool -F AUTOSERVE-IN-%1$s 2>/dev/null; $tool -F AUTOSERVE-FWD-%1$s 2>/dev/null
                done
                nft flush table bridge autoserve_apps_%2$s
                """
                        .formatted(APPS, APPS.replace('.', '_')));

        var present =
                """
                { iptables-nft -S AUTOSERVE-IN-%1$s || iptables-legacy -S AUTOSERVE-IN-%1$s; } 2>&1
                nft list table bridge autoserve_apps_%2$s 2>&1 || true
                """
                        .formatted(APPS, APPS.replace('.', '_'));
        within(
                PATIENCE,
                "the firewall repairs its rules",
                () -> firewall(present).contains("REJECT") && firewall(present).contains("drop"),
                () -> firewall(present));
        assertThat(open()).containsExactly(OPEN_DOOR);
    }

    @Test
    void the_leader_starts_a_firewall_that_was_stopped() {
        docker("stop", NAME + "-firewall");
        assertThat(opens(APPS + ".1 " + service.getLocalPort())).as("rules stay").isFalse();

        within(
                NOTICE,
                "the leader starts the firewall",
                () ->
                        docker("inspect", "--format", "{{.State.Running}}", NAME + "-firewall")
                                .equals("true"),
                () -> docker("ps", "--all"));
    }

    /** Docker's proxy of a published port can die, for example under load, while nginx is well. */
    @Test
    void a_published_address_that_died_is_reported_and_repaired() {
        var proxies = proxies(port("HTTP"));
        assumeFalse(proxies.isEmpty(), "Docker runs without its userland proxy");
        var before = started(NAME + "-nginx");

        proxies.forEach(ProcessHandle::destroyForcibly);

        within(
                NOTICE,
                "the leader restarts nginx",
                () -> !started(NAME + "-nginx").equals(before),
                () -> docker("logs", "--tail", "20", NAME + "-front-door"));
        within(
                NOTICE,
                "the event says so",
                () -> get("/api/v1/events?type=FrontDoorOpened").contains("FrontDoorOpened"),
                () -> get("/health"));
        request("after-the-repair");
        assertThat(get("/api/v1/events?type=FrontDoorClosed"))
                .contains("127.0.0.1:" + port("HTTP"));
    }

    /** Returns Docker's proxies of a port of this machine, of which IPv6 has its own. */
    private static List<ProcessHandle> proxies(String port) {
        return ProcessHandle.allProcesses()
                .filter(process ->
                        process.info()
                                .commandLine()
                                .filter(line ->
                                        line.contains("docker-proxy")
                                                && line.contains("-host-port " + port + " "))
                                .isPresent())
                .toList();
    }

    private static String started(String container) {
        return docker("inspect", "--format", "{{.State.StartedAt}}", container);
    }

    private static void copyProject() {
        var list =
                "autoserve docker-compose.yml pom.xml src nginx migrations target/autoserve.jar target/autoserve-client.jar";
        HostCommand.here()
                .run(
                        "bash",
                        "-c",
                        """
                        cp --archive --parents %1$s "$0"
                        [[ ! -d .autoserve/images ]] || cp --archive --parents .autoserve/images "$0"
                        """
                                .formatted(list),
                        folder.toString());
    }

    private static void chooseAddresses() throws IOException {
        environment.put("AUTOSERVE_INSTALLATION", NAME);
        environment.put("AUTOSERVE_SUBNET", APPS + ".0/20");
        environment.put("AUTOSERVE_DYNAMIC", "172.31.68.0/22");
        environment.put("AUTOSERVE_ADDRESSES", APPS);
        environment.put("AUTOSERVE_CONTROL_ADDRESSES", CONTROL);
        environment.put("AUTOSERVE_POSTGRES_ADDRESS", "0.0.0.0"); // an operator may open it
        environment.put("AUTOSERVE_API_TLS_ADDRESS", "0.0.0.0");
        var sockets = new ArrayList<ServerSocket>();
        for (var use :
                List.of(
                        "HTTP",
                        "HTTPS",
                        "API",
                        "API_TLS",
                        "CONTROLLER_1",
                        "CONTROLLER_2",
                        "CONTROLLER_3",
                        "POSTGRES_PRIMARY",
                        "POSTGRES_REPLICA",
                        "NEIGHBOUR")) {
            var socket = new ServerSocket(0); // stays open, so that the next port differs
            sockets.add(socket);
            environment.put(
                    "AUTOSERVE_%s_PORT".formatted(use), String.valueOf(socket.getLocalPort()));
        }
        for (var socket : sockets) {
            socket.close();
        }
    }

    private static void buildImage() throws IOException {
        var context = Files.createDirectory(folder.resolve("hostile"));
        Files.writeString(context.resolve("server.pl"), SERVER);
        Files.writeString(
                context.resolve("Dockerfile"),
                """
                FROM localhost/autoserve/postgres
                USER root
                COPY server.pl /server.pl
                ENTRYPOINT ["perl", "/server.pl"]
                CMD []
                HEALTHCHECK NONE
                STOPSIGNAL SIGKILL
                """);
        docker("build", "--tag", IMAGE, context.toString());
    }

    private static void cleanUp() {
        quietly(() -> docker("exec", NAME + "-firewall", "firewall", "remove"));
        quietly(() -> autoserve("platform", "down", "--volumes"));
        quietly(() -> docker("rm", "--force", "--volumes", NEIGHBOUR, CAPTURE));
        quietly(() -> docker("rmi", "--force", IMAGE));
    }

    private static void quietly(Runnable step) {
        try {
            step.run();
        } catch (IllegalStateException nothingToRemove) {
            // The next step removes the rest.
        }
    }

    private static String autoserve(String... arguments) {
        var words = new ArrayList<String>();
        environment.forEach((name, value) -> words.add(name + "=" + value));
        words.add("./autoserve");
        words.addAll(List.of(arguments));
        return HostCommand.in(folder).run("env", words.toArray(String[]::new));
    }

    private static void apply(String app, String capabilities, String variable) throws Exception {
        var answer = put(app, capabilities, variable);
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
        within(
                PATIENCE,
                app + " is ready",
                () -> get("/api/v1/apps/" + app).contains("\"ready\":1"),
                () -> get("/api/v1/apps/" + app));
    }

    private static HttpResponse<String> put(String app, String capabilities, String variable)
            throws Exception {
        return send(
                "PUT",
                "/api/v1/apps/" + app,
                "application/yaml",
                """
                apiVersion: v1
                kind: App
                metadata: {name: %s}
                spec:
                  image: %s
                  imagePullPolicy: Never
                  ports: [{containerPort: 8080}]
                  security: {capabilities: %s}
                  environment: [%s]
                """
                        .formatted(app, IMAGE, capabilities, variable));
    }

    private static String get(String path) {
        try {
            return send("GET", path, "text/plain", "").body();
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static HttpResponse<String> send(String method, String path, String type, String body)
            throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(api(path))
                        .header("Authorization", "Bearer " + token())
                        .header("Content-Type", type)
                        .method(method, BodyPublishers.ofString(body))
                        .timeout(PATIENCE)
                        .build(),
                BodyHandlers.ofString());
    }

    private static URI api(String path) {
        return URI.create("http://127.0.0.1:%s%s".formatted(port("API"), path));
    }

    /** Sends a request with this text to an app, through nginx. */
    private static void request(String text) {
        HostCommand.here()
                .run(
                        "bash",
                        "-c",
                        """
                        exec 3<>/dev/tcp/127.0.0.1/%s
                        printf 'GET /%s HTTP/1.0\\r\\nHost: e2e-hostile-one.localhost\\r\\n\\r\\n' >&3
                        cat <&3
                        """
                                .formatted(port("HTTP"), text));
    }

    private static boolean captured(String text) {
        try {
            docker(
                    "exec",
                    CAPTURE,
                    "grep",
                    "--text",
                    "--quiet",
                    "--fixed-strings",
                    "-e",
                    text,
                    "/tmp/frames");
            return true;
        } catch (IllegalStateException absent) {
            return false;
        }
    }

    private static String token() throws IOException {
        return Files.readString(folder.resolve(".autoserve/admin-token")).strip();
    }

    private static String nginxToken() {
        return docker("exec", NAME + "-nginx", "cat", "/var/lib/autoserve/proxy/token").strip();
    }

    private static String port(String use) {
        return environment.getOrDefault("AUTOSERVE_%s_PORT".formatted(use), "");
    }

    /**
     * Returns whether a connection to the address and port opens from inside the app's container.
     */
    private static boolean opens(String door) {
        return opening(List.of(door)).contains(door);
    }

    /**
     * Returns those of these doors that open from inside the app's container. It tries many at the
     * same time, because most answer nothing for five seconds.
     */
    private static List<String> opening(List<String> doors) {
        var tried =
                """
                xargs -P 32 -I {} timeout 5 bash -c 'exec 3<>/dev/tcp/{} && echo {}' 2>/dev/null <<'end' || true
                %s
                end
                """
                        .formatted(String.join("\n", doors).replace(' ', '/'));
        return inside(tried).lines().map(line -> line.replace('/', ' ')).toList();
    }

    private static String inside(String script) {
        return docker("exec", instance("e2e-hostile-one"), "bash", "-c", script);
    }

    private static String perl(String app, String program, String text, List<String> arguments) {
        var all = new ArrayList<>(List.of(text));
        all.addAll(arguments);
        return perl(app, program, all);
    }

    /** Runs the program inside the app's container. */
    private static String perl(String app, String program, List<String> arguments) {
        var command = new ArrayList<>(List.of("exec", instance(app), "perl", "-e", program));
        command.addAll(arguments);
        return docker(command.toArray(String[]::new));
    }

    private static String firewall(String script) {
        return docker("exec", NAME + "-firewall", "bash", "-c", script);
    }

    /** Returns the id of the app's container. */
    private static String instance(String app) {
        return docker(
                "ps",
                "--quiet",
                "--filter",
                "label=autoserve.installation=" + NAME,
                "--filter",
                "name=^" + app + "-");
    }

    private static List<String> addresses(String container) {
        return Stream.of(
                        docker(
                                        "inspect",
                                        "--format",
                                        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}",
                                        container)
                                .split(" ", -1))
                .filter(address -> !address.isBlank())
                .toList();
    }

    private static String bridge() {
        return HostCommand.here()
                .run("ip", "-4", "-oneline", "address", "show")
                .lines()
                .filter(line -> line.contains(" %s.1/".formatted(APPS)))
                .map(line -> line.split(" +", -1)[1])
                .collect(joining());
    }
}
