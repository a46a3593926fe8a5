package io.autoserve.runtime;

import io.autoserve.runtime.ContainerRuntime.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads the usage of containers from the kernel's files. This takes about 50 µs per container,
 * while the engine needs a second to report the same. It supports cgroups version 1 and 2, created
 * by Docker itself or by systemd.
 */
final class Cgroups {
    /**
     * Folders where the machine's cgroups may be. A controller in a container finds them at the
     * first path.
     */
    static final List<Path> ROOTS = List.of(Path.of("/run/cgroup"), Path.of("/sys/fs/cgroup"));

    private static final Path MACHINE = Path.of("/proc/meminfo");

    private final List<Layout> layouts;
    private volatile Layout usual;
    private volatile long machineBytes;

    /**
     * @param name pattern for the name of a container's folder; {@code %s} is the container's id
     */
    private record Layout(Path root, String name, boolean version2) {
        Path folder(String controller, String containerId) {
            return (version2 ? root : root.resolve(controller))
                    .resolve(name.formatted(containerId));
        }

        boolean has(String containerId) {
            return Files.exists(
                    folder("memory", containerId)
                            .resolve(version2 ? "memory.current" : "memory.usage_in_bytes"));
        }
    }

    Cgroups(List<Path> roots) {
        layouts =
                roots.stream()
                        .flatMap(root ->
                                Stream.of("docker/%s", "system.slice/docker-%s.scope")
                                        .flatMap(name ->
                                                Stream.of(
                                                        new Layout(root, name, true),
                                                        new Layout(root, name, false))))
                        .toList();
        usual = layouts.getFirst();
    }

    /** Returns the usage, or empty if the container has ended or its files are not visible here. */
    Optional<Usage> usage(String containerId) {
        var usage = usage(usual, containerId); // all containers of a machine share one layout
        return usage.isPresent() ? usage : elsewhere(containerId);
    }

    private Optional<Usage> elsewhere(String containerId) {
        var found = layouts.stream().filter(layout -> layout.has(containerId)).findFirst();
        found.ifPresent(layout -> usual = layout);
        return found.flatMap(layout -> usage(layout, containerId));
    }

    private Optional<Usage> usage(Layout layout, String containerId) {
        try {
            return Optional.of(read(layout, containerId));
        } catch (IOException ended) {
            return Optional.empty();
        }
    }

    private Usage read(Layout layout, String containerId) throws IOException {
        var memory = layout.folder("memory", containerId);
        var cpu = layout.folder("cpuacct", containerId);
        return layout.version2
                ? new Usage(
                        Duration.ofNanos(1000 * field(cpu.resolve("cpu.stat"), "usage_usec")),
                        workingSet(
                                number(memory.resolve("memory.current")),
                                field(memory.resolve("memory.stat"), "inactive_file")),
                        limit(memory.resolve("memory.max")))
                : new Usage(
                        Duration.ofNanos(number(cpu.resolve("cpuacct.usage"))),
                        workingSet(
                                number(memory.resolve("memory.usage_in_bytes")),
                                field(memory.resolve("memory.stat"), "total_inactive_file")),
                        limit(memory.resolve("memory.limit_in_bytes")));
    }

    /**
     * Returns the working set as the kubelet computes it. File pages that were not used lately do
     * not count, because the kernel reclaims them whenever it needs memory.
     */
    static long workingSet(long usage, long inactiveFile) {
        return Math.max(0, usage - inactiveFile);
    }

    /**
     * Returns the memory limit. If there is no limit, cgroups version 2 writes "max", and version 1
     * writes a number larger than any machine's memory.
     */
    private long limit(Path file) throws IOException {
        if (machineBytes == 0) {
            machineBytes = 1024 * field(MACHINE, "MemTotal:");
        }
        var written = Files.readString(file).strip();
        return written.equals("max")
                ? machineBytes
                : Math.min(machineBytes, Long.parseLong(written));
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static long field(Path file, String name) throws IOException {
        return Files.readString(file)
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.split("\\s+", 3))
                .filter(words -> words[0].equals(name))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElseThrow(() -> new IOException("no %s in %s".formatted(name, file)));
    }
}
