package io.autoserve;

import io.autoserve.api.Secrets;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Scope;
import io.autoserve.store.SecretTable;
import io.autoserve.store.Wishes;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads and changes the tables of secrets, and restarts the apps that must get a new version. */
record LiveSecrets(SecretTable secrets, Wishes wishes, Executor threads) implements Secrets {

    @Override
    public Future<List<Secret>> all() {
        return LivePlatform.blocking(
                threads, () -> secrets.all().stream().map(LiveSecrets::told).toList());
    }

    @Override
    public Future<Written> set(
            String name, Hidden value, @Nullable Scope apps, boolean restart, Keeper keeper) {
        return LivePlatform.blocking(
                threads,
                () -> {
                    var secret = told(secrets.set(name, value, apps, keeper));
                    return new Written(
                            secret, restart ? restarted(secret, keeper.name()) : List.of());
                });
    }

    private List<String> restarted(Secret secret, String actor) {
        var reason = "secret '%s' has version %d".formatted(secret.name(), secret.version());
        return secret.apps().stream().filter(app -> restarts(app, actor, reason)).toList();
    }

    /**
     * Restarts the app and returns whether it did. An app that is being deleted by now is left out.
     */
    private boolean restarts(String app, String actor, String reason) {
        try {
            wishes.part(app).restart(app, actor, reason);
            return true;
        } catch (Refusal leaving) {
            return false;
        }
    }

    @Override
    public Future<Secret> limit(String name, Scope apps, Keeper keeper) {
        return LivePlatform.blocking(threads, () -> told(secrets.limit(name, apps, keeper)));
    }

    @Override
    public Future<Secret> delete(String name, Keeper keeper) {
        return LivePlatform.blocking(threads, () -> told(secrets.delete(name, keeper)));
    }

    @Override
    public Future<Resealed> reseal(String actor) {
        return LivePlatform.blocking(
                threads,
                () -> {
                    var done = secrets.reseal(actor);
                    return new Resealed(done.keyId(), done.resealed());
                });
    }

    private static Secret told(SecretTable.Entry entry) {
        return new Secret(
                entry.name(),
                entry.version(),
                entry.keyId(),
                entry.actor(),
                entry.changedAt(),
                entry.scope(),
                List.copyOf(entry.apps()));
    }
}
