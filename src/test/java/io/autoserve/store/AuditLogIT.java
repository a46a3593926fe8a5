package io.autoserve.store;

import static io.autoserve.testing.Fixtures.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import io.autoserve.model.AuditQuery;
import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.ExecCommand;
import io.autoserve.model.Rights;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class AuditLogIT {
    private static final By ANN = new By("ann", null, Rights.ALL, "192.0.2.7");

    @AutoClose private static final Postgres postgres = Postgres.start();

    @AutoClose private final OpenStore store = OpenStore.in(postgres);
    private final AuditLog log = new AuditLog(store.database());
    private final TokenTable tokens = new TokenTable(store.database(), () -> NOON);

    private static Token token(String name) {
        return new Token(
                "a".repeat(12),
                name,
                Role.VIEWER,
                Scope.EVERYTHING,
                DomainScope.EVERYTHING,
                "%064x".formatted(7),
                "ann",
                NOON,
                null);
    }

    private static AuditEntry refusal(@Nullable String actor, int times) {
        return new AuditEntry(
                0,
                NOON,
                actor,
                "192.0.2.8",
                "applyApp",
                "blog",
                AuditOutcome.REFUSED,
                "403: not permitted for this app",
                times);
    }

    private List<AuditEntry> entries(AuditQuery query) {
        return log.entries(query);
    }

    private List<AuditEntry> all() {
        return entries(new AuditQuery(null, null, null, 0L, null, 1000));
    }

    @Test
    void a_permitted_write_is_in_the_audit_with_the_address_of_its_author() {
        tokens.create(token("ci"), ANN);
        tokens.revoke("ci", ANN);
        log.note("web", ANN, Event.Type.ExecStarted, "runs sh in web-0");

        assertThat(all())
                .extracting(
                        AuditEntry::actor,
                        AuditEntry::address,
                        AuditEntry::action,
                        AuditEntry::app,
                        AuditEntry::outcome)
                .containsExactly(
                        tuple("ann", "192.0.2.7", "TokenCreated", null, AuditOutcome.ALLOWED),
                        tuple("ann", "192.0.2.7", "TokenRevoked", null, AuditOutcome.ALLOWED),
                        tuple("ann", "192.0.2.7", "ExecStarted", "web", AuditOutcome.ALLOWED));
    }

    @Test
    void a_long_reason_is_cut_in_the_event_and_in_the_audit() {
        var command = new ExecCommand(List.of("x".repeat(30_000)), false, false, 80, 24);
        log.note("web", ANN, Event.Type.ExecStarted, "runs %s in web-0".formatted(command.text()));
        log.note("web", ANN, Event.Type.ExecEnded, "y".repeat(30_000));

        assertThat(store.tables().execute("select length(reason) from events order by seq"))
                .satisfiesExactly(
                        started -> assertThat(Integer.parseInt(started)).isLessThan(300),
                        ended -> assertThat(ended).isEqualTo("2000"));
        assertThat(all())
                .extracting(AuditEntry::reason)
                .allMatch(reason -> reason.length() <= Transaction.LONGEST_REASON);
    }

    @Test
    void nothing_secret_of_a_token_is_in_the_audit() {
        tokens.create(token("ci"), ANN);

        assertThat(store.tables().execute("select to_json(a)::text from audit a"))
                .singleElement()
                .asString()
                .doesNotContain(token("ci").hash());
    }

    @Test
    void what_the_leader_does_by_itself_is_no_act_of_anybody() {
        store.tables()
                .execute("select append_event(3, 'c1', 'web', 'InstanceReady', 'ready', '{}')");

        assertThat(all()).isEmpty();
    }

    @Test
    void refusals_are_stored_with_their_number_and_selected_by_app_actor_and_outcome() {
        tokens.create(token("ci"), ANN);
        log.keep(List.of(refusal("ci", 3), refusal(null, 40)));

        assertThat(entries(new AuditQuery(null, null, AuditOutcome.REFUSED, null, null, 10)))
                .extracting(AuditEntry::actor, AuditEntry::times, AuditEntry::at)
                .containsExactly(tuple("ci", 3, NOON), tuple(null, 40, NOON));
        assertThat(entries(new AuditQuery("blog", "ci", null, null, null, 10))).hasSize(1);
        assertThat(entries(new AuditQuery("shop", null, null, null, null, 10))).isEmpty();
        var first = all().getFirst();
        assertThat(entries(new AuditQuery(null, null, null, first.id(), null, 1)))
                .extracting(AuditEntry::actor)
                .containsExactly("ci");
    }

    @Test
    void only_permitted_acts_count_for_the_size_of_the_audit() {
        var login =
                new AuditEntry(
                        0,
                        NOON,
                        "ci",
                        "192.0.2.8",
                        "beginSession",
                        null,
                        AuditOutcome.ALLOWED,
                        "signed in with a token",
                        1);
        tokens.create(token("ci"), ANN);
        log.keep(List.of(refusal("ci", 3), login, refusal(null, 40), login));
        tokens.revoke("ci", ANN);

        assertThat(
                        store.tables()
                                .execute(
                                        """
                                        select outcome || ' ' || (written > before)::text
                                        from (select id, outcome, written,
                                                     lag(written, 1, 0::bigint) over (order by id) as before
                                              from audit) as sizes
                                        order by id
                                        """))
                .containsExactly(
                        "ALLOWED true",
                        "REFUSED false",
                        "ALLOWED true",
                        "REFUSED false",
                        "ALLOWED true",
                        "ALLOWED true");
        assertThat(store.tables().execute("select audit between 600 and 1000 from history"))
                .containsExactly("t");
    }

    @Test
    void entries_are_deleted_after_ninety_days_and_of_refusals_the_last_200_000_are_kept() {
        store.tables()
                .execute(
                        """
                        insert into audit (at, action, outcome, reason, times, actor, written)
                        select now() - interval '91 days', 'AppStopped', 'ALLOWED', 'old', 1, 'ann', 0
                        union all select now() - interval '89 days', 'AppStopped', 'ALLOWED', 'kept', 1, 'ann', 0
                        union all select now(), 'applyApp', 'REFUSED', 'flood', 1, 'token-' || number % 11, 0
                        from generate_series(1, 200050) as number
                        """);

        store.tables().execute("select forget_the_past(1000)");

        assertThat(
                        store.tables()
                                .execute(
                                        "select outcome || ' ' || reason || ' ' || count(*) from"
                                                + " audit group by outcome, reason order by 1"))
                .containsExactly("ALLOWED kept 1", "REFUSED flood 200000");
    }

    @Test
    void of_the_refusals_of_one_actor_the_last_20_000_are_kept() {
        store.tables()
                .execute(
                        """
                        insert into audit (at, action, outcome, reason, times, actor, written)
                        select now(), 'applyApp', 'REFUSED', 'early', 1, 'ci', 0
                        union all select now(), 'applyApp', 'REFUSED', 'flood', 1, case number % 2 when 0 then 'bot' end, 0
                        from generate_series(1, 40060) as number
                        """);

        store.tables().execute("select forget_the_past(1000)");

        assertThat(
                        store.tables()
                                .execute(
                                        "select coalesce(actor, 'nobody') || ' ' || count(*) from"
                                                + " audit group by actor order by 1"))
                .containsExactly("bot 20000", "ci 1", "nobody 20000");
    }
}
