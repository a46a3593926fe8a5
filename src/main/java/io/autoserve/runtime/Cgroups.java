package io.autoserve.runtime;

import io.autoserve.runtime.ContainerRuntime.Usage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Reads what containers use from the kernel's own files: some 50 µs for each, where the engine
 * takes a second. Knows cgroups of version 1 and 2, made by the engine itself or by systemd for it.
 */
final class Cgroups {
    /** The first is where a controller in a container has those of the machine. */
    static final List<Path> ROOTS = List.of(Path.of("/run/cgroup"), Path.of("/sys/fs/cgroup"));

    private static final Path MACHINE = Path.of("/proc/meminfo");

    private final List<Path> roots;

    Cgroups(List<Path> roots) {
        this.roots = roots;
    }

    /** Empty where the container has ended, or the files are not to be seen from here. */
    Optional<Usage> usage(String containerId) {
        return roots.stream()
                .flatMap(root ->
                        List.of(
                                        "docker/" + containerId,
                                        "system.slice/docker-%s.scope".formatted(containerId))
                                .stream()
                                .flatMap(name -> usage(root, name).stream()))
                .findFirst();
    }

    private static Optional<Usage> usage(Path root, String name) {
        try {
            if (Files.exists(root.resolve(name).resolve("memory.current"))) {
                return Optional.of(version2(root.resolve(name)));
            }
            var memory = root.resolve("memory").resolve(name);
            return Files.exists(memory)
                    ? Optional.of(version1(root.resolve("cpuacct").resolve(name), memory))
                    : Optional.empty();
        } catch (IOException ended) {
            return Optional.empty();
        }
    }

    private static Usage version2(Path folder) throws IOException {
        return new Usage(
                Duration.ofNanos(1000 * field(folder.resolve("cpu.stat"), "usage_usec")),
                workingSet(
                        number(folder.resolve("memory.current")),
                        field(folder.resolve("memory.stat"), "inactive_file")),
                limit(Files.readString(folder.resolve("memory.max")).strip()));
    }

    private static Usage version1(Path cpu, Path memory) throws IOException {
        return new Usage(
                Duration.ofNanos(number(cpu.resolve("cpuacct.usage"))),
                workingSet(
                        number(memory.resolve("memory.usage_in_bytes")),
                        field(memory.resolve("memory.stat"), "total_inactive_file")),
                limit(Files.readString(memory.resolve("memory.limit_in_bytes")).strip()));
    }

    /** As the kubelet counts: file pages that nobody used lately are given back when needed. */
    static long workingSet(long usage, long inactiveFile) {
        return Math.max(0, usage - inactiveFile);
    }

    /** Version 2 says "max" for none, version 1 a number larger than any machine. */
    private static long limit(String written) throws IOException {
        var machine = 1024 * field(MACHINE, "MemTotal:");
        return written.equals("max") ? machine : Math.min(machine, Long.parseLong(written));
    }

    private static long number(Path file) throws IOException {
        return Long.parseLong(Files.readString(file).strip());
    }

    private static long field(Path file, String name) throws IOException {
        return Files.readAllLines(file).stream()
                .map(line -> line.split("\\s+", 3))
                .filter(words -> words[0].equals(name))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElseThrow(() -> new IOException("no %s in %s".formatted(name, file)));
    }
}
