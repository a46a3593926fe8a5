package io.autoserve.testing;

import io.autoserve.model.By;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Resealed;
import io.autoserve.model.Scope;
import io.autoserve.platform.Secrets;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Keeps secrets in memory without their values, because the API never returns values. */
final class FakeSecrets implements Secrets {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Consumer<By> remembered;

    private final SortedMap<String, Secret> secrets = new TreeMap<>();

    FakeSecrets(Consumer<By> remembered) {
        this.remembered = remembered;
    }

    @Override
    public synchronized Future<List<Secret>> all() {
        return Future.succeededFuture(List.copyOf(secrets.values()));
    }

    @Override
    public synchronized Future<Written> set(
            String name, Hidden value, @Nullable Scope apps, boolean restart, Keeper keeper) {
        remembered.accept(keeper.by());
        var before = secrets.get(name);
        var first = apps == null ? keeper.apps() : apps;
        var old = before == null ? first : before.scope();
        var scope = apps == null ? old : apps;
        var objection = keeper.objection(old).or(() -> keeper.objection(scope));
        if (objection.isPresent()) {
            return Future.failedFuture(Refusal.forbidden(objection.get()));
        }
        var version = before == null ? 1 : before.version() + 1;
        var secret = new Secret(name, version, "key-1", keeper.name(), START, scope, List.of());
        secrets.put(name, secret);
        return Future.succeededFuture(new Written(secret, List.of()));
    }

    @Override
    public synchronized Future<Secret> limit(String name, Scope apps, Keeper keeper) {
        return kept(name, keeper)
                .compose(there -> {
                    var objection = keeper.objection(apps);
                    if (objection.isPresent()) {
                        return Future.failedFuture(Refusal.forbidden(objection.get()));
                    }
                    var limited =
                            new Secret(
                                    name,
                                    there.version(),
                                    there.keyId(),
                                    there.actor(),
                                    there.changedAt(),
                                    apps,
                                    there.apps());
                    secrets.put(name, limited);
                    return Future.succeededFuture(limited);
                });
    }

    @Override
    public synchronized Future<Secret> delete(String name, Keeper keeper) {
        return kept(name, keeper).onSuccess(_ -> secrets.remove(name));
    }

    private Future<Secret> kept(String name, Keeper keeper) {
        remembered.accept(keeper.by());
        var there = secrets.get(name);
        if (there == null || !keeper.sees(there.scope())) {
            return Future.failedFuture(Refusal.noSecret(name));
        }
        return keeper.objection(there.scope())
                .<Future<Secret>>map(reason -> Future.failedFuture(Refusal.forbidden(reason)))
                .orElseGet(() -> Future.succeededFuture(there));
    }

    @Override
    public Future<Resealed> reseal(By by) {
        return Future.succeededFuture(new Resealed("key-1", 0));
    }
}
