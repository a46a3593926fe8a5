package io.autoserve.proxy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Hidden;
import io.autoserve.model.ServedRequest;
import io.autoserve.model.Version;
import io.autoserve.proxy.Counters.OfInstance;
import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Connects two simulated nginx, which answer at once or not at all. */
class ProxiesTest {
    private static final Instant BOOT = Instant.parse("2026-01-01T00:00:00Z");
    private static final Version CERTIFICATES = new Version(1, 1, 1);

    private final FakeNginx one = new FakeNginx();
    private final FakeNginx two = new FakeNginx();
    private long nanos;
    private final Proxies proxies = proxies();

    @Test
    void a_table_is_accepted_when_every_proxy_has_accepted_it() {
        assertThat(push(1)).isEqualTo(new Pushed.Accepted(version(1), 0));
        assertThat(one.tables).containsExactly(version(1));
        assertThat(two.tables).containsExactly(version(1));

        two.silent = true;
        assertThat(proxies.push(table(2)).failed()).isTrue();
        assertThat(proxies.push(table(2)).cause()).hasMessageContaining("nginx-2 does not answer");
    }

    @Test
    void the_worst_answer_counts() {
        two.refusal = new Pushed.Invalid("too large");
        assertThat(push(1)).isEqualTo(two.refusal);

        one.refusal = new Pushed.Refused(version(9));
        assertThat(push(1)).isEqualTo(one.refusal);

        two.silent = true;
        assertThat(push(1)).as("another controller leads").isEqualTo(one.refusal);
    }

    @Test
    void the_largest_number_of_instances_without_room_counts() {
        two.leftOut = 3;
        assertThat(push(1)).isEqualTo(new Pushed.Accepted(version(1), 3));
    }

    @Test
    void a_proxy_that_is_silent_for_ten_seconds_holds_no_change_any_longer() {
        push(1);
        two.silent = true;
        for (var second = 0; second < 10; second++) {
            assertThat(proxies.push(table(2)).failed()).as("after %d s", second).isTrue();
            pass(Duration.ofSeconds(1));
        }

        assertThat(push(2)).isEqualTo(new Pushed.Accepted(version(2), 0));
        assertThat(proxies.inFlight().result().routed()).isEmpty();
        assertThat(proxies.rotationChanges())
                .singleElement()
                .satisfies(change -> assertThat(change.in()).isFalse());
        assertThat(proxies.rotationChanges()).isEmpty();
        assertThat(proxies.rotation()).isEqualTo(Map.of("nginx", true, "nginx-2", false));
    }

    @Test
    void a_silent_proxy_returns_with_the_newest_table_and_certificates() {
        push(1);
        leaveForSilence();
        push(2);
        await(proxies.handOut(CERTIFICATES, new Hidden("{}")));
        proxies.rotationChanges();

        two.silent = false;
        await(proxies.counters()); // notices that it answers

        assertThat(two.tables.getLast()).isEqualTo(version(2));
        assertThat(two.certificates).contains(CERTIFICATES);
        assertThat(proxies.rotationChanges())
                .singleElement()
                .satisfies(change -> assertThat(change.in()).isTrue());
        two.silent = true;
        assertThat(proxies.push(table(3)).failed()).as("it is waited for again").isTrue();
    }

    @Test
    void a_proxy_that_has_not_got_the_newest_certificates_stays_out() {
        push(1);
        leaveForSilence();
        await(proxies.handOut(CERTIFICATES, new Hidden("{}")));

        two.silent = false;
        two.takesCertificates = false;
        await(proxies.counters());
        assertThat(proxies.rotation()).containsEntry("nginx-2", false);

        two.takesCertificates = true;
        await(proxies.counters());
        assertThat(proxies.rotation()).containsEntry("nginx-2", true);
        assertThat(two.certificates).containsExactly(CERTIFICATES);
    }

    @Test
    void a_proxy_whose_container_has_ended_holds_no_change() {
        push(1);
        two.end();

        assertThat(push(2)).isEqualTo(new Pushed.Accepted(version(2), 0));
        assertThat(proxies.rotationChanges()).hasSize(1);
    }

    @Test
    void an_ended_proxy_may_send_requests_to_the_instances_of_its_file() {
        one.count(17, false, 2);
        push(1);
        two.end();
        two.file = Set.of(18L);
        push(2);

        var known = await(proxies.inFlight());

        assertThat(known.routed()).containsExactly(18L);
        assertThat(known.requests()).containsEntry(17L, 2);
    }

    /** Instances that left the routes would otherwise never stop. */
    @Test
    void an_ended_proxy_gets_each_table_into_its_file_although_it_accepts_no_certificates() {
        push(1);
        await(proxies.handOut(CERTIFICATES, new Hidden("{}")));
        two.end();
        push(2);

        push(3);

        assertThat(two.written.getLast()).isEqualTo(version(3));
        assertThat(proxies.rotation()).containsEntry("nginx-2", false);
    }

    /** It may have read its file before the newest table was written. */
    @Test
    void nothing_is_known_while_a_proxy_that_started_again_has_not_answered() {
        push(1);
        two.end();
        push(2);

        two.ended = false; // it starts, and does not listen yet

        assertThat(proxies.inFlight().failed()).isTrue();
        assertThat(proxies.push(table(3)).failed()).isTrue();
        two.silent = false;
        assertThat(push(3)).isInstanceOf(Pushed.Accepted.class);
        assertThat(await(proxies.inFlight()).routed()).isEmpty();
    }

    /** Its file may be older than the newest table, because it was not written in time. */
    @Test
    void a_proxy_that_started_again_gets_the_newest_table_even_if_nothing_changes() {
        push(1);
        two.end();
        push(2);

        two.ended = false;
        two.silent = false;
        await(proxies.inFlight().recover(_ -> proxies.inFlight()));
        await(proxies.counters());

        assertThat(two.tables.getLast()).isEqualTo(version(2));
    }

    @Test
    void if_all_have_ended_nothing_is_in_flight_and_their_files_say_what_follows() {
        one.count(17, true, 2);
        push(1);
        one.end();
        two.end();
        one.file = Set.of(17L);
        two.file = Set.of(18L);

        var known = await(proxies.inFlight());

        assertThat(known.routed()).containsExactlyInAnyOrder(17L, 18L);
        assertThat(known.requests()).isEmpty();
        assertThat(proxies.push(table(2)).failed()).isTrue();
    }

    @Test
    void requests_in_flight_are_the_sum_over_the_proxies_in_rotation() {
        one.count(17, true, 2);
        two.count(17, false, 3);

        var known = await(proxies.inFlight());
        assertThat(known.requests()).containsEntry(17L, 5);
        assertThat(known.routed()).containsExactly(17L);

        push(1);
        leaveForSilence();
        assertThat(await(proxies.inFlight()).requests()).containsEntry(17L, 2);
    }

    /** The other proxy may answer much later than the one that has restarted meanwhile. */
    @Test
    void an_answer_from_before_a_restart_that_comes_late_counts_nothing_twice() {
        one.serve(17, 0);
        two.serve(17, 100);
        await(proxies.counters());
        var delay = Promise.<Void>promise();
        one.delay = delay;
        var late = proxies.counters();

        one.delay = null;
        two.boot = BOOT.plusSeconds(60);
        two.serve(17, 7);
        assertThat(tries(await(proxies.counters()))).isEqualTo(107);

        delay.complete();
        assertThat(tries(await(late))).isEqualTo(107);
        assertThat(tries(await(proxies.counters()))).isEqualTo(107);
    }

    private static long tries(Counters counters) {
        return requireNonNull(counters.instances().get(17L)).tries();
    }

    @Test
    void counters_are_unknown_while_a_proxy_in_rotation_is_silent() {
        two.silent = true;
        assertThat(proxies.counters().failed()).isTrue();
        assertThat(proxies.inFlight().failed()).isTrue();
    }

    @Test
    void if_docker_does_not_answer_a_silent_proxy_is_taken_for_a_running_one() {
        push(1);
        two.end();
        two.dockerAnswers = false;

        assertThat(proxies.push(table(2)).failed()).isTrue();
    }

    @Test
    void a_new_term_waits_for_every_proxy_again() {
        push(1);
        leaveForSilence();

        proxies.begin();

        assertThat(proxies.push(table(2)).failed()).isTrue();
        assertThat(proxies.rotationChanges()).isEmpty();
    }

    @Test
    void requests_of_all_proxies_come_by_time_with_ids_that_differ() {
        one.requests = List.of(request(5, 1_000), request(6, 3_000));
        two.requests = List.of(request(5, 1_000), request(6, 2_000));

        var all = await(proxies.requests("shop"));

        assertThat(all)
                .extracting(request -> request.at().toEpochMilli())
                .containsExactly(1_000L, 1_000L, 2_000L, 3_000L);
        assertThat(all).extracting(ServedRequest::id).doesNotHaveDuplicates().isSorted();

        two.silent = true;
        assertThat(await(proxies.requests("shop"))).hasSize(2);
        one.silent = true;
        assertThat(proxies.requests("shop").failed()).isTrue();
    }

    private Proxies proxies() {
        var all = new LinkedHashMap<String, FakeNginx>();
        all.put("nginx", one);
        all.put("nginx-2", two);
        return new Proxies(all, Time.counted(() -> nanos));
    }

    private void leaveForSilence() {
        two.silent = true;
        var _ = proxies.counters();
        pass(Duration.ofSeconds(10));
        await(proxies.counters());
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private Pushed push(long seq) {
        return await(proxies.push(table(seq)));
    }

    private static RouteTable table(long seq) {
        return RouteTable.of(version(seq), List.of(), List.of());
    }

    private static Version version(long seq) {
        return new Version(1, 1, seq);
    }

    private static ServedRequest request(long id, long millis) {
        return new ServedRequest(
                id,
                Instant.ofEpochMilli(millis),
                "10.0.0.1",
                "shop.localhost",
                "GET",
                "/",
                200,
                0.1,
                10,
                List.of(),
                null);
    }

    @Test
    void an_app_wakes_if_one_proxy_holds_requests_for_it() {
        assertThat(await(wakes())).isEmpty();

        two.awaited = Set.of("shop");
        assertThat(await(wakes())).containsExactly("shop");

        one.silent = true;
        assertThat(await(wakes())).containsExactly("shop");

        two.silent = true;
        assertThat(wakes().failed()).isTrue();
    }

    @Test
    void the_answer_that_no_app_wakes_does_not_wait_for_a_frozen_proxy() throws Exception {
        two.frozen = true;

        var none = proxies.wakes(Set.of("shop"), Duration.ofMillis(1));

        assertThat(none.toCompletionStage().toCompletableFuture().get()).isEmpty();
    }

    private Future<Set<String>> wakes() {
        return proxies.wakes(Set.of("shop"), Duration.ofSeconds(5));
    }

    /** The simulated nginx answer at once, so each future is complete. */
    private static <T> T await(Future<T> future) {
        assertThat(future.cause()).isNull();
        assertThat(future.succeeded()).isTrue();
        return future.result();
    }

    private static final class FakeNginx implements Nginx {
        private final List<Version> written = new ArrayList<>();
        private final List<Version> tables = new ArrayList<>();
        private final List<Version> certificates = new ArrayList<>();
        private final Map<Long, OfInstance> counted = new HashMap<>();
        private Instant boot = BOOT;
        private @Nullable Promise<Void> delay;
        private @Nullable Pushed refusal;
        private List<ServedRequest> requests = List.of();
        private Set<String> awaited = Set.of();
        private Set<Long> file = Set.of();
        private int leftOut;
        private boolean silent;
        private boolean frozen;
        private boolean ended;
        private boolean dockerAnswers = true;
        private boolean takesCertificates = true;

        void end() {
            silent = true;
            ended = true;
        }

        void count(long instance, boolean routed, long inFlight) {
            count(instance, routed, inFlight, 0);
        }

        void serve(long instance, long tries) {
            count(instance, true, 0, tries);
        }

        private void count(long instance, boolean routed, long inFlight, long tries) {
            counted.put(
                    instance,
                    new OfInstance(
                            "shop",
                            1,
                            routed,
                            inFlight,
                            tries,
                            List.of(0L, tries, 0L, 0L, 0L),
                            0,
                            0,
                            0,
                            Latency.NONE));
        }

        @Override
        public Future<Pushed> push(RouteTable table, String json) {
            written.add(table.version());
            return answer(() -> {
                tables.add(table.version());
                return refusal == null ? new Pushed.Accepted(table.version(), leftOut) : refusal;
            });
        }

        @Override
        public Future<Pushed> handOut(Version version, Hidden document) {
            if (!takesCertificates) {
                return Future.failedFuture("no answer in time");
            }
            return answer(() -> {
                certificates.add(version);
                return new Pushed.Accepted(version, 0);
            });
        }

        @Override
        public Future<Counters> counters() {
            var now = answer(() -> new Counters(boot, version(0), Map.copyOf(counted)));
            var delayed = delay;
            return delayed == null ? now : delayed.future().compose(_ -> now);
        }

        @Override
        public Future<Map<String, String>> routes(Collection<String> apps) {
            return answer(() -> Map.of());
        }

        @Override
        public Future<Set<String>> wakes(Collection<String> apps, Duration longest) {
            return frozen ? Promise.<Set<String>>promise().future() : answer(() -> awaited);
        }

        @Override
        public Future<List<ServedRequest>> requests(String app) {
            return answer(() -> requests);
        }

        @Override
        public Future<Optional<Set<Long>>> routedAfterStart() {
            if (!dockerAnswers) {
                return Future.failedFuture("Docker does not answer");
            }
            return Future.succeededFuture(ended ? Optional.of(file) : Optional.empty());
        }

        private <T> Future<T> answer(Supplier<T> answer) {
            return silent
                    ? Future.failedFuture("no answer in time")
                    : Future.succeededFuture(answer.get());
        }
    }
}
