package io.autoserve.testing;

import io.autoserve.model.By;
import io.autoserve.model.Domain;
import io.autoserve.model.Domain.Source;
import io.autoserve.model.Domain.Validity;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.autoserve.model.TlsChoices;
import io.autoserve.platform.Domains;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps domains without checking their certificates. */
final class FakeDomains implements Domains {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Consumer<By> remembered;

    private final SortedMap<String, DomainStatus> domains = new TreeMap<>();

    FakeDomains(Consumer<By> remembered) {
        this.remembered = remembered;
    }

    @Override
    public synchronized Future<List<DomainStatus>> all() {
        return Future.succeededFuture(List.copyOf(domains.values()));
    }

    @Override
    public Future<DomainStatus> upload(
            String host, TlsChoices choices, String certificate, Hidden key, By by) {
        var validity = new Validity(START, START.plus(Duration.ofDays(90)));
        remembered.accept(by);
        return put(host, Source.UPLOADED, choices, validity, by);
    }

    @Override
    public Future<DomainStatus> order(String host, TlsChoices choices, By by) {
        remembered.accept(by);
        return put(host, Source.ACME, choices, null, by);
    }

    private synchronized Future<DomainStatus> put(
            String host, Source source, TlsChoices choices, @Nullable Validity validity, By by) {
        var domain =
                new Domain(
                        host,
                        source,
                        choices.redirect(),
                        choices.hsts(),
                        1,
                        validity,
                        0,
                        null,
                        null,
                        null,
                        by.actor(),
                        START);
        var told = new DomainStatus(domain, List.of());
        domains.put(host, told);
        return Future.succeededFuture(told);
    }

    @Override
    public synchronized Future<DomainStatus> remove(String host, By by) {
        remembered.accept(by);
        var gone = domains.remove(host);
        return gone == null
                ? Future.failedFuture(Refusal.noDomain(host))
                : Future.succeededFuture(gone);
    }
}
