package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupsTest {
    @TempDir private Path root;
    private Cgroups cgroups;

    @BeforeEach
    void look() {
        cgroups = new Cgroups(List.of(root.resolve("not-there"), root));
    }

    @Test
    void reads_version_2_under_systemd() throws IOException {
        write("system.slice/docker-ab.scope/cpu.stat", "usage_usec 1500\nuser_usec 1000\n");
        write("system.slice/docker-ab.scope/memory.current", "1000\n");
        write("system.slice/docker-ab.scope/memory.stat", "anon 300\ninactive_file 400\n");
        write("system.slice/docker-ab.scope/memory.max", "2000\n");

        var usage = cgroups.usage("ab").orElseThrow();
        assertThat(usage.cpu()).isEqualTo(Duration.ofNanos(1_500_000));
        assertThat(usage.memoryBytes()).isEqualTo(600);
        assertThat(usage.memoryLimitBytes()).isEqualTo(2000);
    }

    @Test
    void reads_version_1_and_takes_the_machines_memory_where_there_is_no_limit()
            throws IOException {
        write("cpuacct/docker/ab/cpuacct.usage", "1500\n");
        write("memory/docker/ab/memory.usage_in_bytes", "1000\n");
        write("memory/docker/ab/memory.stat", "cache 500\ntotal_inactive_file 400\n");
        write("memory/docker/ab/memory.limit_in_bytes", "9223372036854771712\n");

        var usage = cgroups.usage("ab").orElseThrow();
        assertThat(usage.cpu()).isEqualTo(Duration.ofNanos(1500));
        assertThat(usage.memoryBytes()).isEqualTo(600);
        assertThat(usage.memoryLimitBytes()).isBetween(1L << 20, 1L << 50);
    }

    @Test
    void knows_nothing_of_a_container_that_ended() {
        assertThat(cgroups.usage("ab")).isEmpty();
    }

    private void write(String name, String text) throws IOException {
        Files.createDirectories(root.resolve(name).getParent());
        Files.writeString(root.resolve(name), text);
    }
}
