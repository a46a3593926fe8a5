package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.autoserve.cluster.Candidacy.Away;
import io.autoserve.cluster.Candidacy.Chosen;
import io.autoserve.cluster.Candidacy.Input;
import io.autoserve.cluster.Candidacy.Late;
import io.autoserve.cluster.Candidacy.Leading;
import io.autoserve.cluster.Candidacy.Retired;
import io.autoserve.cluster.Candidacy.Step;
import io.autoserve.cluster.Candidacy.Waiting;
import io.autoserve.model.Term;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CandidacyTest {
    private static final Term TERM = new Term(7, new UUID(0, 7));

    private static final Candidacy AWAY = new Away(0);
    private static final Candidacy LOST = new Away(1);
    private static final Candidacy WAITING = new Waiting(0);
    private static final Candidacy RETIRED = new Retired();

    private static final Input CONNECTED = new Input.Connected();
    private static final Input REFUSED = new Input.Refused();
    private static final Input GRANTED = new Input.Granted();
    private static final Input ENTHRONED = new Input.Enthroned(TERM);
    private static final Input CONFIRMED = new Input.Confirmed();
    private static final Input DOUBTED = new Input.Doubted("hung up");
    private static final Input TICKED = new Input.Ticked();
    private static final Input RESIGNED = new Input.Resigned();

    private static final Step CONNECT = new Step.Connect();
    private static final Step AWAIT = new Step.AwaitLock();
    private static final Step WRITE = new Step.WriteTerm();
    private static final Step READ = new Step.ReadTerm(TERM);
    private static final Step ELECTED = new Step.TellElected(TERM);
    private static final Step DISCONNECT = new Step.Disconnect();

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void moves(
            String what,
            Candidacy before,
            Input outcome,
            int now,
            Candidacy after,
            List<Step> steps) {
        var move = before.on(outcome, at(now), 0);

        assertThat(move.candidacy()).isEqualTo(after);
        assertThat(move.steps()).isEqualTo(steps);
    }

    private static Stream<Arguments> moves() {
        return Stream.of(
                to("connects when its timer fires", AWAY, TICKED, 0, AWAY, CONNECT),
                to("waits if it cannot connect", AWAY, DOUBTED, 0, LOST, wake(100)),
                to(
                        "waits longer after each failure",
                        new Away(2),
                        DOUBTED,
                        0,
                        new Away(3),
                        wake(400)),
                to("never waits long", new Away(99), DOUBTED, 0, new Away(100), wake(1000)),
                to(
                        "waits for the lock once connected",
                        LOST,
                        CONNECTED,
                        0,
                        new Waiting(1),
                        AWAIT,
                        wake(3750)),
                to(
                        "waits on if another leads, and forgets earlier failures",
                        new Waiting(7),
                        REFUSED,
                        750,
                        WAITING,
                        AWAIT,
                        wake(3750)),
                to(
                        "disconnects from a silent database",
                        WAITING,
                        TICKED,
                        3750,
                        LOST,
                        DISCONNECT,
                        wake(100)),
                to("disconnects after an error", WAITING, DOUBTED, 0, LOST, DISCONNECT, wake(100)),
                to(
                        "counts a session that ended soon as a failure",
                        new Waiting(2),
                        DOUBTED,
                        0,
                        new Away(3),
                        DISCONNECT,
                        wake(400)),
                to(
                        "writes its term when the lock is granted",
                        WAITING,
                        GRANTED,
                        40,
                        new Chosen(at(40), 0),
                        WRITE,
                        wake(3000)),
                to(
                        "leads once its term is written; its deadline counts from the request",
                        new Chosen(at(40), 0),
                        ENTHRONED,
                        60,
                        leading(40, 1540),
                        ELECTED,
                        wake(480)),
                to(
                        "asks whether its term lasts if writing it took too long",
                        new Chosen(at(40), 0),
                        ENTHRONED,
                        1540,
                        new Late(TERM, at(1540)),
                        READ,
                        wake(3000)),
                to(
                        "leads once the database confirms such a term",
                        new Late(TERM, at(1540)),
                        CONFIRMED,
                        1640,
                        leading(1540, 3040),
                        ELECTED,
                        wake(400)),
                to(
                        "asks again if the confirmation took too long",
                        new Late(TERM, at(1540)),
                        CONFIRMED,
                        3040,
                        new Late(TERM, at(3040)),
                        READ,
                        wake(3000)),
                to(
                        "does not lead if the database does not confirm the term",
                        new Late(TERM, at(1540)),
                        DOUBTED,
                        1640,
                        LOST,
                        DISCONNECT,
                        wake(100)),
                to(
                        "disconnects if its term cannot be written, to release the lock",
                        new Chosen(at(40), 1),
                        DOUBTED,
                        60,
                        new Away(2),
                        DISCONNECT,
                        wake(200)),
                to(
                        "asks whether it still leads, and waits at most until its deadline",
                        leading(0, 1500),
                        TICKED,
                        500,
                        leading(500, 1500),
                        READ,
                        wake(1000)),
                to(
                        "counts its deadline from the last question that was answered in time",
                        leading(500, 1500),
                        CONFIRMED,
                        900,
                        leading(500, 2000),
                        wake(100)),
                to(
                        "asks again at once after a slow answer",
                        leading(500, 1500),
                        CONFIRMED,
                        1400,
                        leading(500, 2000),
                        wake(0)),
                to(
                        "waits for its deadline if its timer fires too early",
                        leading(500, 1500),
                        TICKED,
                        1499,
                        leading(500, 1500),
                        wake(1)),
                to(
                        "stops leading at its deadline, before it releases the lock",
                        leading(500, 1500),
                        TICKED,
                        1500,
                        LOST,
                        silent(),
                        DISCONNECT,
                        wake(100)),
                to(
                        "treats an answer after its deadline as no answer",
                        leading(500, 1500),
                        CONFIRMED,
                        1501,
                        LOST,
                        silent(),
                        DISCONNECT,
                        wake(100)),
                to(
                        "stops leading at the first doubt, before it releases the lock",
                        leading(500, 1500),
                        DOUBTED,
                        600,
                        LOST,
                        deposed("hung up"),
                        DISCONNECT,
                        wake(100)),
                to(
                        "stops leading, then hands over the lock, when it resigns",
                        leading(0, 1500),
                        RESIGNED,
                        9,
                        RETIRED,
                        deposed("resigned"),
                        new Step.HandOver(TERM)),
                to("resigns without leading", WAITING, RESIGNED, 0, RETIRED, DISCONNECT),
                to("resigns while it is connecting", AWAY, RESIGNED, 0, RETIRED, DISCONNECT),
                to(
                        "disconnects if it retired while it was connecting",
                        RETIRED,
                        CONNECTED,
                        0,
                        RETIRED,
                        DISCONNECT),
                to("stays retired", RETIRED, TICKED, 0, RETIRED),
                to("ignores a second resignation", RETIRED, RESIGNED, 0, RETIRED));
    }

    /**
     * PostgreSQL counts how often a session has acquired an advisory lock. If the leader acquired
     * the lock again at each beat, one unlock would not release it.
     */
    @Test
    void a_hundred_beats_ask_for_the_lock_no_more_and_one_resignation_hands_it_over() {
        var candidacy = leading(0, 1500);
        for (var beat = 1; beat <= 100; beat++) {
            var asked = candidacy.on(TICKED, at(500 * beat), 0);
            assertThat(asked.steps()).startsWith(READ).doesNotContain(AWAIT);
            var answered = asked.candidacy().on(CONFIRMED, at(500 * beat), 0);
            assertThat(answered.steps()).containsExactly(wake(500));
            candidacy = answered.candidacy();
        }

        assertThat(candidacy.on(RESIGNED, at(50_100), 0).steps())
                .containsExactly(deposed("resigned"), new Step.HandOver(TERM));
    }

    /** Controllers that lose the database at the same time must not all return at the same time. */
    @Test
    void chance_adds_up_to_one_half_to_each_pause() {
        assertThat(AWAY.on(DOUBTED, at(0), 1).steps()).containsExactly(wake(150));
        assertThat(new Away(9).on(DOUBTED, at(0), 0.5).steps()).containsExactly(wake(1250));
    }

    @Test
    void a_wait_for_the_lock_ends_before_the_database_would_cancel_it() {
        assertThat(Lease.settings("a")).containsEntry("statement_timeout", "1s");
        assertThat(Candidacy.PATIENCE).isLessThan(Duration.ofSeconds(1));
    }

    private static Arguments to(
            String what, Candidacy before, Input outcome, int now, Candidacy after, Step... steps) {
        return arguments(what, before, outcome, now, after, List.of(steps));
    }

    private static Candidacy leading(int askedAt, int trustedUntil) {
        return new Leading(TERM, at(askedAt), at(trustedUntil));
    }

    private static Step silent() {
        return deposed("no answer from the database for 1500 ms");
    }

    private static Step deposed(String reason) {
        return new Step.TellDeposed(TERM, reason);
    }

    private static Step wake(int millis) {
        return new Step.WakeAfter(Duration.ofMillis(millis));
    }

    /**
     * Returns a time as {@code System.nanoTime()} would, whose origin is arbitrary. Times after
     * 1000 ms overflow, so that the tests cover that case too.
     */
    private static long at(int millis) {
        return Long.MAX_VALUE
                - Duration.ofMillis(1000).toNanos()
                + Duration.ofMillis(millis).toNanos();
    }
}
