package io.autoserve.cli.doctor;

import static java.util.stream.Collectors.joining;

import io.autoserve.cli.doctor.Facts.Disk;
import io.autoserve.cli.doctor.Facts.Engine;
import io.autoserve.cli.doctor.Facts.Holder;
import io.autoserve.cli.doctor.Facts.Image;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Port;
import io.autoserve.cli.terminal.HumanUnits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Judges this machine: Docker, ports, load, disks and images. */
record Machine(Facts facts) {
    private static final int OLDEST_MAJOR = 20;
    private static final Set<String> SLOW_STORAGE = Set.of("vfs", "devicemapper", "aufs");
    private static final Duration OLD = Duration.ofDays(30);
    private static final long FULL = 1L << 30;
    private static final long NEARLY_FULL = 5L << 30;

    Stream<Finding> findings() {
        return Stream.of(
                        Stream.of(engine()),
                        ports(),
                        facts.burden().stream()
                                .flatMap(it -> new Workload(it, facts.unlimited()).findings()),
                        facts.disks().stream().map(Machine::disk),
                        facts.disks().stream().flatMap(Machine::inodes),
                        images(),
                        facts.ages().stream().map(image -> age(image, facts.place())))
                .flatMap(it -> it);
    }

    private Finding engine() {
        return switch (facts.engine()) {
            case Engine.Running answers -> answering(answers);
            case Engine.NotInstalled _ ->
                    Finding.fail(
                            "engine",
                            "there is no docker command in the PATH",
                            "run './autoserve dev' as root, which installs Docker, or 'apt-get"
                                    + " install docker.io docker-cli'");
            case Engine.NotAllowed _ ->
                    Finding.fail(
                            "engine",
                            "Docker is running, but you are not permitted to use it",
                            "run 'sudo usermod -aG docker $USER', then log in again");
            case Engine.Silent(var reason) ->
                    Finding.fail(
                            "engine",
                            "Docker does not answer: " + reason,
                            "run 'systemctl start docker', or './autoserve dev' as root, which"
                                    + " starts Docker too");
            case Engine.NotAsked _ ->
                    Finding.warn(
                            "engine",
                            "Docker was not checked",
                            "run doctor on the machine of the platform");
        };
    }

    private static Finding answering(Engine.Running engine) {
        var fact =
                "Docker Engine %s, cgroup v%s, %s"
                        .formatted(engine.version(), engine.cgroup(), engine.storage());
        if (major(engine.version()) < OLDEST_MAJOR) {
            return Finding.fail(
                    "engine",
                    fact,
                    "install Docker 20.10 or newer: https://docs.docker.com/engine/install/");
        }
        if (SLOW_STORAGE.contains(engine.storage())) {
            return Finding.warn(
                    "engine",
                    fact + ", which copies whole images",
                    "set \"storage-driver\": \"overlay2\" in /etc/docker/daemon.json");
        }
        return Finding.ok("engine", fact);
    }

    private static int major(String version) {
        var digits = version.replaceFirst("\\D.*", "");
        return digits.isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(digits);
    }

    private Stream<Finding> ports() {
        var findings = new ArrayList<Finding>();
        var fine = new ArrayList<Port>();
        for (var port : facts.ports()) {
            switch (port.holder()) {
                case Holder.Nobody _ when facts.place() != PlatformKind.NOTHING && port.vital() ->
                        findings.add(unused(port));
                case Holder.Nobody _, Holder.Ours _ -> fine.add(port);
                case Holder.Other(var name) -> findings.add(taken(port, name));
            }
        }
        if (!fine.isEmpty()) {
            findings.addFirst(Finding.ok("ports", fine(fine)));
        }
        return findings.stream();
    }

    private Finding unused(Port port) {
        return Finding.fail(
                "ports",
                "no process listens on port %d, which is for %s"
                        .formatted(port.number(), port.user()),
                again());
    }

    private static Finding taken(Port port, String by) {
        var fact = "port %d, for %s, is in use by %s".formatted(port.number(), port.user(), by);
        var wayOut = "stop that process, or " + port.another();
        return port.vital()
                ? Finding.fail("ports", fact, wayOut)
                : Finding.warn("ports", fact, wayOut);
    }

    private static String fine(List<Port> ports) {
        return Stream.of(
                        numbers(
                                ports,
                                port -> port.holder() instanceof Holder.Ours,
                                "used by AutoServe"),
                        numbers(ports, port -> port.holder() instanceof Holder.Nobody, "free"))
                .filter(text -> !text.isEmpty())
                .collect(joining("; "));
    }

    private static String numbers(List<Port> ports, Predicate<Port> which, String state) {
        var numbers =
                ports.stream()
                        .filter(which)
                        .map(port -> String.valueOf(port.number()))
                        .collect(joining(", "));
        return numbers.isEmpty() ? "" : numbers + " " + state;
    }

    private String again() {
        return facts.place() == PlatformKind.DEV
                ? "run './autoserve dev --stop', then './autoserve dev'"
                : "run './autoserve platform up' to start what is down";
    }

    private static Finding disk(Disk disk) {
        var fact =
                "%s of %s are free for %s (%s)"
                        .formatted(
                                HumanUnits.bytes(disk.freeBytes()),
                                HumanUnits.bytes(disk.totalBytes()),
                                disk.use(),
                                disk.path());
        var wayOut =
                "'docker system df' shows what uses the disk, 'docker system prune' removes"
                        + " unused data";
        if (disk.freeBytes() < FULL) {
            return Finding.fail("disk", fact, wayOut);
        }
        return disk.freeBytes() < NEARLY_FULL
                ? Finding.warn("disk", fact, wayOut)
                : Finding.ok("disk", fact);
    }

    /** Reports inodes only if few are left, because they rarely run out before the bytes. */
    private static Stream<Finding> inodes(Disk disk) {
        var fact =
                "%d %% of the inodes are in use for %s (%s)"
                        .formatted(disk.inodesUsed(), disk.use(), disk.path());
        var wayOut = "remove small files: 'docker system prune' removes unused images";
        if (disk.inodesUsed() < 85) {
            return Stream.empty();
        }
        return Stream.of(
                disk.inodesUsed() < 97
                        ? Finding.warn("disk", fact, wayOut)
                        : Finding.fail("disk", fact, wayOut));
    }

    private Stream<Finding> images() {
        if (facts.images().isEmpty()) {
            return Stream.empty();
        }
        var missing = facts.images().stream().filter(image -> !image.present()).toList();
        if (missing.isEmpty()) {
            return Stream.of(
                    Finding.ok(
                            "images",
                            HumanUnits.count(facts.images().size(), "image") + ", all present"));
        }
        return missing.stream().map(this::missing);
    }

    static Finding age(ImageAge image, PlatformKind place) {
        var fact =
                "image %s was built %s ago"
                        .formatted(image.name(), HumanUnits.count(image.age().toDays(), "day"));
        return image.age().compareTo(OLD) < 0
                ? Finding.ok("images", fact)
                : Finding.warn(
                        "images",
                        fact + " and lacks what Debian has fixed since",
                        place == PlatformKind.DEV
                                ? "run './autoserve dev --stop' and 'docker image rm %s', then start dev, which builds it"
                                        .formatted(image.name())
                                : "run './autoserve platform up --pull', which builds it with"
                                        + " Debian's newest packages");
    }

    private Finding missing(Image image) {
        var fact = "image %s, for %s, is missing".formatted(image.name(), image.user());
        if (image.registry().isEmpty()) {
            return facts.place() == PlatformKind.NOTHING
                    ? Finding.ok("images", fact + "; the first start builds it")
                    : Finding.warn(
                            "images",
                            fact,
                            "repeat the command that started the platform; it builds the image");
        }
        var registry = image.registry().get();
        return image.reachable()
                ? Finding.ok("images", "%s; its registry %s answers".formatted(fact, registry))
                : Finding.fail(
                        "images",
                        "%s, and its registry %s does not answer".formatted(fact, registry),
                        "run 'docker pull %s' to see why, or build the image on this machine"
                                .formatted(image.name()));
    }
}
