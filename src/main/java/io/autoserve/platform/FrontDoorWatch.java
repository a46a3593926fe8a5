package io.autoserve.platform;

import io.autoserve.model.Event;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.platform.FrontDoor.Door;
import io.autoserve.platform.FrontDoor.DoorState;
import io.autoserve.runtime.PlatformContainers.Condition;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports whether the platform's published addresses lead to their parts. It reads the health of
 * the container that asks them. The leader records an event when an address closes or opens, and
 * restarts the container of nginx or of the load balancer if an address of it is closed.
 */
public final class FrontDoorWatch {
    private static final Logger LOG = LoggerFactory.getLogger(FrontDoorWatch.class);
    private static final String NAME = "front door";
    private static final Duration PERIOD = Duration.ofSeconds(10);
    private static final FrontDoor NOTHING = FrontDoor.read("");

    private final String installation;
    private final String container;
    private final Hands hands;
    private final BooleanSupplier leads;
    private final LongSupplier nanoTime;
    private final KeeperWatch keeper;
    private final DoorRepairs repairs = new DoorRepairs();

    /** The closed addresses of which an event was recorded, by this leader or by an earlier one. */
    private final Set<String> known = new HashSet<>();

    /**
     * How the watch acts. Each may block.
     *
     * @param start starts the container that asks the addresses
     * @param started returns a text that changes whenever the container of this name starts, empty
     *     if there is no such container
     * @param restart restarts the container of this name
     * @param note records an event of this type with this reason
     */
    public record Hands(
            Runnable start,
            Function<String, Optional<String>> started,
            Consumer<String> restart,
            BiConsumer<Event.Type, String> note) {}

    /**
     * @param installation prefix of the names of all parts
     * @param container name of the container that asks the addresses
     * @param condition reads the container's condition, empty if there is no such container; may
     *     block
     * @param leads returns whether this controller leads
     */
    public FrontDoorWatch(
            String installation,
            String container,
            Supplier<Optional<Condition>> condition,
            Hands hands,
            BooleanSupplier leads,
            LongSupplier nanoTime) {
        this.installation = installation;
        this.container = container;
        this.hands = hands;
        this.leads = leads;
        this.nanoTime = nanoTime;
        this.keeper =
                new KeeperWatch(
                        new KeeperWatch.KeeperContainer(
                                NAME, container, PERIOD, condition, hands.start()),
                        this::judge,
                        this::act,
                        leads,
                        nanoTime);
    }

    /**
     * Checks at once, and again every ten seconds, or after a failed check every five seconds.
     *
     * @param threads an executor of virtual threads
     */
    public void watch(Vertx vertx, Executor threads) {
        keeper.watch(vertx, threads);
    }

    /** Returns the result of the last check. */
    public Check check() {
        return keeper.check();
    }

    /**
     * Returns each published address, and whether it answered at the last check. Empty while this
     * is unknown.
     */
    public Map<String, Boolean> addresses() {
        var addresses = new TreeMap<String, Boolean>();
        for (var door : keeper.seen().map(FrontDoorWatch::front).orElse(NOTHING).doors()) {
            addresses.put(door.address(), door.state() == DoorState.OPEN);
        }
        return addresses;
    }

    private static FrontDoor front(Condition condition) {
        return condition.running() ? FrontDoor.read(condition.output()) : NOTHING;
    }

    void look() {
        keeper.look();
    }

    private Check judge(Condition condition) {
        var front = front(condition);
        if (front.doors().isEmpty()) {
            var words = KeeperWatch.words(condition);
            return new Check(
                    NAME,
                    false,
                    "%s reports: %s".formatted(container, words.isEmpty() ? "nothing yet" : words));
        }
        return check(front);
    }

    /** Restarts what is due, and then records events, because these wait for the database. */
    private void act(Condition condition) {
        var front = front(condition);
        var due = repairs.due(front, started(front), nanoTime.getAsLong());
        if (leads.getAsBoolean()) {
            due.forEach(this::restart);
        }
        forgetOthersThan(front);
        front.doors().forEach(this::tell);
    }

    /**
     * Forgets addresses that the platform no longer publishes, for example because the machine has
     * another address now.
     */
    private void forgetOthersThan(FrontDoor front) {
        if (!front.doors().isEmpty()) {
            known.retainAll(front.doors().stream().map(Door::address).toList());
        }
    }

    /** Returns the starts of the parts that may be restarted, as far as Docker reports them. */
    private Map<String, String> started(FrontDoor front) {
        var started = new HashMap<String, String>();
        for (var part : front.repaired()) {
            try {
                hands.started().apply(nameOf(part)).ifPresent(start -> started.put(part, start));
            } catch (RuntimeException failure) {
                LOG.warn("the start of {} is unknown: {}", nameOf(part), failure.getMessage());
            }
        }
        return started;
    }

    private void restart(String part) {
        var name = nameOf(part);
        LOG.warn("restarting {}, because a published address does not lead to it", name);
        try {
            hands.restart().accept(name);
        } catch (RuntimeException failure) {
            LOG.warn("could not restart {}: {}", name, failure.getMessage());
        }
    }

    private void tell(Door door) {
        switch (door.state()) {
            case CLOSED -> {
                if (!known.contains(door.address())
                        && noted(Event.Type.FrontDoorClosed, closed(door))) {
                    known.add(door.address());
                }
            }
            case OPEN -> {
                if (known.contains(door.address())
                        && noted(
                                Event.Type.FrontDoorOpened,
                                "%s leads to %s again"
                                        .formatted(door.address(), nameOf(door.part())))) {
                    known.remove(door.address());
                }
            }
            case DOWN -> {}
        }
    }

    /** Returns whether the event was recorded, or the leader does so. */
    private boolean noted(Event.Type type, String reason) {
        if (!leads.getAsBoolean()) {
            return true;
        }
        LOG.warn("{}", reason);
        try {
            hands.note().accept(type, reason);
            return true;
        } catch (RuntimeException failure) {
            LOG.warn("could not record the event {}: {}", type, failure.getMessage());
            return false;
        }
    }

    private String closed(Door door) {
        return "%s does not lead to %s: %s"
                .formatted(door.address(), nameOf(door.part()), door.reason());
    }

    private Check check(FrontDoor front) {
        var closed = front.closed();
        if (!closed.isEmpty()) {
            return new Check(
                    NAME,
                    false,
                    closed.stream().map(this::closed).collect(Collectors.joining("; "))
                            + ". Way out: "
                            + closed.stream()
                                    .map(door -> "docker restart " + nameOf(door.part()))
                                    .distinct()
                                    .collect(Collectors.joining("; ")));
        }
        var down =
                front.doors().stream()
                        .filter(door -> door.state() == DoorState.DOWN)
                        .map(door -> nameOf(door.part()))
                        .distinct()
                        .toList();
        return new Check(
                NAME,
                true,
                down.isEmpty()
                        ? "all %d published addresses answer".formatted(front.doors().size())
                        : "the published addresses of the other parts answer; not running or not ready: %s"
                                .formatted(String.join(", ", down)));
    }

    private String nameOf(String part) {
        return installation + "-" + part;
    }
}
