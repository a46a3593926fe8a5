package io.autoserve.store;

import io.autoserve.model.AppSpec;
import io.autoserve.model.By;
import io.autoserve.model.Event;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Resealed;
import io.autoserve.model.Scope;
import io.autoserve.secrets.KeyRing;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stores secrets. They are sealed before they reach PostgreSQL, and unsealed only for containers.
 */
public final class SecretTable {
    private static final List<SealedColumn> SEALED =
            List.of(
                    new SealedColumn("secrets", "name", SecretTable::purpose),
                    new SealedColumn("domains", "host", CertificateTable::purpose),
                    new SealedColumn("acme_accounts", "directory", CertificateTable::account),
                    new SealedColumn("receivers", "name", ReceiverTable::purpose));

    private final Database database;
    private final Supplier<KeyRing> keys;
    private final InstantSource clock;

    /**
     * @param keys returns the present key ring, or throws a {@link Refusal} if there is none
     */
    public SecretTable(Database database, Supplier<KeyRing> keys, InstantSource clock) {
        this.database = database;
        this.keys = keys;
        this.clock = clock;
    }

    /**
     * The facts about a secret that clients may see: everything except its value.
     *
     * @param actor name of the actor who set this version
     * @param scope the apps that may use it
     * @param apps names of the apps that use it, or would use it after a rollback
     */
    public record Entry(
            String name,
            int version,
            String keyId,
            String actor,
            Instant changedAt,
            Scope scope,
            SortedSet<String> apps) {}

    /** Returns all secrets, sorted by name. */
    public List<Entry> all() {
        return database.snapshot(transaction -> {
            var users = users(transaction);
            var entries = new ArrayList<Entry>();
            transaction
                    .run("select * from secrets order by name")
                    .forEach(row -> entries.add(entry(row, users)));
            return List.copyOf(entries);
        });
    }

    /**
     * Stores the next version and deletes the version before it. Refuses if the keeper may not
     * manage a secret of the present apps or of the new apps. Also refuses if an app that is not
     * among the new apps uses the secret.
     *
     * @param apps the apps that may use the secret from now on. If null, an existing secret keeps
     *     its apps, and a new secret is for the keeper's own apps
     */
    public Entry set(String name, Hidden value, @Nullable Scope apps, Keeper keeper) {
        var ring = keys.get();
        return database.once(
                keeper.by(),
                Entry.class,
                transaction -> {
                    var claimed =
                            claimVersion(transaction, name, apps == null ? keeper.apps() : apps);
                    require(keeper, scope(claimed));
                    var scope = apps == null ? scope(claimed) : apps;
                    require(keeper, scope);
                    var version = claimed.getInteger("version");
                    var sealed = ring.seal(value, purpose(name, version, scope));
                    var row =
                            transaction
                                    .run(
                                            """
                                            update secrets set key_id = $2, sealed = $3, actor = $4, changed_at = $5, apps = $6
                                            where name = $1 returning *
                                            """,
                                            name,
                                            sealed.keyId(),
                                            sealed.text(),
                                            keeper.name(),
                                            Rows.time(clock.instant()),
                                            patterns(scope))
                                    .iterator()
                                    .next();
                    return changed(
                            transaction,
                            row,
                            keeper,
                            Event.Type.SecretSet,
                            "secret '%s' for %s has version %d"
                                    .formatted(name, those(scope), version));
                });
    }

    /**
     * Takes the next version number and locks the secret's row. While the lock is held, no other
     * writer can seal the same version, and no new spec can name the secret.
     */
    private Row claimVersion(Transaction transaction, String name, Scope first) {
        transaction.run("select 1 from secrets where name = $1 for update", name);
        return transaction
                .run(
                        """
                        insert into secrets (name, version, key_id, sealed, actor, changed_at, apps) values ($1, 1, '', '', '', $2, $3)
                        on conflict (name) do update set version = secrets.version + 1 returning version, apps
                        """,
                        name,
                        Rows.time(clock.instant()),
                        patterns(first))
                .iterator()
                .next();
    }

    private static void require(Keeper keeper, Scope scope) {
        keeper.objection(scope)
                .ifPresent(objection -> {
                    throw Refusal.forbidden(objection);
                });
    }

    /**
     * Changes the apps that may use the secret, and keeps its value, which is sealed again because
     * the seal is bound to the apps. Refuses if the keeper may not manage a secret of the present
     * apps or of the new apps. Also refuses if an app that is not among the new apps uses the
     * secret.
     */
    public Entry limit(String name, Scope apps, Keeper keeper) {
        var ring = keys.get();
        return database.once(
                keeper.by(),
                Entry.class,
                transaction -> {
                    var before = claim(transaction, name, keeper);
                    require(keeper, apps);
                    var value = ring.open(SealedColumn.of(before), purpose(before));
                    var sealed =
                            ring.seal(value, purpose(name, before.getInteger("version"), apps));
                    var row =
                            transaction
                                    .run(
                                            "update secrets set apps = $2, key_id = $3, sealed = $4 where name = $1 returning *",
                                            name,
                                            patterns(apps),
                                            sealed.keyId(),
                                            sealed.text())
                                    .iterator()
                                    .next();
                    return changed(
                            transaction,
                            row,
                            keeper,
                            Event.Type.SecretLimited,
                            "secret '%s' may be used by %s".formatted(name, those(apps)));
                });
    }

    /**
     * Reads the secret and locks its row as {@link #claimVersion} does. Refuses if the keeper may
     * not manage it. If the keeper may not even know that the secret exists, the refusal is the
     * same as for a secret that does not exist.
     */
    private static Row claim(Transaction transaction, String name, Keeper keeper) {
        var row =
                transaction
                        .first("select * from secrets where name = $1 for update", name)
                        .filter(it -> keeper.sees(scope(it)))
                        .orElseThrow(() -> Refusal.noSecret(name));
        require(keeper, scope(row));
        return row;
    }

    /**
     * Appends the event. Refuses if an app that uses the secret would no longer be permitted to use
     * it.
     */
    private static Entry changed(
            Transaction transaction, Row row, Keeper keeper, Event.Type type, String reason) {
        var entry = entry(row, users(transaction));
        requireForAll(entry);
        transaction.note(keeper.name(), null, type, reason);
        return entry;
    }

    private static void requireForAll(Entry entry) {
        var others = entry.apps().stream().filter(app -> !entry.scope().covers(app)).toList();
        if (!others.isEmpty()) {
            throw Refusal.conflict(
                    "secret '%s' is in use by %s: it cannot be limited to %s"
                            .formatted(entry.name(), String.join(", ", others), entry.scope()));
        }
    }

    private static String[] patterns(Scope apps) {
        return apps.patterns().toArray(String[]::new);
    }

    private static String those(Scope apps) {
        return apps.everything() ? "all apps" : apps.toString();
    }

    /**
     * Deletes the secret. Refuses while an app uses the secret, or would use it after a rollback.
     */
    public Entry delete(String name, Keeper keeper) {
        return database.once(
                keeper.by(),
                Entry.class,
                transaction -> {
                    var entry = entry(claim(transaction, name, keeper), users(transaction));
                    if (!entry.apps().isEmpty()) {
                        throw Refusal.conflict(
                                "secret '%s' is in use by %s: apply specs that do not name it, and retry after their rollouts"
                                        .formatted(name, String.join(", ", entry.apps())));
                    }
                    transaction.run("delete from secrets where name = $1", name);
                    transaction.note(
                            keeper.name(),
                            null,
                            Event.Type.SecretDeleted,
                            "secret '%s' was deleted".formatted(name));
                    return entry;
                });
    }

    /** Returns the newest version, or empty if the secret does not exist. */
    public Optional<Hidden> read(String name) {
        var row =
                database.snapshot(transaction ->
                        transaction.first("select * from secrets where name = $1", name));
        return row.map(it -> keys.get().open(SealedColumn.of(it), purpose(it)));
    }

    /**
     * Seals all values of older keys again with the newest key, including the private keys of
     * certificates. If one value fails, nothing is changed.
     */
    public Resealed reseal(By by) {
        var ring = keys.get();
        return database.once(
                by,
                Resealed.class,
                transaction -> {
                    var resealed =
                            SEALED.stream().mapToInt(it -> it.reseal(transaction, ring)).sum();
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.SecretsResealed,
                            "%d values were resealed: all values are now sealed by key %s"
                                    .formatted(resealed, ring.newest()));
                    return new Resealed(ring.newest(), resealed);
                });
    }

    /**
     * Refuses a spec if a secret that it names does not exist or may not be used by the app.
     *
     * @param author the apps that the author of the spec may change. If the author may not know
     *     that a secret exists, the refusal is the same as for a secret that does not exist
     */
    public void require(AppSpec spec, Scope author) {
        database.snapshot(transaction -> {
            require(transaction, spec, author, "");
            return spec;
        });
    }

    /**
     * Refuses a spec as {@link #require(AppSpec, Scope)} does. Locks the named secrets, so that
     * they cannot be deleted until the transaction ends.
     */
    static void require(Transaction transaction, AppSpec spec, Scope author) {
        require(transaction, spec, author, " for key share");
    }

    private static void require(Transaction transaction, AppSpec spec, Scope author, String lock) {
        var named = spec.secrets();
        if (named.isEmpty()) {
            return;
        }
        var there = new HashMap<String, Scope>();
        transaction
                .run(
                        "select name, apps from secrets where name = any($1)" + lock,
                        (Object) named.values().toArray(String[]::new))
                .forEach(row -> there.put(row.getString("name"), scope(row)));
        var faults = new ArrayList<Refusal.Fault>();
        named.forEach((place, secret) -> {
            var scope = there.get(secret);
            if (scope != null && scope.covers(spec.name())) {
                return;
            }
            faults.add(
                    new Refusal.Fault(
                            place,
                            scope != null && author.sees(scope)
                                    ? notFor(spec.name(), secret)
                                    : missing(secret)));
        });
        if (!faults.isEmpty()) {
            throw Refusal.conflict(faults);
        }
    }

    private static String missing(String name) {
        return "secret '%1$s' does not exist: 'autoserve secret set %1$s' creates it"
                .formatted(name);
    }

    private static String notFor(String app, String secret) {
        return "secret '%s' is not available to the app '%s': change its apps with 'autoserve secret limit'"
                .formatted(secret, app);
    }

    /**
     * Returns, by the name of the secret, the apps that use it or would use it after a rollback.
     */
    private static Map<String, SortedSet<String>> users(Transaction transaction) {
        var users = new TreeMap<String, SortedSet<String>>();
        for (var row : transaction.run(Rows.APPS + "where a.intent <> 'DELETE'")) {
            var app = Rows.app(row);
            Stream.of(app, Rows.before(transaction, app))
                    .filter(Objects::nonNull)
                    .flatMap(it -> it.spec().secrets().values().stream())
                    .forEach(secret ->
                            users.computeIfAbsent(secret, _ -> new TreeSet<>()).add(app.name()));
        }
        return users;
    }

    private static Entry entry(Row row, Map<String, SortedSet<String>> users) {
        var name = row.getString("name");
        return new Entry(
                name,
                row.getInteger("version"),
                row.getString("key_id"),
                row.getString("actor"),
                row.getOffsetDateTime("changed_at").toInstant(),
                scope(row),
                users.getOrDefault(name, new TreeSet<>()));
    }

    private static Scope scope(Row row) {
        return new Scope(List.of(row.getArrayOfStrings("apps")));
    }

    private static String purpose(Row row) {
        return purpose(row.getString("name"), row.getInteger("version"), scope(row));
    }

    private static String purpose(String name, int version, Scope apps) {
        return "secret '%s', version %d for %s".formatted(name, version, those(apps));
    }
}
