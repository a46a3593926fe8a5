package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.ContainerRuntime.NotPermitted;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers see of an engine that is hung, gone or unwilling. */
@Timeout(60)
class EngineTest {
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
                .hasMessage("the engine refused to list containers: no room");

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
        assertThat(new Containers(engine).labelled("x")).as("looked for all the same").isEmpty();

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
        assertThat(asked).as("docker-java repeats what it may").hasSize(3);
    }

    @Test
    void an_engine_that_is_not_there_is_named_with_the_way_out() {
        var missing = URI.create("unix://" + folder.resolve("none.sock"));
        try (var engine = new Engine(missing)) {
            assertThatThrownBy(() -> new Containers(engine).labelled("x"))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("no engine answers at " + missing)
                    .hasMessageContaining("systemctl start docker");
        }
    }

    /**
     * Closes every connection on which it is asked.
     *
     * @return the first lines of what it was asked
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

    /** Says this much to the first caller; true once that caller has closed the connection. */
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
