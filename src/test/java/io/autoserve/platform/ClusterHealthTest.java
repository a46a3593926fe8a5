package io.autoserve.platform;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Leader;
import io.autoserve.model.Member;
import io.autoserve.model.Replica;
import io.autoserve.model.Term;
import io.autoserve.platform.Cluster.ClusterStatus;
import io.autoserve.platform.Cluster.Database;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClusterHealthTest {
    private static final Replica REPLICA = new Replica("replica", "streaming", 0L);

    @Test
    void a_leader_followers_and_a_streaming_replica_are_healthy() {
        var health =
                of(
                        List.of(leader("a"), follower("b", Duration.ofSeconds(7))),
                        database("a:5432", REPLICA));

        assertThat(health.ok()).isTrue();
        assertThat(health.problems()).isEmpty();
        assertThat(health.checks())
                .extracting(ClusterHealth.Check::name)
                .containsExactly("database", "leader", "a", "b", "replica");
    }

    @Test
    void a_controller_that_announced_nothing_for_more_than_seven_seconds_is_a_problem() {
        assertThat(
                        of(
                                        List.of(
                                                leader("a"),
                                                follower("b", Duration.ofMillis(7001))),
                                        database("a:5432", REPLICA))
                                .problems())
                .containsExactly("b: was last seen 7 s ago");
    }

    @Test
    void a_silent_leader_does_not_count_as_one() {
        var silent = member("a", true, Duration.ofSeconds(8));

        assertThat(of(List.of(silent), database("a:5432", REPLICA)).problems())
                .containsExactly(
                        "leader: no controller reports that it leads", "a: was last seen 8 s ago");
    }

    @Test
    void a_leader_other_than_the_elected_one_is_a_problem() {
        assertThat(of(List.of(leader("b")), database("a:5432", REPLICA)).problems())
                .containsExactly("leader: a was elected, but b reports that it leads");
    }

    @Test
    void a_leader_is_not_doubted_while_the_view_knows_no_elected_one() {
        var status = new ClusterStatus(leader("b"), List.of(leader("b")), database("a:5432"), 0);

        assertThat(ClusterHealth.of(status, null, NOON).ok()).isTrue();
    }

    @Test
    void a_missing_primary_and_a_missing_replica_are_problems() {
        assertThat(of(List.of(leader("a")), database(null)).problems())
                .containsExactly(
                        "database: no primary answers",
                        "replicas: 0 of 1 standbys follow the primary");
    }

    @Test
    void the_reason_why_no_primary_answers_is_shown() {
        var reason = "no primary: a:5432 Connection refused, next attempt in 1200 ms";

        assertThat(of(List.of(leader("a")), new Database(null, reason, List.of(), 1)).problems())
                .contains("database: " + reason);
    }

    @Test
    void a_replica_is_a_problem_when_it_does_not_stream_or_is_more_than_16_Mi_b_behind() {
        var largest = new Replica("largest", "streaming", 16L << 20);
        var behind = new Replica("behind", "streaming", (16L << 20) + 1);
        var catchup = new Replica("catchup", "catchup", null);
        var unknown = new Replica("unknown", "streaming", null);

        assertThat(
                        of(
                                        List.of(leader("a")),
                                        database("a:5432", largest, behind, catchup, unknown))
                                .problems())
                .containsExactly(
                        "behind: is streaming, 16777217 bytes behind",
                        "catchup: is catchup, unknown bytes behind");
    }

    private static ClusterHealth of(List<Member> members, Database database) {
        var elected = new Leader("a", "http://a", new Term(1, new UUID(0, 1)), NOON);
        return ClusterHealth.of(
                new ClusterStatus(members.getFirst(), members, database, 1), elected, NOON);
    }

    private static Database database(@Nullable String primary, Replica... replicas) {
        return new Database(primary, "", List.of(replicas), 1);
    }

    private static Member leader(String name) {
        return member(name, true, Duration.ZERO);
    }

    private static Member follower(String name, Duration silence) {
        return member(name, false, silence);
    }

    private static Member member(String name, boolean leads, Duration silence) {
        return new Member(
                name,
                "http://" + name,
                "1",
                leads,
                0,
                0L,
                1L,
                null,
                List.of(),
                NOON,
                NOON.minus(silence));
    }
}
