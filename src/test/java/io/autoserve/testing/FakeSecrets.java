package io.autoserve.testing;

import io.autoserve.api.Secrets;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Secrets without values: nothing that the API may tell needs them. */
final class FakeSecrets implements Secrets {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final SortedMap<String, Secret> secrets = new TreeMap<>();

    @Override
    public synchronized Future<List<Secret>> all() {
        return Future.succeededFuture(List.copyOf(secrets.values()));
    }

    @Override
    public synchronized Future<Written> set(
            String name, Hidden value, boolean restart, String actor) {
        var before = secrets.get(name);
        var version = before == null ? 1 : before.version() + 1;
        var secret = new Secret(name, version, "key-1", actor, START, List.of());
        secrets.put(name, secret);
        return Future.succeededFuture(new Written(secret, List.of()));
    }

    @Override
    public synchronized Future<Secret> delete(String name, String actor) {
        var gone = secrets.remove(name);
        return gone == null
                ? Future.failedFuture(Refusal.noSecret(name))
                : Future.succeededFuture(gone);
    }

    @Override
    public Future<Resealed> reseal(String actor) {
        return Future.succeededFuture(new Resealed("key-1", 0));
    }
}
