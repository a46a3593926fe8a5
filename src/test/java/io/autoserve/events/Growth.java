package io.autoserve.events;

import io.autoserve.model.By;
import io.autoserve.model.Decision;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Instance;
import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.model.Version;
import io.autoserve.proxy.RouteTable;
import io.autoserve.store.LoadTable;
import io.autoserve.store.ScalingTable;
import io.autoserve.store.ScalingTable.Proposed;
import io.autoserve.store.ScalingTable.Remembered;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.testing.Cost;
import io.autoserve.testing.Fixtures;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.testing.SpecDraft;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures what one change and one row cost with 100, 1,000 and 10,000 instances, and with one app
 * of 2,000, on a real PostgreSQL. Then loads a week of samples of 1,000 instances, and forgets
 * them. Fails if a cost is twice that with 100 instances or more, or if a statement on the week of
 * samples takes a second or more.
 */
final class Growth {
    private static final List<Installation> SIZES =
            List.of(
                    new Installation(10, 10),
                    new Installation(100, 10),
                    new Installation(1_000, 10),
                    new Installation(1, 2_000));

    private static final int CHANGES = 200;
    private static final double MOST_GROWTH = 2;
    private static final Duration LONGEST_STATEMENT = Duration.ofSeconds(1);

    /** The time at which the stored samples end. It does not matter for what is measured. */
    private static final Instant NOON = Fixtures.NOON;

    private final Map<String, List<Double>> micros = new LinkedHashMap<>();
    private boolean failed;

    private Growth() {}

    private record Installation(int apps, int instancesOfEach) {
        int instances() {
            return apps * instancesOfEach;
        }

        @Override
        public String toString() {
            return "%,d in %,d apps".formatted(instances(), apps);
        }
    }

    /**
     * @param arguments the number of days of samples to load and to forget, 7 by default
     */
    public static void main(String[] arguments) {
        var days = arguments.length == 0 ? 7 : Integer.parseInt(arguments[0]);
        var growth = new Growth();
        try (var postgres = Postgres.start()) {
            SIZES.forEach(size -> growth.measure(postgres, size));
            growth.judge();
            growth.forgetSamples(postgres, days);
        }
        System.exit(growth.failed ? 1 : 0);
    }

    private void measure(Postgres postgres, Installation size) {
        try (var store = OpenStore.in(postgres)) {
            var term = store.beginTerm(1);
            fill(store, size);
            var state = store.stateReader().clusterState();
            var view = Snapshot.of(state);
            view.digest(); // from now on, each change computes the difference
            figure(
                    "view and its digest, per change",
                    CHANGES,
                    Cost.least(() -> change(view, state.instances())));
            figure(
                    "route table as text, per instance",
                    size.instances(),
                    Cost.least(() -> routes(state)));
            figure(
                    "all rows read, per instance",
                    size.instances(),
                    least(() -> store.stateReader().clusterState()));
            samples(store, term, state, size);
            decisions(store, term, state, size);
        }
    }

    private static void fill(OpenStore store, Installation size) {
        var desired = store.desiredState();
        for (var number = 0; number < size.apps; number++) {
            var name = "app-" + number;
            desired.register(SpecDraft.of(name).spec(), "name: " + name, By.actor("growth"));
        }
        store.tables()
                .execute(
                        """
                        insert into instances (app_id, index, id, state, revision, template, restart, container_id, address,
                            port, health, state_since, started_at, ready_since, restarts, failures, reason)
                        select a.id, number, nextval('instance_ids'), 'RUNNING', 1, 1, 0, 'c' || a.id || '-' || number,
                            '10.0.0.1', 8080, 'READY', now(), now(), now(), 0, 0, 'passed'
                        from apps a, generate_series(0, %d) as number
                        """
                                .formatted(size.instancesOfEach - 1));
        store.tables().execute("analyze");
    }

    /** Changes the readiness of one instance after the other. */
    private static void change(Snapshot view, List<Instance> instances) {
        var now = view;
        for (var number = 0; number < CHANGES; number++) {
            var instance = instances.get(number * 7 % instances.size());
            var changed = new Change.PutInstance(instance.checked(false, "timed out", NOON));
            now = now.after(Fixtures.event(now.seq() + 1, changed), null);
            now.digest();
        }
    }

    private static void routes(ClusterState state) {
        RouteTable.of(new Version(1, 1, 1), state.apps(), state.instances()).json();
    }

    private void samples(OpenStore store, Term term, ClusterState state, Installation size) {
        var table = new LoadTable(store.database(), store.fencedWrites());
        var at = new Instant[] {NOON};
        figure(
                "samples of a step written, per instance",
                size.instances(),
                least(() -> {
                    at[0] = at[0].plus(LoadTable.FINE);
                    table.write(
                            term,
                            state.instances().stream()
                                    .map(instance -> sample(instance, at[0]))
                                    .toList());
                }));
    }

    private static Sample sample(Instance instance, Instant at) {
        return new Sample(
                instance.appId(),
                instance.id(),
                1,
                at,
                LoadTable.FINE,
                20,
                List.of(0L, 20L, 0L, 0L, 0L),
                1.5,
                List.of(40, 18, 60, 2),
                12.5,
                20.0,
                100_000_000L);
    }

    private void decisions(OpenStore store, Term term, ClusterState state, Installation size) {
        if (size.apps < SIZES.getFirst().apps) {
            return; // the fixed cost of a statement would count as the cost of an app
        }
        var table = new ScalingTable(store.database(), store.fencedWrites());
        var decision =
                new Decision(
                        NOON,
                        Decision.Outcome.HOLD,
                        10,
                        10,
                        10,
                        "keeps 10 instances: 60 requests/s is 60 % of the target 100",
                        List.of(),
                        List.of(),
                        new Decision.Inputs(
                                10,
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(20),
                                true,
                                false,
                                false,
                                null,
                                null,
                                null,
                                null));
        var at = new Instant[] {NOON};
        figure(
                "decisions of the autoscaler stored, per app",
                size.apps,
                least(() -> {
                    at[0] = at[0].plusSeconds(10);
                    table.remember(
                            term,
                            state.apps().stream()
                                    .map(app ->
                                            new Remembered(
                                                    app.id(),
                                                    decision,
                                                    NOON,
                                                    new Proposed(at[0], 10)))
                                    .toList());
                }));
    }

    private void figure(String what, int changes, Duration took) {
        micros.computeIfAbsent(what, _ -> new ArrayList<>()).add(took.toNanos() / 1e3 / changes);
    }

    /** Returns the least time of several rounds, with the time that the database takes. */
    private static Duration least(Runnable work) {
        var least = Long.MAX_VALUE;
        for (var round = 0; round < 20; round++) {
            var begin = System.nanoTime();
            work.run();
            least = Math.min(least, System.nanoTime() - begin);
        }
        return Duration.ofNanos(least);
    }

    private void judge() {
        System.out.printf("%-46s", "µs, and the ratio to the first column");
        SIZES.forEach(size -> System.out.printf("%25s", size));
        System.out.println();
        micros.forEach((what, figures) -> {
            System.out.printf("%-46s", what);
            for (var figure : figures) {
                var ratio = figure / figures.getFirst();
                System.out.printf(
                        "%25s",
                        "%.1f (%.2f)%s"
                                .formatted(figure, ratio, ratio < MOST_GROWTH ? "" : " WRONG"));
                failed |= ratio >= MOST_GROWTH;
            }
            System.out.println();
        });
    }

    // A week of samples

    private void forgetSamples(Postgres postgres, int days) {
        try (var store = OpenStore.in(postgres)) {
            var term = store.beginTerm(1);
            fill(store, new Installation(100, 10));
            var state = store.stateReader().clusterState();
            var begin = begin(store, days);
            for (var hour = 0; hour < 24 * days; hour++) {
                load(store, begin.plus(Duration.ofHours(hour)));
            }
            var loaded = store.tables().execute("select count(*) from samples").getFirst();
            System.out.printf(
                    "%s samples of %,d instances in %d days:%n",
                    loaded, state.instances().size(), days);
            var end = begin.plus(Duration.ofDays(days)).truncatedTo(ChronoUnit.MINUTES);
            var table = new LoadTable(store.database(), store.fencedWrites());
            var step =
                    state.instances().stream()
                            .map(instance -> sample(instance, end.minus(LoadTable.FINE)))
                            .toList();
            statement("write a step", () -> table.write(term, step));
            var app = state.apps().getFirst().id();
            statement(
                    "read a day of an app's chart",
                    () ->
                            store.past()
                                    .samples(app, LoadTable.COARSE, end.minus(Duration.ofDays(1))));
            forget(store);
        }
    }

    /**
     * Returns the start of a day, after which even the last samples will be old enough to forget.
     */
    private static Instant begin(OpenStore store, int days) {
        var epoch =
                store.tables()
                        .execute(
                                "select extract(epoch from date_trunc('day', now() - interval '%d days', 'UTC'))::bigint"
                                        .formatted(days + 9));
        return Instant.ofEpochSecond(Long.parseLong(epoch.getFirst()));
    }

    private static void load(OpenStore store, Instant hour) {
        store.tables().execute("select make_sample_partitions('%s', '%s')".formatted(hour, hour));
        store.tables()
                .execute(
                        """
                        insert into samples (app_id, instance_id, revision, at, span_seconds, requests, errors, in_flight,
                            classes, latency, cpu_percent, memory_bytes, memory_percent)
                        select app_id, id, 1, at, 60, 600, 0, 0.5, '{0,600,0,0,0}', '{40,500,60,100}', 12.5, 100000000, 20
                        from generate_series('%1$s'::timestamptz, '%1$s'::timestamptz + interval '59 minutes', '1 minute') as at,
                            instances
                        """
                                .formatted(hour));
    }

    private void forget(OpenStore store) {
        var done = new boolean[1];
        while (!done[0]) {
            statement(
                    "forget old samples",
                    () ->
                            done[0] =
                                    store.tables()
                                            .execute("select forget_the_past(5000)")
                                            .getFirst()
                                            .equals("0"));
        }
        var left = store.tables().execute("select count(*) from samples").getFirst();
        System.out.printf("  %s samples are left%s%n", left, left.equals("0") ? "" : " WRONG");
        failed |= !left.equals("0");
    }

    private void statement(String what, Runnable work) {
        var begin = System.nanoTime();
        work.run();
        var took = Duration.ofNanos(System.nanoTime() - begin);
        var late = took.compareTo(LONGEST_STATEMENT) >= 0;
        System.out.printf("  %-30s %,6d ms%s%n", what, took.toMillis(), late ? " WRONG" : "");
        failed |= late;
    }
}
