package io.autoserve.sources;

import io.autoserve.model.AppSpec.Scaling.MetricQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PostgresQuery;
import io.autoserve.model.AppSpec.Scaling.MetricQuery.PrometheusQuery;
import io.autoserve.model.Hidden;
import io.autoserve.net.AddressPolicy;
import io.autoserve.outbound.GuardedNames;
import io.autoserve.scaling.MetricSource;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads numbers from Prometheus and PostgreSQL, with the secrets that the queries name. */
public final class OtherSystems implements MetricSource {
    private final Function<String, Optional<Hidden>> secrets;
    private final PrometheusServers prometheus;
    private final PostgresDatabases postgres;

    /**
     * @param secrets returns the value of a secret
     * @param trusted hosts that may have any address
     */
    public OtherSystems(
            Function<String, Optional<Hidden>> secrets, AddressPolicy policy, Set<String> trusted) {
        this.secrets = secrets;
        var names = names(policy, trusted);
        prometheus = new PrometheusServers(names);
        postgres = new PostgresDatabases(names);
    }

    static GuardedNames names(AddressPolicy policy, Set<String> trusted) {
        return new GuardedNames(
                policy,
                trusted,
                "add it to AUTOSERVE_METRIC_HOSTS on the controllers, if numbers may be read from"
                        + " it");
    }

    @Override
    public double read(MetricQuery query) {
        try {
            var number = ask(query);
            if (!(number >= 0) || Double.isInfinite(number)) {
                throw new IllegalArgumentException(
                        "the number must be at least 0 and finite, was " + number);
            }
            return number;
        } catch (IOException failure) {
            throw new IllegalStateException(words(failure), failure);
        }
    }

    private double ask(MetricQuery query) throws IOException {
        return switch (query) {
            case PrometheusQuery it ->
                    prometheus.ask(it, it.secret() == null ? null : secret(it.secret()));
            case PostgresQuery(var secret, var sql) -> postgres.ask(secret(secret), sql);
        };
    }

    private Hidden secret(String name) {
        return secrets.apply(name)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the secret '%s' does not exist".formatted(name)));
    }

    private static String words(IOException failure) {
        var message = failure.getMessage();
        return message == null ? failure.toString() : message;
    }
}
