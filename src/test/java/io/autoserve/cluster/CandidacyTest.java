package io.autoserve.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.autoserve.cluster.Candidacy.Away;
import io.autoserve.cluster.Candidacy.Chosen;
import io.autoserve.cluster.Candidacy.Input;
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

    private static final Candidacy AWAY = new Away();
    private static final Candidacy IDLE = new Waiting(false, false);
    private static final Candidacy ASKING = new Waiting(true, false);
    private static final Candidacy RETIRED = new Retired();

    private static final Input CONNECTED = new Input.Connected();
    private static final Input REFUSED = new Input.Refused();
    private static final Input GRANTED = new Input.Granted();
    private static final Input ENTHRONED = new Input.Enthroned(TERM);
    private static final Input CONFIRMED = new Input.Confirmed();
    private static final Input DOUBTED = new Input.Doubted("hung up");
    private static final Input WOKEN = new Input.Woken();
    private static final Input TICKED = new Input.Ticked();
    private static final Input RESIGNED = new Input.Resigned();

    private static final Step CONNECT = new Step.Connect();
    private static final Step TRY = new Step.TryLock();
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
        var move = before.on(outcome, at(now));

        assertThat(move.candidacy()).isEqualTo(after);
        assertThat(move.steps()).isEqualTo(steps);
    }

    private static Stream<Arguments> moves() {
        return Stream.of(
                to("connects when its timer fires", AWAY, TICKED, 0, AWAY, CONNECT),
                to("waits if it cannot connect", AWAY, DOUBTED, 0, AWAY, wake(100)),
                to("asks for the lock once connected", AWAY, CONNECTED, 0, ASKING, TRY, wake(1500)),
                to("waits if another leads", ASKING, REFUSED, 0, IDLE, wake(100)),
                to("tries again when its timer fires", IDLE, TICKED, 0, ASKING, TRY, wake(1500)),
                to("tries at once when a leader resigns", IDLE, WOKEN, 0, ASKING, TRY, wake(1500)),
                to("notes a resignation during a try", ASKING, WOKEN, 0, new Waiting(true, true)),
                to(
                        "tries again at once if a leader resigned during the refused try",
                        new Waiting(true, true),
                        REFUSED,
                        0,
                        ASKING,
                        TRY,
                        wake(1500)),
                to(
                        "disconnects from a silent database",
                        ASKING,
                        TICKED,
                        1500,
                        AWAY,
                        DISCONNECT,
                        wake(100)),
                to("disconnects after an error", IDLE, DOUBTED, 0, AWAY, DISCONNECT, wake(100)),
                to(
                        "writes its term when the lock is granted",
                        ASKING,
                        GRANTED,
                        40,
                        new Chosen(at(40)),
                        WRITE,
                        wake(1500)),
                to(
                        "leads once its term is written; its deadline counts from the request",
                        new Chosen(at(40)),
                        ENTHRONED,
                        60,
                        leading(40, 1540),
                        ELECTED,
                        wake(480)),
                to(
                        "does not lead if writing its term took too long",
                        new Chosen(at(40)),
                        ENTHRONED,
                        1540,
                        AWAY,
                        DISCONNECT,
                        wake(100)),
                to(
                        "disconnects if its term cannot be written, to release the lock",
                        new Chosen(at(40)),
                        DOUBTED,
                        60,
                        AWAY,
                        DISCONNECT,
                        wake(100)),
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
                        AWAY,
                        silent(),
                        DISCONNECT,
                        wake(100)),
                to(
                        "treats an answer after its deadline as no answer",
                        leading(500, 1500),
                        CONFIRMED,
                        1501,
                        AWAY,
                        silent(),
                        DISCONNECT,
                        wake(100)),
                to(
                        "stops leading at the first doubt, before it releases the lock",
                        leading(500, 1500),
                        DOUBTED,
                        600,
                        AWAY,
                        deposed("hung up"),
                        DISCONNECT,
                        wake(100)),
                to(
                        "continues to lead when another candidate resigns",
                        leading(0, 1500),
                        WOKEN,
                        9,
                        leading(0, 1500)),
                to(
                        "stops leading, then hands over the lock, when it resigns",
                        leading(0, 1500),
                        RESIGNED,
                        9,
                        RETIRED,
                        deposed("resigned"),
                        new Step.HandOver(TERM)),
                to("resigns without leading", ASKING, RESIGNED, 0, RETIRED, DISCONNECT),
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
            var asked = candidacy.on(TICKED, at(500 * beat));
            assertThat(asked.steps()).startsWith(READ).doesNotContain(TRY);
            var answered = asked.candidacy().on(CONFIRMED, at(500 * beat));
            assertThat(answered.steps()).containsExactly(wake(500));
            candidacy = answered.candidacy();
        }

        assertThat(candidacy.on(RESIGNED, at(50_100)).steps())
                .containsExactly(deposed("resigned"), new Step.HandOver(TERM));
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
