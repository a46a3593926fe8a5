package io.autoserve.simulation;

import io.autoserve.model.Container;
import io.autoserve.model.Container.State;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.LogLine;
import io.autoserve.model.Security;
import io.autoserve.runtime.ContainerRuntime;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Docker Engine. Its calls take time, its answers may be lost, its lists may be late or partial,
 * and others may change its containers. A frozen process of the engine is an engine that hangs.
 */
public final class ModelEngine {
    /** How long a client waits for the answer to a read, and to a change. */
    private static final Duration READ_DEADLINE = Duration.ofSeconds(10);

    private static final Duration CHANGE_DEADLINE = Duration.ofMinutes(5);

    /** Longer than any run. */
    private static final Duration FOREVER = Duration.ofDays(1);

    /** How long a program runs that ends soon. */
    private static final Duration SHORT_LIFE = Duration.ofMillis(500);

    /** Few, so that addresses are soon used again. */
    private static final int ADDRESSES = 60;

    private final Network network;
    private final RandomGenerator chance;
    private final SimulatedProcess process;
    private final Map<String, Held> byName = new LinkedHashMap<>();
    private final Set<String> creating = new HashSet<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private final Map<String, Integer> versions = new TreeMap<>();
    private final Set<String> missing = new HashSet<>();
    private final Map<String, Trouble> troubles = new TreeMap<>();
    private int lastAddress;
    private Faults faults = Faults.NONE;
    private Consumer<SimulatedProcess> beforeRequest = _ -> {};
    private Consumer<Launch> beforeCreation = _ -> {};
    private Consumer<Container> beforeRemoval = _ -> {};
    private List<Container> earlierList = List.of();
    private long ids;

    /**
     * What goes wrong, each as a probability.
     *
     * @param answerLost an answer never arrives, although the call had its effect
     * @param refused a change is refused
     * @param partialList a list lacks some containers
     * @param oldList a list is an earlier one
     * @param eventLost an event of the engine never arrives
     * @param slow a call takes up to 30 s
     */
    public record Faults(
            double answerLost,
            double refused,
            double partialList,
            double oldList,
            double eventLost,
            double slow) {
        public static final Faults NONE = new Faults(0, 0, 0, 0, 0, 0);
    }

    /** What goes wrong with all containers of one app, and with no others. */
    public enum Trouble {
        /** The program ends soon after its start. */
        ENDS,
        /** The registry does not deliver the image. */
        HAS_NO_IMAGE,
        /** Docker does not answer any request that changes a container of the app. */
        HANGS,
        /** The program answers no requests. */
        IS_SILENT
    }

    /** One container. */
    public static final class Held {
        private Container container;
        private final Instant startedAt;
        private final Security security;
        private @Nullable Integer exitCode;
        private List<LogLine> lines = List.of();

        Held(Container container, Instant startedAt, Security security) {
            this.container = container;
            this.startedAt = startedAt;
            this.security = security;
        }

        /** Returns the rights with which the container was created. */
        public Security security() {
            return security;
        }

        public Container container() {
            return container;
        }

        public Instant startedAt() {
            return startedAt;
        }
    }

    private record Watcher(SimulatedProcess client, Consumer<String> listener) {}

    private interface Work<T> {
        T run() throws InterruptedException;
    }

    public ModelEngine(Scheduler scheduler, Network network) {
        this.network = network;
        this.chance = scheduler.chance();
        this.process = scheduler.process("engine");
    }

    public SimulatedProcess process() {
        return process;
    }

    /**
     * Calls these checks before a controller creates or removes a container, and before it sends
     * any request that changes one.
     */
    public void watched(
            Consumer<SimulatedProcess> request,
            Consumer<Launch> creation,
            Consumer<Container> removal) {
        beforeRequest = request;
        beforeCreation = creation;
        beforeRemoval = removal;
    }

    public void faults(Faults now) {
        faults = now;
    }

    /** Gives one app this trouble from now on, instead of the one that it had. */
    public void trouble(String app, Trouble trouble) {
        troubles.put(app, trouble);
    }

    private boolean has(Trouble trouble, String app) {
        return troubles.get(app) == trouble;
    }

    private void hangIfTroubled(String app) throws InterruptedException {
        if (has(Trouble.HANGS, app)) {
            process.pause(FOREVER);
        }
    }

    /** Returns all containers as they are now, by name. */
    public Map<String, Held> containers() {
        return byName;
    }

    /** Returns the running container with this address; null if there is none. */
    public @Nullable Held at(String address) {
        for (var held : byName.values()) {
            if (address.equals(held.container.address()) && held.container.alive()) {
                return held;
            }
        }
        return null;
    }

    /** Returns whether the program in the container has started and answers requests. */
    public boolean isServing(Held held) {
        var startsFor =
                Duration.ofMillis(200 + Math.floorMod(held.container.id().hashCode(), 2_000));
        return held.container.state() == State.RUNNING
                && !has(Trouble.IS_SILENT, held.container.app())
                && !held.startedAt.plus(startsFor).isAfter(now());
    }

    /** Ends the program of a container, as if it crashed. */
    public void end(String name, int exitCode, String... lastLines) {
        var held = byName.get(name);
        if (held != null && held.container.state() == State.RUNNING) {
            held.exitCode = exitCode;
            held.lines = Stream.of(lastLines).map(text -> new LogLine(now(), false, text)).toList();
            held.container = in(State.EXITED, null, held.container);
            changed(name);
        }
    }

    /** Pauses a container, as if somebody else ran {@code docker pause}. */
    public void pause(String name) {
        var held = byName.get(name);
        if (held != null && held.container.state() == State.RUNNING) {
            held.container = in(State.PAUSED, held.container.address(), held.container);
            changed(name);
        }
    }

    /** Makes an image missing until it is pulled. */
    public void lose(String image) {
        missing.add(image);
    }

    /** Removes a container, as if somebody else ran {@code docker rm -f}. */
    public void vanish(String name) {
        if (byName.remove(name) != null) {
            changed(name);
        }
    }

    /** Restarts a container with another address, as {@code docker restart} may do. */
    public void restart(String name) {
        var held = byName.get(name);
        if (held != null && held.container.state() == State.RUNNING) {
            var moved = in(State.RUNNING, freeAddress(), held.container);
            byName.put(name, new Held(moved, now(), held.security));
            changed(name);
        }
    }

    /** Makes the name refer to another image from now on. */
    public void move(String image) {
        versions.merge(Image.fullName(image), 2, (before, _) -> before + 1);
    }

    /** Returns the image that the name refers to now. */
    public Image pinned(String name) {
        if (Image.hasDigest(name) || name.startsWith("sha256:")) {
            return new Image(name, name);
        }
        var full = Image.fullName(name);
        var digest = "sha256:%08x%056x".formatted(full.hashCode(), versions.getOrDefault(full, 1));
        return Image.pinned(name, digest, List.of(Image.repository(name) + "@" + digest));
    }

    private static Container in(State state, @Nullable String address, Container of) {
        return new Container(
                of.id(),
                of.name(),
                of.app(),
                of.index(),
                of.instanceId(),
                of.revision(),
                of.epoch(),
                state,
                address,
                of.image(),
                of.createdAt(),
                of.healthCheck(),
                of.task());
    }

    private String freeAddress() {
        for (var i = 0; i < ADDRESSES; i++) {
            lastAddress = (lastAddress + 1) % ADDRESSES;
            var address = "172.20.0." + (lastAddress + 2);
            if (at(address) == null) {
                return address;
            }
        }
        throw new IllegalStateException("the model has no free address");
    }

    private Instant now() {
        return process.clock().instant();
    }

    private void changed(String name) {
        for (var watcher : watchers) {
            if (chance.nextDouble() >= faults.eventLost) {
                network.send(
                        process,
                        watcher.client,
                        new Network.Lane(),
                        () -> watcher.client.soon(() -> watcher.listener.accept(name)));
            }
        }
    }

    /**
     * Returns the engine as one controller calls it.
     *
     * @param permitted whether the caller may change anything. It is asked before each change
     */
    public ContainerRuntime runtime(SimulatedProcess client, BooleanSupplier permitted) {
        return new Calls(client, permitted);
    }

    private final class Calls implements ContainerRuntime {
        private final SimulatedProcess client;
        private final BooleanSupplier permitted;

        Calls(SimulatedProcess client, BooleanSupplier permitted) {
            this.client = client;
            this.permitted = permitted;
        }

        private <T> T read(Work<T> work) {
            return call(READ_DEADLINE, "read", work);
        }

        private <T> T change(String request, Work<T> work) {
            if (!permitted.getAsBoolean()) {
                throw new NotPermitted(request);
            }
            beforeRequest.accept(client);
            return call(
                    CHANGE_DEADLINE,
                    request,
                    () -> {
                        if (chance.nextDouble() < faults.refused) {
                            throw new EngineException("Docker refused to " + request, null);
                        }
                        return work.run();
                    });
        }

        private <T> T call(Duration deadline, String request, Work<T> work) {
            var answer = Promise.<T>promise();
            network.send(
                    client,
                    process,
                    new Network.Lane(),
                    () -> process.start(request, () -> serve(work, answer)));
            try {
                return client.within(deadline, answer.future()).await();
            } catch (EngineException | ImageMissing refused) {
                throw refused;
            } catch (Exception silent) {
                if (silent instanceof TimeoutException) {
                    throw new OutcomeUnknown("no answer from Docker to " + request);
                }
                throw new IllegalStateException("the model of the engine failed", silent);
            }
        }

        private <T> void serve(Work<T> work, Promise<T> answer) {
            try {
                process.pause(effort());
                var result = work.run();
                answered(answer, () -> answer.tryComplete(result));
            } catch (EngineException | ImageMissing refused) {
                answered(answer, () -> answer.tryFail(refused));
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts the engine", e);
            }
        }

        /** Sends the answer. If it is lost, the client notices that the connection broke. */
        private void answered(Promise<?> answer, Runnable arrival) {
            var lost = chance.nextDouble() < faults.answerLost;
            var broken = new OutcomeUnknown("the connection to Docker broke");
            network.send(
                    process,
                    client,
                    new Network.Lane(),
                    () -> client.soon(lost ? () -> answer.tryFail(broken) : arrival));
        }

        private Duration effort() {
            return chance.nextDouble() < faults.slow
                    ? Duration.ofMillis(chance.nextInt(30_000))
                    : Duration.ofMillis(1 + chance.nextInt(20));
        }

        @Override
        public String node() {
            return "here";
        }

        @Override
        public List<Container> list() {
            return read(() -> {
                var all = byName.values().stream().map(Held::container).toList();
                if (chance.nextDouble() < faults.oldList) {
                    return earlierList;
                }
                earlierList = all;
                return chance.nextDouble() < faults.partialList
                        ? all.stream().filter(_ -> chance.nextBoolean()).toList()
                        : all;
            });
        }

        @Override
        public boolean exists(String containerId) {
            return read(() -> held(containerId) != null);
        }

        private @Nullable Held held(String containerId) {
            for (var held : byName.values()) {
                if (held.container.id().equals(containerId)) {
                    return held;
                }
            }
            return null;
        }

        @Override
        public Container start(Launch launch) {
            return change(
                    "start " + launch.name(),
                    () -> {
                        hangIfTroubled(launch.app());
                        return started(launch);
                    });
        }

        private Container started(Launch launch) throws InterruptedException {
            return alone(
                    launch.name(),
                    () -> {
                        var present = byName.get(launch.name());
                        if (present != null && isOf(present, launch)) {
                            return present.container;
                        }
                        requireImage(launch);
                        beforeCreation.accept(launch);
                        if (present != null) {
                            beforeRemoval.accept(present.container);
                            byName.remove(launch.name());
                            changed(launch.name());
                        }
                        return added(launch, State.RUNNING);
                    });
        }

        @Override
        public Container create(Launch launch) {
            return change(
                    "create " + launch.name(), () -> alone(launch.name(), () -> created(launch)));
        }

        private Container created(Launch launch) throws InterruptedException {
            var present = byName.get(launch.name());
            if (present != null && isOf(present, launch)) {
                return present.container;
            }
            if (present != null) {
                throw new EngineException(
                        "a container named '%s' exists already".formatted(launch.name()), null);
            }
            requireImage(launch);
            beforeCreation.accept(launch);
            return added(launch, State.CREATED);
        }

        /** Does the work while no other call creates a container of this name. */
        private <T> T alone(String name, Work<T> work) throws InterruptedException {
            while (!creating.add(name)) {
                process.pause(Duration.ofMillis(50));
            }
            try {
                return work.run();
            } finally {
                creating.remove(name);
            }
        }

        /** Returns whether the container is the one that the launch describes. */
        private static boolean isOf(Held present, Launch launch) {
            if (present.container.epoch() > launch.term().epoch()) {
                throw new EngineException(launch.name() + " is of a later term", null);
            }
            return present.container.task() == launch.task()
                    && present.container.instanceId() == launch.instanceId();
        }

        private void requireImage(Launch launch) {
            if (missing.contains(launch.image()) || has(Trouble.HAS_NO_IMAGE, launch.app())) {
                throw new ImageMissing(launch.image());
            }
        }

        private Container added(Launch launch, State state) throws InterruptedException {
            process.pause(Duration.ofMillis(50 + chance.nextInt(400)));
            var container = container(launch, state);
            byName.put(launch.name(), new Held(container, now(), launch.security()));
            changed(launch.name());
            if (has(Trouble.ENDS, launch.app())) {
                process.after(SHORT_LIFE, process.threads(), () -> end(launch.name(), 1));
            }
            return container;
        }

        private Container container(Launch launch, State state) {
            return new Container(
                    "id-" + ++ids,
                    launch.name(),
                    launch.app(),
                    launch.index(),
                    launch.instanceId(),
                    launch.revision(),
                    launch.term().epoch(),
                    state,
                    state == State.RUNNING ? freeAddress() : null,
                    launch.image(),
                    now(),
                    null,
                    launch.task());
        }

        @Override
        public boolean begin(String containerId) {
            return change(
                    "start " + containerId,
                    () -> {
                        var held = held(containerId);
                        if (held == null) {
                            throw new EngineException("no such container: " + containerId, null);
                        }
                        if (held.container.state() == State.CREATED) {
                            var begun = in(State.RUNNING, freeAddress(), held.container);
                            byName.put(begun.name(), new Held(begun, now(), held.security));
                            changed(begun.name());
                        }
                        return true;
                    });
        }

        @Override
        public Optional<Image> image(String name) {
            return read(() -> Optional.of(pinned(name)));
        }

        @Override
        public String offered(String name, @Nullable String registryAuth) {
            return read(() -> pinned(name).name());
        }

        @Override
        public void pull(Launch launch, Consumer<String> progress) {
            progress.accept("pulling image '%s'".formatted(launch.image()));
            var _ =
                    change(
                            "pull " + launch.image(),
                            () -> {
                                process.pause(Duration.ofMillis(500 + chance.nextInt(5_000)));
                                if (has(Trouble.HAS_NO_IMAGE, launch.app())) {
                                    throw new EngineException("there is no such image", null);
                                }
                                return missing.remove(launch.image());
                            });
        }

        @Override
        public void stop(String containerId, Duration grace) {
            var _ =
                    change(
                            "stop " + containerId,
                            () -> {
                                var held = held(containerId);
                                if (held != null) {
                                    hangIfTroubled(held.container.app());
                                    process.pause(
                                            Duration.ofMillis(
                                                    chance.nextLong(grace.toMillis() + 1)));
                                }
                                return taken(containerId);
                            });
        }

        @Override
        public void halt(String containerId, Duration grace) {
            var _ =
                    change(
                            "halt " + containerId,
                            () -> {
                                var held = held(containerId);
                                if (held != null && held.container.alive()) {
                                    process.pause(
                                            Duration.ofMillis(
                                                    chance.nextLong(grace.toMillis() + 1)));
                                    held.exitCode = 143; // ended by SIGTERM
                                    held.container = in(State.EXITED, null, held.container);
                                    changed(held.container.name());
                                }
                                return true;
                            });
        }

        @Override
        public void remove(String containerId) {
            var _ =
                    change(
                            "remove " + containerId,
                            () -> {
                                var held = held(containerId);
                                if (held != null) {
                                    hangIfTroubled(held.container.app());
                                }
                                return taken(containerId);
                            });
        }

        private boolean taken(String containerId) {
            var held = held(containerId);
            if (held != null) {
                beforeRemoval.accept(held.container);
                byName.remove(held.container.name());
                changed(held.container.name());
            }
            return held != null;
        }

        @Override
        public boolean forget(Image image) {
            return false; // every image is in use
        }

        @Override
        public Ending ending(String containerId) {
            return read(() -> {
                var held = held(containerId);
                if (held == null) {
                    throw new EngineException("no such container: " + containerId, null);
                }
                return new Ending(held.exitCode, false, held.lines);
            });
        }

        @Override
        public Execution execute(
                String containerId, List<String> command, Duration timeout, Runnable accepted) {
            return read(() -> {
                var held = held(containerId);
                if (held == null || held.container.state() != State.RUNNING) {
                    throw new EngineException("the container is not running", null);
                }
                accepted.run();
                return new Execution(command.equals(List.of("false")) ? 1 : 0, "");
            });
        }

        @Override
        public List<LogLine> logs(String containerId, int tail, @Nullable Instant since) {
            return read(() -> {
                var held = held(containerId);
                var lines = held == null ? List.<LogLine>of() : held.lines;
                return lines.subList(Math.max(0, lines.size() - tail), lines.size()).stream()
                        .filter(line -> since == null || !line.at().isBefore(since))
                        .toList();
            });
        }

        @Override
        public Map<String, Usage> usage(Collection<String> containerIds) {
            return read(() -> {
                var used = new TreeMap<String, Usage>();
                for (var held : byName.values()) {
                    if (held.container.alive() && containerIds.contains(held.container.id())) {
                        var ran = Duration.between(held.startedAt, now());
                        used.put(
                                held.container.id(),
                                new Usage(ran.dividedBy(10), 100L << 20, 1L << 30));
                    }
                }
                return used;
            });
        }

        @Override
        public Runnable watch(Consumer<String> listener) {
            var watcher = new Watcher(client, listener);
            watchers.add(watcher);
            client.start("engine event", () -> listener.accept(""));
            return () -> watchers.remove(watcher);
        }

        @Override
        public void close() {}
    }
}
