package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Promise;
import io.vertx.core.net.SocketAddress;
import org.junit.jupiter.api.Test;

class KnownPrimaryTest {
    private static final SocketAddress A = SocketAddress.inetSocketAddress(5432, "a");
    private static final SocketAddress B = SocketAddress.inetSocketAddress(5432, "b");

    private final KnownPrimary known = new KnownPrimary();
    private final Promise<Session> attempt = Promise.promise();
    private final UnconnectedSessions sessions = new UnconnectedSessions();

    @Test
    void an_attempt_continues_if_another_path_finds_the_same_primary_after_a_doubt() {
        find(session(A, 1));
        var outcome = known.unlessMoved(A, attempt.future());
        known.doubt(A);
        assertThat(known.address()).isNull();

        find(session(A, 1));
        assertThat(outcome.isComplete()).isFalse();

        var connected = session(A, 1);
        attempt.complete(connected);
        assertThat(outcome.result()).isSameAs(connected);
        assertThat(sessions.closed()).isZero();
    }

    @Test
    void an_attempt_ends_at_once_if_another_database_is_the_primary_and_closes_what_it_opens() {
        find(session(A, 1));
        var outcome = known.unlessMoved(A, attempt.future());

        find(session(B, 2));
        assertThat(outcome.cause()).hasMessage("another database is the primary now");

        attempt.complete(session(A, 1));
        assertThat(sessions.closed()).isOne();
    }

    @Test
    void a_search_ends_at_once_if_another_path_finds_the_primary() {
        var outcome = known.unlessMoved(null, attempt.future());

        find(session(A, 1));

        assertThat(outcome.failed()).isTrue();
    }

    @Test
    void a_session_of_a_former_primary_that_is_reported_late_changes_nothing() {
        var former = session(A, 1);
        assertThat(known.requirePrimary(former).succeeded()).isTrue();
        find(session(B, 2));

        known.holds(former);

        assertThat(known.address()).isEqualTo(B);
    }

    private void find(Session session) {
        assertThat(known.requirePrimary(session).succeeded()).isTrue();
        known.found(session);
    }

    private Session session(SocketAddress address, long timeline) {
        return sessions.session(address, timeline);
    }
}
