package io.autoserve.cli.doctor;

import static java.util.stream.Collectors.joining;

import io.autoserve.cli.doctor.Facts.Burden;
import io.autoserve.cli.doctor.Facts.Unlimited;
import io.autoserve.cli.terminal.HumanUnits;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Judges how busy this machine is. */
record Workload(Burden burden, List<Unlimited> unlimited) {
    private static final double OVERLOADED = 8;

    /** The share of a minute, in percent, from which on waiting for the resource is a problem. */
    private static final Map<String, Integer> STALLED =
            Map.of("the processors", 60, "memory", 5, "the disk", 25);

    Stream<Finding> findings() {
        return Stream.of(Stream.of(load(), memory()), stalls(), portProxies()).flatMap(it -> it);
    }

    private Finding load() {
        var perCore = burden.average() / burden.cores();
        var fact =
                "load average %s on %s"
                        .formatted(
                                number(burden.average()), HumanUnits.count(burden.cores(), "core"));
        if (!burden.busy()) {
            return Finding.ok("load", fact);
        }
        var whole = unlimited.isEmpty() ? fact : fact + "; without a CPU limit run: " + names();
        return perCore < OVERLOADED
                ? Finding.warn("load", whole, lighter())
                : Finding.fail("load", whole, lighter());
    }

    private String names() {
        return unlimited.stream()
                .limit(5)
                .map(it -> "%s (%s CPU)".formatted(it.instance(), it.share()))
                .collect(joining(", "));
    }

    private String lighter() {
        return unlimited.isEmpty()
                ? "run 'top' and 'docker stats' to see what uses the processors, and stop or limit"
                        + " it"
                : "set 'resources: {cpu: …}' in the specs of these apps, or AUTOSERVE_DEFAULT_CPU"
                        + " for all apps without a limit";
    }

    private Finding memory() {
        var fact =
                "%s of %s of memory are available"
                        .formatted(
                                HumanUnits.bytes(burden.availableBytes()),
                                HumanUnits.bytes(burden.totalBytes()));
        var wayOut =
                "run 'docker stats' to see what uses the memory, and set 'resources: {memory: …}'"
                        + " or AUTOSERVE_DEFAULT_MEMORY";
        if (burden.availableBytes() * 33 < burden.totalBytes()) {
            return Finding.fail("memory", fact, wayOut);
        }
        return burden.availableBytes() * 10 < burden.totalBytes()
                ? Finding.warn("memory", fact, wayOut)
                : Finding.ok("memory", fact);
    }

    private Stream<Finding> stalls() {
        return STALLED.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(it -> burden.stalled().getOrDefault(it.getKey(), 0.0) >= it.getValue())
                .map(it ->
                        Finding.warn(
                                "pressure",
                                "processes waited for %s during %s %% of the last minute"
                                        .formatted(
                                                it.getKey(),
                                                number(
                                                        burden.stalled()
                                                                .getOrDefault(it.getKey(), 0.0))),
                                "run 'top' and 'docker stats' to see what uses %s, and stop or limit it"
                                        .formatted(it.getKey())));
    }

    /** Reports the proxies only on a busy machine, since they cost nothing without requests. */
    private Stream<Finding> portProxies() {
        return burden.portProxies() == 0 || !burden.busy()
                ? Stream.empty()
                : Stream.of(
                        Finding.warn(
                                "proxies",
                                "Docker runs %s, which can take a core under many requests"
                                        .formatted(
                                                burden.portProxies() == 1
                                                        ? "a userland proxy"
                                                        : burden.portProxies()
                                                                + " userland proxies"),
                                "see in 'top' whether docker-proxy is busy; \"userland-proxy\": false"
                                        + " in /etc/docker/daemon.json switches it off"));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
