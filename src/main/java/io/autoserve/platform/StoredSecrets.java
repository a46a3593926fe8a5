package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Refusal;
import io.autoserve.model.Resealed;
import io.autoserve.model.Scope;
import io.autoserve.store.DesiredState;
import io.autoserve.store.SecretTable;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and changes the tables of secrets, and restarts the apps that must get a new version. */
public record StoredSecrets(SecretTable secrets, DesiredState desiredState, Background background)
        implements Secrets {

    @Override
    public Future<List<Secret>> all() {
        return background.run(() -> secrets.all().stream().map(StoredSecrets::told).toList());
    }

    @Override
    public Future<Written> set(
            String name, Hidden value, @Nullable Scope apps, boolean restart, Keeper keeper) {
        return background.run(() -> {
            var secret = told(secrets.set(name, value, apps, keeper));
            return new Written(secret, restart ? restarted(secret, keeper.by()) : List.of());
        });
    }

    private List<String> restarted(Secret secret, By by) {
        var reason = "secret '%s' has version %d".formatted(secret.name(), secret.version());
        return secret.apps().stream().filter(app -> restarts(app, by, reason)).toList();
    }

    /** Restarts the app and returns true, or returns false if the app is being deleted by now. */
    private boolean restarts(String app, By by, String reason) {
        try {
            desiredState.restart(app, by.part(app), reason);
            return true;
        } catch (Refusal leaving) {
            return false;
        }
    }

    @Override
    public Future<Secret> limit(String name, Scope apps, Keeper keeper) {
        return background.run(() -> told(secrets.limit(name, apps, keeper)));
    }

    @Override
    public Future<Secret> delete(String name, Keeper keeper) {
        return background.run(() -> told(secrets.delete(name, keeper)));
    }

    @Override
    public Future<Resealed> reseal(By by) {
        return background.run(() -> secrets.reseal(by));
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
