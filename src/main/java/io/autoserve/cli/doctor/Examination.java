package io.autoserve.cli.doctor;

import io.autoserve.Settings;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.doctor.Docker.Container;
import io.autoserve.cli.doctor.Facts.Disk;
import io.autoserve.cli.doctor.Facts.Image;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.Part;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Proxy;
import io.autoserve.cli.local.DevFolder;
import io.autoserve.cli.local.DevState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Gathers the facts, one after the other, and judges none of them. */
final class Examination {
    private static final String PLATFORM = "AutoServe";

    private final Api api;
    private final Map<String, String> environment;
    private final InstantSource clock;
    private final Settings settings;
    private final DevFolder folder;
    private final Commands commands = Commands.ofThisMachine();

    Examination(Api api, Map<String, String> environment, InstantSource clock) {
        this.api = api;
        this.environment = environment;
        this.clock = clock;
        this.settings = Settings.from(environment);
        this.folder = DevFolder.standard(environment);
    }

    /** Examines this machine and the platform on it. */
    Diagnosis here() {
        var docker = new Docker(commands, environment.getOrDefault("AUTOSERVE_DOCKER", ""));
        var containers = docker.containers();
        var burden =
                new BurdenCheck(Path.of("/proc"), Runtime.getRuntime().availableProcessors())
                        .read();
        var dev = DevState.read(folder).filter(_ -> folder.running());
        var place = place(dev.isPresent(), containers);
        var controller = new ApiCheck(api);
        var failing = controller.failing();
        var databases = databases(place);
        var images = images(docker, place, controller);
        return Diagnosis.of(
                new Facts(
                        place,
                        docker.engine(),
                        parts(containers),
                        new RequiredPorts(environment, ours(containers)).of(place, dev),
                        disks(docker),
                        burden,
                        burden.filter(Facts.Burden::busy).isPresent()
                                ? docker.unlimited()
                                : List.of(),
                        images,
                        ages(docker, images),
                        controller.state(),
                        failing,
                        databases.stream().map(DatabaseCheck.SeenDatabase::server).toList(),
                        Stream.concat(
                                        controller.clock(clock).stream(),
                                        databases.stream().flatMap(it -> it.clock().stream()))
                                .toList(),
                        proxy(docker, place, dev)));
    }

    /** Examines what is open on this machine. */
    Diagnosis security() {
        var docker = new Docker(commands, environment.getOrDefault("AUTOSERVE_DOCKER", ""));
        var place = place(folder.running(), docker.containers());
        var images = images(docker, place, new ApiCheck(api));
        return new SecurityReview(
                        new SecurityExamination(api, commands, environment, folder.path(), clock)
                                .exposure(place, docker, ages(docker, images)))
                .diagnosis();
    }

    /** Examines a platform on another machine, through its API alone. */
    Diagnosis elsewhere() {
        var controller = new ApiCheck(api);
        var failing = controller.failing();
        return Diagnosis.of(
                new Facts(
                        PlatformKind.ELSEWHERE,
                        new Facts.Engine.NotAsked(),
                        List.of(),
                        List.of(),
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        List.of(),
                        controller.state(),
                        failing,
                        List.of(),
                        controller.clock(clock).stream().toList(),
                        Optional.empty()));
    }

    private PlatformKind place(boolean dev, List<Container> containers) {
        if (dev) {
            return PlatformKind.DEV;
        }
        return containers.stream().anyMatch(it -> it.composedBy(settings.installation()))
                ? PlatformKind.CLUSTER
                : PlatformKind.NOTHING;
    }

    private List<Part> parts(List<Container> containers) {
        return ours(containers).stream()
                .map(it -> new Part(it.name(), it.runs(), it.status()))
                .toList();
    }

    private List<Container> ours(List<Container> containers) {
        return containers.stream().filter(it -> it.partOf(settings.installation())).toList();
    }

    /**
     * Returns the disks of Docker and of AutoServe. Two entries with the same sizes count as one
     * disk.
     */
    private List<Disk> disks(Docker docker) {
        var disks = new ArrayList<Disk>();
        docker.root()
                .flatMap(root -> disk("images, containers and volumes", root))
                .ifPresent(disks::add);
        disk("the data of AutoServe", folder.path())
                .filter(ours ->
                        disks.stream()
                                .noneMatch(it ->
                                        it.totalBytes() == ours.totalBytes()
                                                && it.freeBytes() == ours.freeBytes()))
                .ifPresent(disks::add);
        return List.copyOf(disks);
    }

    private Optional<Disk> disk(String use, Path folder) {
        var path = folder;
        while (path.getParent() != null && !Files.exists(path)) {
            path = path.getParent();
        }
        try {
            var store = Files.getFileStore(path);
            return Optional.of(
                    new Disk(
                            use,
                            folder.toString(),
                            store.getUsableSpace(),
                            store.getTotalSpace(),
                            inodesUsed(path)));
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private int inodesUsed(Path path) {
        return commands.run("df", "--output=ipcent", path.toString()).stream()
                .filter(Commands.Said::succeeded)
                .flatMap(it -> it.text().lines())
                .map(line -> line.strip().replace("%", ""))
                .filter(line -> line.matches("\\d{1,3}"))
                .mapToInt(Integer::parseInt)
                .findFirst()
                .orElse(0);
    }

    private List<Image> images(Docker docker, PlatformKind place, ApiCheck controller) {
        if (docker.root().isEmpty()) {
            return List.of();
        }
        var images = new ArrayList<Image>();
        for (var name :
                place == PlatformKind.CLUSTER
                        ? List.of("nginx", "postgres", "keeper", "controller")
                        : List.of("nginx")) {
            var image = "localhost/autoserve/" + name;
            images.add(new Image(image, PLATFORM, docker.hasImage(image), Optional.empty(), false));
        }
        controller.images().forEach((app, image) -> images.add(image(docker, app, image)));
        return List.copyOf(images);
    }

    private List<ImageAge> ages(Docker docker, List<Image> images) {
        return images.stream()
                .filter(image -> image.user().equals(PLATFORM) && image.present())
                .flatMap(image ->
                        docker.created(image.name()).stream()
                                .map(built ->
                                        new ImageAge(
                                                image.name(),
                                                Duration.between(built, clock.instant()))))
                .toList();
    }

    private static Image image(Docker docker, String app, String name) {
        if (docker.hasImage(name)) {
            return new Image(name, app, true, Optional.empty(), false);
        }
        var registry = Registry.of(name);
        return new Image(name, app, false, Optional.of(registry.host()), registry.answers());
    }

    private List<DatabaseCheck.SeenDatabase> databases(PlatformKind place) {
        var servers =
                switch (place) {
                    case NOTHING, ELSEWHERE -> List.<DatabaseCheck>of();
                    case DEV -> new DatabaseServers(environment, folder.path()).ofDev();
                    case CLUSTER -> new DatabaseServers(environment, folder.path()).ofCluster();
                };
        return servers.stream().map(server -> server.read(clock)).toList();
    }

    private Optional<Proxy> proxy(Docker docker, PlatformKind place, Optional<DevState> dev) {
        return switch (place) {
            case NOTHING, ELSEWHERE -> Optional.empty();
            case DEV ->
                    dev.map(it ->
                            new ProxyCheck(
                                            docker,
                                            settings.proxyContainer(),
                                            RequiredPorts.port(URI.create(it.apps())))
                                    .read());
            case CLUSTER ->
                    Optional.of(
                            new ProxyCheck(
                                            docker,
                                            settings.installation() + "-nginx",
                                            Integer.parseInt(
                                                    environment.getOrDefault(
                                                            "AUTOSERVE_HTTP_PORT", "80")))
                                    .read());
        };
    }
}
