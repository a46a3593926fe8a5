package io.autoserve.testing;

import io.autoserve.api.Domains;
import io.autoserve.model.Domain;
import io.autoserve.model.Domain.Source;
import io.autoserve.model.Domain.Validity;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps domains without checking their certificates. */
final class FakeDomains implements Domains {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final SortedMap<String, Told> domains = new TreeMap<>();

    @Override
    public synchronized Future<List<Told>> all() {
        return Future.succeededFuture(List.copyOf(domains.values()));
    }

    @Override
    public Future<Told> upload(
            String host, Choices choices, String certificate, Hidden key, String actor) {
        var validity = new Validity(START, START.plus(Duration.ofDays(90)));
        return put(host, Source.UPLOADED, choices, validity, actor);
    }

    @Override
    public Future<Told> order(String host, Choices choices, String actor) {
        return put(host, Source.ACME, choices, null, actor);
    }

    private synchronized Future<Told> put(
            String host,
            Source source,
            Choices choices,
            @Nullable Validity validity,
            String actor) {
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
                        actor,
                        START);
        var told = new Told(domain, List.of());
        domains.put(host, told);
        return Future.succeededFuture(told);
    }

    @Override
    public synchronized Future<Told> remove(String host, String actor) {
        var gone = domains.remove(host);
        return gone == null
                ? Future.failedFuture(Refusal.noDomain(host))
                : Future.succeededFuture(gone);
    }
}
