package io.autoserve.plan;

import static io.autoserve.testing.Fixtures.NOON;
import static java.util.stream.Collectors.toSet;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import io.autoserve.model.Node;
import io.autoserve.model.ReleaseStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Builds a situation. A test sets only the fields that matter to it. By default, the app has the
 * given slots, no container runs, and nginx sends no requests.
 */
final class SituationDraft {
    private final App app;
    private final List<Instance> slots;
    private @Nullable App before;
    private Node node = Node.untouched("here");
    private Map<Long, Container> containers = Map.of();
    private Map<Long, InstanceHealth> instanceHealth = Map.of();
    private Map<Long, String> unreachable = Map.of();
    private Traffic traffic = new Traffic.Known(Set.of(), Map.of());
    private CanaryComparison comparison = CanaryComparison.NONE;
    private @Nullable Instant rolloutSeen;
    private Set<Integer> busy = Set.of();
    private Set<Integer> starting = Set.of();
    private int tasks;
    private @Nullable ReleaseStatus release;
    private Instant now = NOON;

    private SituationDraft(App app, List<Instance> slots) {
        this.app = app;
        this.slots = List.copyOf(slots);
    }

    static SituationDraft of(App app, Instance... slots) {
        return of(app, List.of(slots));
    }

    static SituationDraft of(App app, List<Instance> slots) {
        return new SituationDraft(app, slots);
    }

    SituationDraft before(@Nullable App before) {
        this.before = before;
        return this;
    }

    SituationDraft on(Node node) {
        this.node = node;
        return this;
    }

    SituationDraft containers(Map<Long, Container> containers) {
        this.containers = containers;
        return this;
    }

    SituationDraft checked(Map<Long, InstanceHealth> instanceHealth) {
        this.instanceHealth = instanceHealth;
        return this;
    }

    /** Sets why instances should be replaced although they are ready, by their ids. */
    SituationDraft unreachable(Map<Long, String> unreachable) {
        this.unreachable = unreachable;
        return this;
    }

    SituationDraft traffic(Traffic traffic) {
        this.traffic = traffic;
        return this;
    }

    SituationDraft compared(CanaryComparison comparison) {
        this.comparison = comparison;
        return this;
    }

    SituationDraft rolloutSeen(@Nullable Instant seen) {
        rolloutSeen = seen;
        return this;
    }

    /** Sets the indexes of the slots on which an action is under way. */
    SituationDraft busy(Set<Integer> busy) {
        this.busy = busy;
        return this;
    }

    /**
     * Sets the indexes of the slots on which a start is under way. These slots count as busy, too.
     */
    SituationDraft starting(Set<Integer> starting) {
        this.starting = starting;
        return busy(Stream.concat(busy.stream(), starting.stream()).collect(toSet()));
    }

    SituationDraft at(Instant now) {
        this.now = now;
        return this;
    }

    /** Sets how many tasks of the app have not ended. */
    SituationDraft tasks(int tasks) {
        this.tasks = tasks;
        return this;
    }

    SituationDraft release(ReleaseStatus release) {
        this.release = release;
        return this;
    }

    Situation situation() {
        return new Situation(
                app,
                before,
                node,
                slots,
                containers,
                instanceHealth,
                unreachable,
                traffic,
                comparison,
                rolloutSeen,
                busy,
                starting,
                tasks,
                release,
                now);
    }
}
