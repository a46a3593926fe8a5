package io.autoserve.store;

import io.autoserve.model.By;
import io.autoserve.model.Certificate;
import io.autoserve.model.Domain;
import io.autoserve.model.Domain.Source;
import io.autoserve.model.Domain.Validity;
import io.autoserve.model.Event;
import io.autoserve.model.Hidden;
import io.autoserve.model.PlainText;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.model.TlsChoices;
import io.autoserve.secrets.KeyRing;
import io.vertx.sqlclient.Row;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores domains and their certificates. Private keys are sealed in the same way as secrets. Any
 * controller writes the choices of operators, but only the leader writes the results of orders.
 */
public final class CertificateTable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateTable.class);

    private final Database database;
    private final FencedWrites fencedWrites;
    private final Supplier<KeyRing> keys;
    private final InstantSource clock;

    public CertificateTable(
            Database database,
            FencedWrites fencedWrites,
            Supplier<KeyRing> keys,
            InstantSource clock) {
        this.database = database;
        this.fencedWrites = fencedWrites;
        this.keys = keys;
        this.clock = clock;
    }

    /** Returns all domains, sorted by host. */
    public List<Domain> all() {
        return database.snapshot(transaction -> {
            var domains = new ArrayList<Domain>();
            transaction
                    .run("select * from domains order by host")
                    .forEach(row -> domains.add(domain(row)));
            return List.copyOf(domains);
        });
    }

    /** A domain that can be served, with its certificate. */
    public record Site(Domain domain, String chain, Hidden key) {}

    /**
     * @param seq sequence number of the last event that this state reflects
     */
    public record Served(long timeline, long seq, List<Site> sites) {}

    /** Returns every domain that has a certificate whose key can be unsealed. */
    public Served served() {
        return database.snapshot(transaction -> {
            var here =
                    transaction
                            .run("select " + StateReader.TIMELINE + ", " + StateReader.LAST_SEQ)
                            .iterator()
                            .next();
            var sites = new ArrayList<Site>();
            transaction
                    .run("select * from domains where chain is not null order by host")
                    .forEach(row -> open(row, sites));
            return new Served(here.getLong("timeline"), here.getLong("seq"), List.copyOf(sites));
        });
    }

    /**
     * Adds the domain to {@code sites}. If the domain's key cannot be unsealed, logs a warning
     * instead, so that the other domains are still served.
     */
    private void open(Row row, List<Site> sites) {
        try {
            var key = keys.get().open(SealedColumn.of(row), purpose(row));
            sites.add(new Site(domain(row), row.getString("chain"), key));
        } catch (Refusal refusal) {
            LOG.warn("{} is not served with TLS: {}", row.getString("host"), refusal.getMessage());
        }
    }

    /** Adds a domain with an operator's own certificate, or replaces its certificate. */
    public Domain upload(String host, TlsChoices choices, Certificate certificate, By by) {
        return database.once(
                by,
                Domain.class,
                transaction -> {
                    want(transaction, host, Source.UPLOADED, choices, by.actor());
                    put(transaction, host, certificate);
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.DomainAdded,
                            "%s has a certificate until %s"
                                    .formatted(host, certificate.validity().notAfter()));
                    return find(transaction, host);
                });
    }

    /**
     * Adds a domain whose certificates AutoServe orders. An existing certificate is served until
     * the first order succeeds.
     */
    public Domain order(String host, TlsChoices choices, By by) {
        return database.once(
                by,
                Domain.class,
                transaction -> {
                    want(transaction, host, Source.ACME, choices, by.actor());
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.DomainAdded,
                            "ordering a certificate for %s".formatted(host));
                    return find(transaction, host);
                });
    }

    private void want(
            Transaction transaction, String host, Source source, TlsChoices choices, String actor) {
        transaction.run(
                """
                insert into domains (host, source, redirect, hsts, actor, changed_at) values ($1, $2, $3, $4, $5, $6)
                on conflict (host) do update set source = $2, redirect = $3, hsts = $4, actor = $5, changed_at = $6,
                    failures = 0, trouble = null, warned_at = null,
                    retry_at = case when domains.source = $2 and domains.chain is not null then null else $6 end
                """,
                host,
                source.name(),
                choices.redirect(),
                choices.hsts(),
                actor,
                Rows.time(clock.instant()));
    }

    /** Stores the next version of the domain's certificate. */
    private void put(Transaction transaction, String host, Certificate certificate) {
        var version =
                transaction
                        .run(
                                "update domains set version = version + 1 where host = $1 returning version",
                                host)
                        .iterator()
                        .next()
                        .getInteger(0);
        var sealed = keys.get().seal(certificate.key(), purpose(host, version));
        transaction.run(
                """
                update domains set chain = $2, key_id = $3, sealed = $4, not_before = $5, not_after = $6,
                    failures = 0, retry_at = null, trouble = null, warned_at = null
                where host = $1
                """,
                host,
                certificate.chain(),
                sealed.keyId(),
                sealed.text(),
                Rows.time(certificate.validity().notBefore()),
                Rows.time(certificate.validity().notAfter()));
    }

    public Domain remove(String host, By by) {
        return database.once(
                by,
                Domain.class,
                transaction -> {
                    var domain = find(transaction, host);
                    transaction.run("delete from domains where host = $1", host);
                    transaction.note(
                            by.actor(),
                            null,
                            Event.Type.DomainRemoved,
                            "%s is served without TLS".formatted(host));
                    return domain;
                });
    }

    /**
     * Returns the key of AutoServe's account at a certificate authority. Creates the account's key
     * if none is stored.
     *
     * @param fresh creates a new key. It is called outside of a transaction, because creating a key
     *     takes too long
     */
    public Hidden account(Term term, URI directory, Supplier<Hidden> fresh) {
        var name = directory.toString();
        var known =
                database.snapshot(transaction ->
                        transaction.first(
                                "select * from acme_accounts where directory = $1", name));
        return known.map(row -> keys.get().open(SealedColumn.of(row), account(row)))
                .orElseGet(() -> keepAccount(term, name, fresh.get()));
    }

    private Hidden keepAccount(Term term, String directory, Hidden key) {
        var sealed = keys.get().seal(key, account(directory));
        return fencedWrites.fenced(
                term,
                transaction -> {
                    transaction.run(
                            "insert into acme_accounts (directory, key_id, sealed) values ($1, $2, $3)",
                            directory,
                            sealed.keyId(),
                            sealed.text());
                    return key;
                });
    }

    /** Stores an ordered certificate. Does nothing if the domain has changed since the order. */
    public void issued(Term term, Domain ordered, Certificate certificate, String reason) {
        onOrdered(
                term,
                ordered,
                Event.Type.CertificateIssued,
                "%s has a certificate until %s: %s"
                        .formatted(ordered.host(), certificate.validity().notAfter(), reason),
                transaction -> put(transaction, ordered.host(), certificate));
    }

    public void failed(Term term, Domain ordered, String trouble, Instant retryAt) {
        onOrdered(
                term,
                ordered,
                Event.Type.CertificateFailed,
                "could not get a certificate for %s, retrying at %s: %s"
                        .formatted(ordered.host(), retryAt, trouble),
                transaction ->
                        transaction.run(
                                "update domains set failures = failures + 1, trouble = $2, retry_at = $3 where host = $1",
                                ordered.host(),
                                PlainText.of(trouble),
                                Rows.time(retryAt)));
    }

    public void warned(Term term, Domain domain, String reason, Instant now) {
        onOrdered(
                term,
                domain,
                Event.Type.CertificateExpiring,
                reason,
                transaction ->
                        transaction.run(
                                "update domains set warned_at = $2 where host = $1",
                                domain.host(),
                                Rows.time(now)));
    }

    private interface DomainUpdate {
        void take(Transaction transaction);
    }

    private void onOrdered(
            Term term, Domain seen, Event.Type type, String reason, DomainUpdate step) {
        fencedWrites.fenced(
                term,
                transaction -> {
                    for (var row :
                            transaction.run(
                                    "select * from domains where host = $1 for update",
                                    seen.host())) {
                        if (Objects.equals(domain(row), seen)) {
                            step.take(transaction);
                            fencedWrites.append(transaction, term, null, type, reason);
                        }
                    }
                    return seen;
                });
    }

    private static Domain find(Transaction transaction, String host) {
        return transaction
                .first("select * from domains where host = $1 for update", host)
                .map(CertificateTable::domain)
                .orElseThrow(() -> Refusal.noDomain(host));
    }

    private static Domain domain(Row row) {
        return new Domain(
                row.getString("host"),
                Rows.word(Source.class, row, "source"),
                row.getBoolean("redirect"),
                row.getBoolean("hsts"),
                row.getInteger("version"),
                validity(row),
                row.getInteger("failures"),
                Rows.instant(row, "retry_at"),
                Rows.instant(row, "warned_at"),
                row.getString("trouble"),
                row.getString("actor"),
                row.getOffsetDateTime("changed_at").toInstant());
    }

    private static @Nullable Validity validity(Row row) {
        return row.getString("chain") == null
                ? null
                : new Validity(
                        row.getOffsetDateTime("not_before").toInstant(),
                        row.getOffsetDateTime("not_after").toInstant());
    }

    static String purpose(Row row) {
        return purpose(row.getString("host"), row.getInteger("version"));
    }

    private static String purpose(String host, int version) {
        return "the key of certificate '%s', version %d".formatted(host, version);
    }

    static String account(Row row) {
        return account(row.getString("directory"));
    }

    private static String account(String directory) {
        return "the account at '%s'".formatted(directory);
    }
}
