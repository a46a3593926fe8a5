package io.autoserve.runtime;

import static io.autoserve.testing.Eventually.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.transport.DockerHttpClient.Request;
import io.autoserve.runtime.ContainerRuntime.DiskFull;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import io.autoserve.runtime.ContainerRuntime.OutcomeUnknown;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests what callers get when the engine hangs, is gone or refuses a request. */
@Timeout(600)
class EngineTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    @TempDir Path folder;
    private final ExecutorService server = Executors.newVirtualThreadPerTaskExecutor();
    private Engine engine;
    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        var socket = folder.resolve("docker.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        engine = new Engine(URI.create("unix://" + socket), DEADLINE);
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
        listener.close();
        server.close();
    }

    @Test
    void a_call_that_is_not_answered_ends_at_its_deadline_and_closes_its_connection()
            throws Exception {
        var closed = answersOnce("");

        assertThatThrownBy(() -> new Containers(engine).labelled("x"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("did not list containers within 2.0 s");

        assertThat(closed.get()).isTrue();
    }

    @Test
    void a_stream_that_stops_in_the_middle_ends_at_its_deadline() throws Exception {
        var closed = answersOnce("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n\u0001\0\0\0");

        assertThatThrownBy(() -> new Logs(engine).read("x", 10, null))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("did not read the log of x within 2.0 s");

        assertThat(closed.get()).isTrue();
    }

    @Test
    void a_refusal_is_told_in_the_words_of_the_engine() throws Exception {
        var closed =
                answersOnce(
                        "HTTP/1.1 400 Bad Request\r\nContent-Length: 21\r\n\r\n{\"message\":\"no room\"}");

        assertThatThrownBy(() -> new Containers(engine).labelled("x"))
                .isInstanceOf(EngineException.class)
                .hasMessage("Docker refused to list containers: no room");

        engine.close();
        assertThat(closed.get()).isTrue();
    }

    @Test
    void who_may_change_nothing_any_more_sends_nothing_that_would() throws Exception {
        var closed = answersOnce("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]");
        var engine = this.engine.whilst(() -> false);

        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(NotPermitted.class)
                .hasMessageStartingWith("no longer permitted: DELETE /containers/x");
        assertThat(new Containers(engine).labelled("x")).as("reads are still permitted").isEmpty();

        engine.close();
        assertThat(closed.get()).isTrue();
    }

    @Test
    void a_change_is_not_asked_for_again_where_the_connection_breaks() {
        var asked = hangsUp();
        var engine = this.engine.whilst(() -> true);

        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(EngineException.class);
        assertThat(asked).singleElement().asString().startsWith("DELETE /containers/x");

        assertThatThrownBy(() -> new Containers(engine).labelled("x"))
                .isInstanceOf(EngineException.class);
        assertThat(asked).as("docker-java retries reads").hasSize(3);
    }

    @Test
    void a_change_whose_answer_is_late_is_settled_by_a_look_and_never_asked_for_again()
            throws Exception {
        var closed = answersOnce("");
        var looks = new AtomicInteger();

        var result =
                engine.change(
                        "start web-0",
                        Duration.ofMillis(-4_900), // so that the first check comes after 0.1 s
                        client -> requireNonNull(client.infoCmd().exec().getName()),
                        () -> looks.incrementAndGet() < 3 ? Optional.empty() : Optional.of("runs"));

        assertThat(result).isEqualTo("runs");
        assertThat(looks).hasValue(3);
        assertThat(closed.get()).as("the client closed its only connection").isTrue();
    }

    @Test
    void a_change_that_makes_no_progress_is_an_error_in_the_end() throws Exception {
        var closed = answersOnce("");
        var socket = URI.create("unix://" + folder.resolve("docker.sock"));
        try (var impatient = new Engine(socket, DEADLINE, Duration.ofSeconds(5))) {
            assertThatThrownBy(() ->
                            impatient.change(
                                    "start web-0",
                                    Duration.ofMillis(-4_900),
                                    client -> requireNonNull(client.infoCmd().exec().getName()),
                                    Optional::empty))
                    .isInstanceOf(EngineException.class)
                    .isNotInstanceOf(OutcomeUnknown.class)
                    .hasMessageContaining("did not start web-0 within 0.1 s");
        }
        assertThat(closed.get()).isTrue();
    }

    @Test
    void a_deadline_that_was_missed_is_longer_the_next_time_and_shorter_again_after_an_answer() {
        var deadline = new AdaptiveDeadline(Duration.ofSeconds(10));

        deadline.missed(Duration.ofSeconds(10));
        deadline.missed(Duration.ofSeconds(10)); // a second call missed the same deadline
        assertThat(deadline.now()).hasSeconds(20);
        for (var i = 0; i < 5; i++) {
            deadline.missed(deadline.now());
        }
        assertThat(deadline.now()).hasSeconds(80);
        for (var i = 0; i < 5; i++) {
            deadline.met(deadline.now());
        }
        assertThat(deadline.now()).hasSeconds(10);
    }

    @Test
    void a_connection_that_breaks_leaves_the_outcome_unknown_and_an_error_does_not()
            throws Exception {
        var _ = hangsUp();
        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(OutcomeUnknown.class);
    }

    @Test
    void a_full_disk_is_told_apart_from_other_errors() throws Exception {
        var message = "{\"message\":\"mkdir /var/lib/docker/x: no space left on device\"}";
        var _ =
                answersOnce(
                        "HTTP/1.1 500 Server Error\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(message.length(), message));

        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(DiskFull.class)
                .hasMessageStartingWith("Docker's disk is full: free space on it")
                .hasMessageEndingWith("mkdir /var/lib/docker/x: no space left on device");
    }

    @Test
    void a_command_that_docker_repeats_does_not_look_like_a_full_disk() throws Exception {
        var message =
                "{\"message\":\"exec: \\\"x: no space left on device\\\": executable file not found\"}";
        var _ =
                answersOnce(
                        "HTTP/1.1 500 Server Error\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(message.length(), message));

        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(EngineException.class)
                .isNotInstanceOf(DiskFull.class);
    }

    @Test
    void an_error_that_the_engine_reports_is_an_outcome() throws Exception {
        var _ =
                answersOnce(
                        "HTTP/1.1 500 Server Error\r\nContent-Length: 21\r\n\r\n{\"message\":\"no room\"}");

        assertThatThrownBy(() -> new Containers(engine).remove("x"))
                .isInstanceOf(EngineException.class)
                .isNotInstanceOf(OutcomeUnknown.class)
                .hasMessageContaining("no room");
    }

    @Test
    void a_pull_lasts_as_long_as_it_makes_progress_and_ends_soon_after_it_makes_none() {
        var image = "registry.example.com/shop:2";
        var told = new CopyOnWriteArrayList<String>();
        var sent = sends(IntStream.rangeClosed(1, 5).mapToObj(EngineTest::downloaded));
        var noProgress = Duration.ofMillis(1_500);
        var request = Request.builder().method(Request.Method.POST).path("/images/create").build();

        assertThatThrownBy(() -> new Pulls(engine, noProgress, LONG).run(image, request, told::add))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("made no progress for 1.5 s (pull image");

        assertThat(sent).as("lines sent in 2.5 s").hasValue(5);
        assertThat(told.getLast())
                .startsWith("pulling image '%s': ".formatted(image))
                .endsWith(" of 5 MB, 0 of 1 layers");
    }

    @Test
    void pulls_from_a_slow_registry_leave_turns_to_images_of_others() throws Exception {
        var pulls = new Pulls(engine, LONG, LONG);
        var end = new CountDownLatch(1);
        var asked = pullsSlowlyFrom("slow.example.com", end);
        var slow =
                IntStream.range(0, 9)
                        .mapToObj(i -> "slow.example.com:%d/shop:2".formatted(5000 + i))
                        .map(image -> Thread.startVirtualThread(() -> pull(pulls, image)))
                        .toList();
        await("two slow pulls", asked::size, it -> it == 2);

        pull(pulls, "other.example.com/shop:2");
        pull(pulls, "nginx");

        assertThat(asked).hasSize(4);
        assertThat(asked.subList(2, 4)).noneMatch(line -> line.contains("slow.example.com"));
        end.countDown();
        for (var thread : slow) {
            thread.join();
        }
        assertThat(asked).hasSize(11);
    }

    @Test
    void pulls_from_many_slow_registries_leave_turns_to_images_of_others() throws Exception {
        var pulls = new Pulls(engine, LONG, Duration.ofMillis(50));
        var end = new CountDownLatch(1);
        var asked = pullsSlowlyFrom("slow.example.com", end);
        var slow =
                IntStream.range(0, 12)
                        .mapToObj(i -> "%d.slow.example.com/shop:2".formatted(i))
                        .map(image -> Thread.startVirtualThread(() -> pull(pulls, image)))
                        .toList();
        await("all slow pulls", asked::size, it -> it == 12);

        pull(pulls, "other.example.com/shop:2");
        pull(pulls, "nginx");

        end.countDown();
        for (var thread : slow) {
            thread.join();
        }
        assertThat(asked).hasSize(14);
    }

    private static void pull(Pulls pulls, String image) {
        var path = "/images/create?fromImage=" + image;
        var request = Request.builder().method(Request.Method.POST).path(path).build();
        pulls.run(image, request, _ -> {});
    }

    @Test
    void an_engine_that_is_not_there_is_named_with_the_way_out() {
        var missing = URI.create("unix://" + folder.resolve("none.sock"));
        try (var engine = new Engine(missing)) {
            assertThatThrownBy(() -> new Containers(engine).labelled("x"))
                    .isInstanceOf(OutcomeUnknown.class)
                    .hasMessageContaining("Docker does not answer at " + missing)
                    .hasMessageContaining("systemctl start docker");
        }
    }

    private static String downloaded(int megabytes) {
        return """
        {"status": "Downloading", "id": "a", "progressDetail": {"current": %d, "total": 5000000}}
        """
                .formatted(megabytes * 1_000_000);
    }

    /**
     * Sends these lines as the answer to the first request, one every half second, and then nothing
     * more.
     *
     * @return the number of lines sent so far
     */
    private AtomicInteger sends(Stream<String> lines) {
        var sent = new AtomicInteger();
        var _ =
                server.submit(() -> {
                    try (var connection = listener.accept()) {
                        connection.read(ByteBuffer.allocate(64 * 1024));
                        write(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                        for (var line : lines.toList()) {
                            Thread.sleep(500);
                            write(connection, line);
                            sent.incrementAndGet();
                        }
                        return connection.read(ByteBuffer.allocate(1)); // until the client hangs up
                    }
                });
        return sent;
    }

    /**
     * Answers each pull with one line of progress. The answers to pulls from {@code host} end only
     * after {@code end}.
     *
     * @return the first lines of the requests
     */
    private List<String> pullsSlowlyFrom(String host, CountDownLatch end) {
        var asked = new CopyOnWriteArrayList<String>();
        var _ =
                server.submit(() -> {
                    while (true) {
                        var connection = listener.accept();
                        var _ = server.submit(() -> answerPull(connection, asked, host, end));
                    }
                });
        return asked;
    }

    private static String answerPull(
            SocketChannel connection, List<String> asked, String host, CountDownLatch end)
            throws Exception {
        try (connection) {
            var request = ByteBuffer.allocate(64 * 1024);
            connection.read(request);
            var text = StandardCharsets.UTF_8.decode(request.flip()).toString();
            var line = text.lines().findFirst().orElse("");
            asked.add(line);
            write(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + downloaded(1));
            if (line.contains(host)) {
                end.await();
            }
            return line;
        }
    }

    private static void write(SocketChannel connection, String text) throws IOException {
        connection.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Reads a request on each connection and then closes the connection without an answer.
     *
     * @return the first lines of the requests
     */
    private List<String> hangsUp() {
        var asked = new CopyOnWriteArrayList<String>();
        var _ =
                server.submit(() -> {
                    while (true) {
                        try (var connection = listener.accept()) {
                            var request = ByteBuffer.allocate(64 * 1024);
                            connection.read(request);
                            var text = StandardCharsets.UTF_8.decode(request.flip()).toString();
                            asked.add(text.lines().findFirst().orElse(""));
                        }
                    }
                });
        return asked;
    }

    /**
     * Sends this answer to the first client.
     *
     * @return completes with true when that client has closed the connection
     */
    private Future<Boolean> answersOnce(String answer) {
        return server.submit(() -> {
            try (var connection = listener.accept()) {
                var request = ByteBuffer.allocate(64 * 1024);
                connection.read(request);
                connection.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                return connection.read(request) < 0;
            }
        });
    }
}
