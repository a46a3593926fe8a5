package io.autoserve.cli.doctor;

import io.autoserve.cli.doctor.Facts.Burden;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads from Linux how busy this machine is. */
final class BurdenCheck {
    private static final Pattern KIBIBYTES =
            Pattern.compile("^(MemTotal|MemAvailable): +(\\d+) kB", Pattern.MULTILINE);

    private final Path proc;
    private final int cores;

    /**
     * @param proc the folder in which Linux shows the state of the machine, {@code /proc}
     */
    BurdenCheck(Path proc, int cores) {
        this.proc = proc;
        this.cores = cores;
    }

    /** Returns empty if this is not Linux. */
    Optional<Burden> read() {
        var load = text("loadavg").split(" ", 2)[0];
        if (load.isEmpty()) {
            return Optional.empty();
        }
        var memory = new TreeMap<String, Long>();
        KIBIBYTES
                .matcher(text("meminfo"))
                .results()
                .forEach(it -> memory.put(it.group(1), Long.parseLong(it.group(2)) << 10));
        return Optional.of(
                new Burden(
                        Double.parseDouble(load),
                        cores,
                        stalls(),
                        memory.getOrDefault("MemAvailable", 0L),
                        memory.getOrDefault("MemTotal", 0L),
                        portProxies()));
    }

    /** For the processors it reads {@code some}, because {@code full} is always zero for them. */
    private Map<String, Double> stalls() {
        var stalls = new TreeMap<String, Double>();
        stall("cpu", "some").ifPresent(it -> stalls.put("the processors", it));
        stall("memory", "full").ifPresent(it -> stalls.put("memory", it));
        stall("io", "full").ifPresent(it -> stalls.put("the disk", it));
        return Map.copyOf(stalls);
    }

    private Optional<Double> stall(String resource, String kind) {
        return Pattern.compile("^" + kind + " .*avg60=([0-9.]+)", Pattern.MULTILINE)
                .matcher(text("pressure/" + resource))
                .results()
                .findFirst()
                .map(it -> Double.valueOf(it.group(1)));
    }

    private int portProxies() {
        try (var processes = Files.newDirectoryStream(proc, "[0-9]*")) {
            var count = 0;
            for (var process : processes) {
                if (text(process.getFileName() + "/comm").startsWith("docker-proxy")) {
                    count++;
                }
            }
            return count;
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** Returns the text of the file, or nothing if it is missing or its process has ended. */
    private String text(String file) {
        try {
            return Files.readString(proc.resolve(file));
        } catch (IOException missing) {
            return "";
        }
    }
}
