package io.autoserve.testing;

import io.autoserve.model.Container;
import io.autoserve.model.Container.State;
import io.autoserve.model.Image;
import io.autoserve.model.Launch;
import io.autoserve.model.LogLine;
import io.autoserve.model.Security;
import io.autoserve.runtime.ContainerRuntime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Simulates a Docker Engine in memory. It behaves as the real one does. A test can make its calls
 * fail, hang or take time. Otherwise the calls return at once.
 */
public final class FakeRuntime implements ContainerRuntime {
    private final InstantSource clock;
    private final Map<String, Held> byName = new LinkedHashMap<>();
    private final Set<String> missingImages = new HashSet<>();
    private final Set<String> unpullable = new HashSet<>();
    private final Map<String, Integer> versions = new ConcurrentHashMap<>();
    private final Map<String, String> credentials = new ConcurrentHashMap<>();
    private final Map<String, String> writtenNames = new ConcurrentHashMap<>();
    private final Set<String> unlisted = ConcurrentHashMap.newKeySet();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Launch> launches = new CopyOnWriteArrayList<>();
    private final List<String> begun = new CopyOnWriteArrayList<>();
    private final AtomicInteger addressesTaken = new AtomicInteger();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch hangs = new CountDownLatch(1);
    private volatile Function<Call, Fault> faults = _ -> Fault.NONE;
    private volatile Consumer<Call> effort = _ -> {};
    private volatile BiFunction<Container, List<String>, Execution> commands =
            (_, _) -> new Execution(0, "");
    private final Map<String, Usage> usages = new ConcurrentHashMap<>();
    private long ids;

    public FakeRuntime(InstantSource clock) {
        this.clock = clock;
    }

    public enum Operation {
        LIST,
        INSPECT,
        START,
        CREATE,
        BEGIN,
        PULL,
        OFFERED,
        STOP,
        HALT,
        REMOVE,
        ENDING,
        EXECUTE,
        LOGS,
        USAGE
    }

    /**
     * @param container the name of the container if it has one, else its id; empty for LIST and
     *     USAGE. For OFFERED, the name of the image
     */
    public record Call(Operation operation, String container) {}

    public enum Fault {
        NONE,
        /** The engine refuses the call; nothing was done. */
        REFUSED,
        /** The engine has no room on its disk; nothing was done. */
        DISK_FULL,
        /** No machine has room for what the container reserves. */
        NO_ROOM,
        /** The connection breaks; nothing was done. */
        UNANSWERED,
        /** The connection breaks, yet the call was carried out. */
        ANSWER_LOST,
        /** The call blocks until {@link #release()}. Then it fails like UNANSWERED. */
        HANGS
    }

    /** Sets a function that chooses the fault of each call, before the call is carried out. */
    public void faults(Function<Call, Fault> faults) {
        this.faults = faults;
    }

    /** Sets a function that runs before each call is answered. It may block, to simulate work. */
    public void effort(Consumer<Call> effort) {
        this.effort = effort;
    }

    /** Ends the calls that hang. Later calls no longer hang. */
    public void release() {
        hangs.countDown();
    }

    /** Makes an image missing in both the engine and its registry. */
    public void missing(String image) {
        missingImages.add(image);
        unpullable.add(image);
    }

    /** Makes an image missing in the engine, but not in its registry. */
    public void unpulled(String image) {
        missingImages.add(image);
    }

    /** Makes the name refer to another image from now on, in the engine and in its registry. */
    public void moved(String image) {
        versions.merge(image, 2, (before, _) -> before + 1);
    }

    /** Makes the registry refuse all requests for the repository without these credentials. */
    public void closed(String repository, String registryAuth) {
        credentials.put(repository, registryAuth);
    }

    /** Sets the results of commands that are executed in a container. */
    public void commands(BiFunction<Container, List<String>, Execution> commands) {
        this.commands = commands;
    }

    /** Ends the program in the container, as if it exited or an operator stopped it. */
    public void end(String name, int exitCode, String... lastLines) {
        change(name, held -> held.ended(exitCode, now(), List.of(lastLines)));
    }

    /** Pauses the container, like {@code docker pause}. */
    public void freeze(String name) {
        change(name, held -> held.in(State.PAUSED));
    }

    /** Makes the engine decide to end the container, which still runs. */
    public void leave(String name) {
        change(name, held -> held.in(State.LEAVING));
    }

    public void thaw(String name) {
        change(name, held -> held.in(State.RUNNING));
    }

    /** Removes the container, as if somebody else ran {@code docker rm -f}. */
    public void vanish(String name) {
        synchronized (this) {
            byName.remove(name);
        }
        tell(name);
    }

    /** Leaves the container out of every list from now on, although it exists. */
    public void unlist(String name) {
        unlisted.add(name);
    }

    /** Adds a container that was not started through this runtime. */
    public synchronized void put(Container container) {
        byName.put(container.name(), new Held(container, Security.DEFAULT, null, List.of()));
    }

    /** Returns the security settings that the container was started with. */
    public synchronized Security security(Container container) {
        return held(container.id()).security;
    }

    /** Acts as if the connection to the engine had been lost and restored. */
    public void reconnect() {
        tell("");
    }

    /** Returns all calls so far, oldest first, including those that failed. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    @Override
    public boolean forget(Image image) {
        return missingImages.add(image.name());
    }

    @Override
    public String node() {
        return "here";
    }

    @Override
    public List<Container> list() {
        return calling(
                Operation.LIST,
                "",
                () ->
                        byName.values().stream()
                                .map(Held::container)
                                .filter(container -> !unlisted.contains(container.name()))
                                .toList());
    }

    @Override
    public boolean exists(String containerId) {
        return calling(
                Operation.INSPECT,
                name(containerId),
                () ->
                        byName.values().stream()
                                .anyMatch(held -> held.container.id().equals(containerId)));
    }

    @Override
    public Container start(Launch launch) {
        var started = calling(Operation.START, launch.name(), () -> startOrAdopt(launch));
        tell(launch.name());
        return started;
    }

    private Container startOrAdopt(Launch launch) {
        var present = byName.get(launch.name());
        if (present != null && present.container.epoch() > launch.term().epoch()) {
            throw refused("%s is of a later term", launch.name());
        }
        if (present != null && present.container.instanceId() == launch.instanceId()) {
            var container = present.container;
            return container.state() == State.CREATED ? run(launch).container : container;
        }
        byName.remove(launch.name());
        requireImage(launch);
        return run(launch).container;
    }

    private void requireImage(Launch launch) {
        if (missingImages.contains(written(launch.image()))) {
            throw new ImageMissing(launch.image());
        }
    }

    @Override
    public Container create(Launch launch) {
        return calling(
                Operation.CREATE,
                launch.name(),
                () -> {
                    var present = byName.get(launch.name());
                    if (present != null) {
                        if (present.container.epoch() > launch.term().epoch()) {
                            throw refused("%s is of a later term", launch.name());
                        }
                        return present.container;
                    }
                    requireImage(launch);
                    return created(launch, State.CREATED).container;
                });
    }

    @Override
    public boolean begin(String containerId) {
        var name = name(containerId);
        var begins =
                calling(
                        Operation.BEGIN,
                        name,
                        () -> {
                            var held = held(containerId);
                            if (addressesTaken.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
                                return false;
                            }
                            if (!held.container.alive()) {
                                begun.add(name);
                                byName.put(name, held.in(State.RUNNING));
                            }
                            return true;
                        });
        tell(name);
        return begins;
    }

    /** Makes the addresses of the next containers to {@link #begin} taken by other containers. */
    public void takeAddresses(int count) {
        addressesTaken.set(count);
    }

    /** Returns the names of the containers in the order in which {@link #begin} started them. */
    public List<String> begun() {
        return List.copyOf(begun);
    }

    @Override
    public void halt(String containerId, Duration grace) {
        var name = name(containerId);
        calling(
                Operation.HALT,
                name,
                () -> {
                    var held = held(containerId);
                    if (held.container.alive()) {
                        byName.put(name, held.ended(143, now(), List.of()));
                    }
                    return true;
                });
        tell(name);
    }

    @Override
    public void pull(Launch launch, Consumer<String> progress) {
        progress.accept("pulling image '%s'".formatted(launch.image()));
        calling(
                Operation.PULL,
                launch.name(),
                () -> {
                    requireAccess(launch.image(), launch.registryAuth());
                    return missingImages.remove(written(launch.image()));
                });
    }

    @Override
    public synchronized Optional<Image> image(String name) {
        return missingImages.contains(written(name)) ? Optional.empty() : Optional.of(pinned(name));
    }

    @Override
    public String offered(String name, @Nullable String registryAuth) {
        return calling(
                Operation.OFFERED,
                name,
                () -> {
                    requireAccess(name, registryAuth);
                    return pinned(name).name();
                });
    }

    private void requireAccess(String name, @Nullable String registryAuth) {
        var required = credentials.get(Image.repository(name));
        if (unpullable.contains(written(name))
                || (required != null && !required.equals(registryAuth))) {
            throw refused("image '%s' could not be pulled", name);
        }
    }

    /** Returns the image that the name refers to now. Names with localhost/ have no digest. */
    private Image pinned(String name) {
        if (Image.hasDigest(name) || name.startsWith("sha256:")) {
            return new Image(name, name);
        }
        var digest = "sha256:%08x%056x".formatted(name.hashCode(), versions.getOrDefault(name, 1));
        var pinned = Image.isLocal(name) ? digest : Image.repository(name) + "@" + digest;
        writtenNames.put(pinned, name);
        return new Image(pinned, pinned);
    }

    private String written(String pinned) {
        return writtenNames.getOrDefault(pinned, pinned);
    }

    /** Returns the launches that created a container, oldest first. */
    public List<Launch> launches() {
        return List.copyOf(launches);
    }

    private Held run(Launch launch) {
        return created(launch, State.RUNNING);
    }

    private Held created(Launch launch, State state) {
        launches.add(launch);
        var container =
                new Container(
                        "id-" + ++ids,
                        launch.name(),
                        launch.app(),
                        launch.index(),
                        launch.instanceId(),
                        launch.revision(),
                        launch.term().epoch(),
                        state,
                        "10.0.%d.%d".formatted(ids / 250 % 250, ids % 250 + 1),
                        launch.image(),
                        now(),
                        null,
                        launch.task());
        var held = new Held(container, launch.security(), null, List.of());
        byName.put(launch.name(), held);
        return held;
    }

    @Override
    public void stop(String containerId, Duration grace) {
        take(Operation.STOP, containerId);
    }

    @Override
    public void remove(String containerId) {
        take(Operation.REMOVE, containerId);
    }

    private void take(Operation operation, String containerId) {
        var name = name(containerId);
        calling(
                operation,
                name,
                () -> byName.values().removeIf(held -> held.container.id().equals(containerId)));
        tell(name);
    }

    /**
     * Sets what a running container uses from now on. Without this call it uses no processor time
     * and 1 MiB of its 1 GiB of memory.
     */
    public void uses(String name, Usage usage) {
        usages.put(name, usage);
    }

    @Override
    public Map<String, Usage> usage(Collection<String> containerIds) {
        return calling(
                Operation.USAGE,
                "",
                () -> {
                    var used = new HashMap<String, Usage>();
                    for (var held : byName.values()) {
                        var container = held.container;
                        if (container.alive() && containerIds.contains(container.id())) {
                            used.put(
                                    container.id(),
                                    usages.getOrDefault(
                                            container.name(),
                                            new Usage(Duration.ZERO, 1 << 20, 1 << 30)));
                        }
                    }
                    return used;
                });
    }

    @Override
    public Ending ending(String containerId) {
        return calling(
                Operation.ENDING,
                name(containerId),
                () -> {
                    var held = held(containerId);
                    return new Ending(held.exitCode, false, held.lines);
                });
    }

    @Override
    public Execution execute(
            String containerId, List<String> command, Duration timeout, Runnable accepted) {
        return calling(
                Operation.EXECUTE,
                name(containerId),
                () -> {
                    accepted.run();
                    var container = held(containerId).container;
                    if (container.state() != State.RUNNING) {
                        throw refused("%s is not running", container.name());
                    }
                    return commands.apply(container, command);
                });
    }

    @Override
    public List<LogLine> logs(String containerId, int tail, @Nullable Instant since) {
        return calling(
                Operation.LOGS,
                name(containerId),
                () -> {
                    var lines = held(containerId).lines;
                    return lines.subList(Math.max(0, lines.size() - tail), lines.size()).stream()
                            .filter(line -> since == null || !line.at().isBefore(since))
                            .toList();
                });
    }

    @Override
    public Runnable watch(Consumer<String> listener) {
        listeners.add(listener);
        listener.accept("");
        return () -> listeners.remove(listener);
    }

    /** Returns how many callers watch the containers. */
    public int watchers() {
        return listeners.size();
    }

    @Override
    public void close() {}

    /** The state of one container. */
    private record Held(
            Container container,
            Security security,
            @Nullable Integer exitCode,
            List<LogLine> lines) {
        Held in(State state) {
            var address = state == State.EXITED ? null : container.address();
            return new Held(Fixtures.in(state, address, container), security, exitCode, lines);
        }

        Held ended(int exitCode, Instant at, List<String> lastLines) {
            var written = new ArrayList<>(lines);
            lastLines.forEach(text -> written.add(new LogLine(at, false, text)));
            return new Held(in(State.EXITED).container, security, exitCode, written);
        }
    }

    private interface Work<T> {
        T get();
    }

    private <T> T calling(Operation operation, String container, Work<T> work) {
        var call = new Call(operation, container);
        calls.add(call);
        effort.accept(call);
        return switch (faults.apply(call)) {
            case NONE -> locked(work);
            case REFUSED -> throw refused("Docker refused to %s", call);
            case NO_ROOM -> throw new NoRoom("insufficient resources on 1 node");
            case DISK_FULL -> throw DiskFull.or("%s: no space left on device".formatted(call));
            case UNANSWERED -> throw unknown(call);
            case ANSWER_LOST -> {
                locked(work);
                throw unknown(call);
            }
            case HANGS -> {
                awaitRelease();
                throw unknown(call);
            }
        };
    }

    private static OutcomeUnknown unknown(Call call) {
        return new OutcomeUnknown("the connection broke in the middle of " + call);
    }

    private synchronized <T> T locked(Work<T> work) {
        return work.get();
    }

    private void awaitRelease() {
        try {
            hangs.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void change(String name, Function<Held, Held> change) {
        synchronized (this) {
            if (byName.computeIfPresent(name, (_, held) -> change.apply(held)) == null) {
                throw new NoSuchElementException("no container named " + name);
            }
        }
        tell(name);
    }

    private Held held(String containerId) {
        return byName.values().stream()
                .filter(held -> held.container.id().equals(containerId))
                .findFirst()
                .orElseThrow(() -> refused("no such container: %s", containerId));
    }

    private synchronized String name(String containerId) {
        return byName.values().stream()
                .map(Held::container)
                .filter(container -> container.id().equals(containerId))
                .map(Container::name)
                .findFirst()
                .orElse(containerId);
    }

    private void tell(String name) {
        listeners.forEach(listener -> listener.accept(name));
    }

    private Instant now() {
        return clock.instant();
    }

    private static EngineException refused(String message, Object value) {
        return new EngineException(message.formatted(value), null);
    }
}
