package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Quota;
import io.autoserve.model.Refusal;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Stores tokens. Any controller may create and revoke them, because that needs no leader. */
public final class TokenTable {
    /**
     * Name of the token that belongs to the operator of the machine. The operator can replace this
     * token without having any other token.
     */
    public static final String ADMIN = "admin";

    private static final String VALID = "select * from tokens where revoked_at is null ";

    private final Database database;
    private final InstantSource clock;

    public TokenTable(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Stores a new token. Refuses a name that is taken. A repeated request is therefore refused
     * too, even if it has an idempotency key.
     *
     * @return sequence number of the event. A caller can wait until a view has seen it
     */
    public long create(Token token, By by) {
        var created =
                database.committed(transaction -> {
                    transaction.from(by);
                    lock(transaction);
                    find(transaction, "and name = $1", token.name())
                            .ifPresent(present -> {
                                throw Refusal.conflict(
                                        "token '%s' already exists: revoke it, or choose another name"
                                                .formatted(present.name()));
                            });
                    insert(transaction, token, by.actor());
                    return token;
                });
        return created.seq();
    }

    /**
     * @param seq sequence number of the event. A caller can wait until a view has seen it
     */
    public record Revoked(Token token, long seq) {}

    /**
     * Revokes a token. Refuses if there is no such token.
     *
     * @param token name or id
     */
    public Revoked revoke(String token, By by) {
        var revoked =
                database.committedOnce(
                        by,
                        Token.class,
                        transaction -> {
                            lock(transaction);
                            var found =
                                    find(
                                                    transaction,
                                                    "and (name = $1 or id = $1) order by name = $1 desc",
                                                    token)
                                            .orElseThrow(() -> Refusal.noToken(token));
                            revoke(transaction, found, 0, by.actor(), clock.instant());
                            return found;
                        });
        return new Revoked(revoked.result(), revoked.seq());
    }

    /**
     * Stores a token as the only one of the machine's operator, and revokes the operator's earlier
     * token. Does nothing if a token with this id was ever stored, so that a revoked token stays
     * revoked.
     */
    public void appoint(String id, String hash, String actor) {
        database.transaction(transaction -> {
            lock(transaction);
            if (transaction.run("select from tokens where id = $1", id).size() == 0) {
                find(transaction, "and name = $1", ADMIN)
                        .ifPresent(
                                before -> revoke(transaction, before, 0, actor, clock.instant()));
                var token =
                        new Token(
                                id,
                                ADMIN,
                                Role.ADMIN,
                                Scope.EVERYTHING,
                                DomainScope.EVERYTHING,
                                hash,
                                actor,
                                clock.instant(),
                                null);
                insert(transaction, token, actor);
            }
            return id;
        });
    }

    static Supplier<List<Token>> valid(Transaction transaction) {
        var rows = transaction.ask(VALID);
        return () -> {
            var tokens = new ArrayList<Token>();
            for (var row : rows.get()) {
                known(row).ifPresent(tokens::add);
            }
            return List.copyOf(tokens);
        };
    }

    /**
     * Reads a token. Returns empty if only a newer version knows its role, so that such a token
     * gives no access here.
     */
    private static Optional<Token> known(Row row) {
        try {
            return Optional.of(token(row));
        } catch (Refusal newer) {
            return Optional.empty();
        }
    }

    /**
     * Takes the lock on token names, so that two concurrent writers cannot both take the same name.
     */
    private static void lock(Transaction transaction) {
        transaction.run("select pg_advisory_xact_lock(hashtext('autoserve.tokens'))");
    }

    private static Optional<Token> find(Transaction transaction, String which, String value) {
        return transaction.first(VALID + which, value).map(TokenTable::token);
    }

    private static void insert(Transaction transaction, Token token, String actor) {
        transaction.run(
                """
                insert into tokens (id, name, role, apps, domains, hash, created_by, created_at, expires_at,
                    max_instances, max_memory_bytes, max_cpu_millis)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """,
                token.id(),
                token.name(),
                token.role().name(),
                token.apps().patterns().toArray(String[]::new),
                token.domains().patterns().toArray(String[]::new),
                token.hash(),
                token.createdBy(),
                Rows.time(token.createdAt()),
                Rows.time(token.expiresAt()),
                token.quota().instances(),
                token.quota().memoryBytes(),
                token.quota().cpuMillis());
        transaction.append(
                0,
                actor,
                null,
                Event.Type.TokenCreated,
                "token '%s' (%s) created: %s for %s%s"
                        .formatted(
                                token.name(),
                                token.id(),
                                token.role().word(),
                                token.apps().everything() ? "all apps" : token.apps(),
                                token.domains().everything()
                                        ? ""
                                        : ", for the domains " + token.domains()),
                new Change.PutToken(token));
    }

    /**
     * Revokes the hooks of an app that the leader deletes. Otherwise their URLs would deploy images
     * of a later app with the same name.
     */
    static void revokeHooks(
            Transaction transaction, long epoch, String app, String actor, Instant now) {
        for (var token : valid(transaction).get()) {
            if (token.isHookOf(app)) {
                revoke(transaction, token, epoch, actor, now);
            }
        }
    }

    /**
     * @param epoch the epoch of the leader; 0 for a change that needs no leader
     */
    private static void revoke(
            Transaction transaction, Token token, long epoch, String actor, Instant now) {
        transaction.run(
                "update tokens set revoked_at = $2 where id = $1", token.id(), Rows.time(now));
        transaction.append(
                epoch,
                actor,
                null,
                Event.Type.TokenRevoked,
                "token '%s' (%s) revoked".formatted(token.name(), token.id()),
                new Change.DropToken(token.id()));
    }

    private static Token token(Row row) {
        return new Token(
                row.getString("id"),
                row.getString("name"),
                Rows.word(Role.class, row, "role"),
                new Scope(List.of(row.getArrayOfStrings("apps"))),
                new DomainScope(List.of(row.getArrayOfStrings("domains"))),
                row.getString("hash"),
                row.getString("created_by"),
                row.getOffsetDateTime("created_at").toInstant(),
                Rows.instant(row, "expires_at"),
                new Quota(
                        row.getInteger("max_instances"),
                        row.getLong("max_memory_bytes"),
                        row.getInteger("max_cpu_millis")));
    }
}
