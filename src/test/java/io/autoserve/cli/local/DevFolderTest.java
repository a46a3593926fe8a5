package io.autoserve.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests what {@code dev} checks before it starts anything. */
class DevFolderTest {
    @TempDir private Path path;

    @Test
    void what_one_writes_another_reads() {
        var folder = new DevFolder(path);
        var state = new DevState(7, "http://127.0.0.1:8000", "http://localhost", false);

        assertThat(DevState.read(folder)).isEmpty();
        state.write(folder);
        assertThat(DevState.read(folder)).contains(state);
        state.serving().write(folder);
        assertThat(DevState.read(folder)).map(DevState::serves).contains(true);
    }

    @Test
    void a_broken_state_file_is_none() throws IOException {
        var folder = new DevFolder(path);
        Files.writeString(folder.state(), "{\"pid\":");

        assertThat(DevState.read(folder)).isEmpty();
    }

    @Test
    void nothing_runs_where_nobody_holds_the_lock() {
        assertThat(new DevFolder(path).running()).isFalse();
        assertThat(new DevFolder(path).lock()).isPresent();
    }

    @Test
    void a_taken_port_names_its_owner_and_the_way_out() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var port = taken.getLocalPort();

            assertThatThrownBy(() -> LocalPorts.requireFree(port, "the API", "--api-port"))
                    .hasMessage(
                            "port %d, needed for the API, is in use by java (pid %d): choose another with --api-port",
                            port, ProcessHandle.current().pid());
            assertThat(LocalPorts.firstFree(port)).isGreaterThan(port);
        }
    }
}
