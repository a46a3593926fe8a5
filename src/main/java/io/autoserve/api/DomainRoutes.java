package io.autoserve.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.api.Problem.FieldError;
import io.autoserve.model.Hidden;
import io.autoserve.model.TlsChoices;
import io.autoserve.platform.Domains.DomainStatus;
import io.autoserve.platform.Platform;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests about hosts that are served with TLS. A private key is accepted but never
 * returned.
 */
final class DomainRoutes {
    private final Platform platform;

    DomainRoutes(Platform platform) {
        this.platform = platform;
    }

    Map<String, Consumer<Call>> routes() {
        return Map.of(
                "listDomains", this::list,
                "setDomain", this::set,
                "deleteDomain", this::delete);
    }

    private record DomainList(List<DomainAnswer> domains) {}

    private record DomainAnswer(
            String host,
            DomainSource source,
            List<String> apps,
            boolean redirect,
            boolean hsts,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter,
            @Nullable Instant orderedAt,
            @Nullable String trouble,
            String actor,
            Instant changedAt) {
        enum DomainSource {
            Uploaded,
            Acme
        }

        static DomainAnswer of(DomainStatus told) {
            var domain = told.domain();
            var validity = domain.validity();
            return new DomainAnswer(
                    domain.host(),
                    switch (domain.source()) {
                        case UPLOADED -> DomainSource.Uploaded;
                        case ACME -> DomainSource.Acme;
                    },
                    told.apps(),
                    domain.redirect(),
                    domain.hsts(),
                    validity == null ? null : validity.notBefore(),
                    validity == null ? null : validity.notAfter(),
                    domain.orderAt(),
                    domain.trouble(),
                    domain.actor(),
                    domain.changedAt());
        }
    }

    private void list(Call call) {
        call.when(
                platform.domains().all(),
                all -> call.json(200, new DomainList(all.stream().map(DomainAnswer::of).toList())));
    }

    private void set(Call call) {
        call.when(set(call, call.body()), done -> call.json(200, DomainAnswer.of(done)));
    }

    private Future<DomainStatus> set(Call call, JsonNode body) {
        var host = call.required("host");
        var choices =
                new TlsChoices(body.path("redirect").asBoolean(), body.path("hsts").asBoolean());
        var by = call.by();
        if (!body.path("acme").asBoolean()) {
            return platform.domains()
                    .upload(
                            host,
                            choices,
                            body.path("certificate").asText(),
                            new Hidden(body.path("key").asText()),
                            by);
        }
        if (host.startsWith("*")) {
            throw new Rejection.BadBody(
                    List.of(
                            FieldError.at(
                                    "/acme",
                                    "AutoServe cannot order a certificate for a wildcard: upload a certificate, or add each host by its name")));
        }
        return platform.domains().order(host, choices, by);
    }

    private void delete(Call call) {
        call.when(
                platform.domains().remove(call.required("host"), call.by()),
                gone -> call.json(200, DomainAnswer.of(gone)));
    }
}
