package io.autoserve.cli.doctor;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.doctor.Facts.Burden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BurdenCheckTest {
    @TempDir private Path proc;

    @Test
    void reads_load_memory_pressure_and_proxies() throws IOException {
        write("loadavg", "48.20 20.10 9.00 35/900 4711\n");
        write("meminfo", "MemTotal:     4000000 kB\nMemFree: 10 kB\nMemAvailable:  200000 kB\n");
        write("pressure/cpu", "some avg10=90.00 avg60=81.50 avg300=9.00 total=1\n");
        write(
                "pressure/io",
                """
                some avg10=90.00 avg60=70.00 avg300=9.00 total=1
                full avg10=50.00 avg60=30.25 avg300=9.00 total=1
                """);
        write("12/comm", "docker-proxy\n");
        write("13/comm", "java\n");

        assertThat(new BurdenCheck(proc, 2).read())
                .contains(
                        new Burden(
                                48.2,
                                2,
                                Map.of("the processors", 81.5, "the disk", 30.25),
                                200_000L << 10,
                                4_000_000L << 10,
                                1));
    }

    @Test
    void a_machine_without_proc_is_unknown() {
        assertThat(new BurdenCheck(proc, 2).read()).isEmpty();
    }

    private void write(String file, String text) throws IOException {
        var path = proc.resolve(file);
        Files.createDirectories(requireNonNull(path.getParent()));
        Files.writeString(path, text);
    }
}
