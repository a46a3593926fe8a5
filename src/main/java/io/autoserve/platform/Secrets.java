package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Resealed;
import io.autoserve.model.Scope;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and changes secrets. A value can be set but never read. */
public interface Secrets {

    /** Returns all secrets, sorted by name. */
    Future<List<Secret>> all();

    /**
     * Stores the next version of a secret. Refused as forbidden if the keeper may not change the
     * secret.
     *
     * @param apps the apps that may use the secret from now on. Null keeps the present apps of an
     *     existing secret, and means the keeper's own apps for a new secret
     * @param restart whether to restart the apps that use it
     */
    Future<Written> set(
            String name, Hidden value, @Nullable Scope apps, boolean restart, Keeper keeper);

    /**
     * Limits which apps may use the secret. Refused in the same cases as {@link #set}, and also if
     * an app that uses the secret would no longer be permitted to use it.
     */
    Future<Secret> limit(String name, Scope apps, Keeper keeper);

    /**
     * Deletes the secret. Refused as a conflict while apps use it, and as forbidden if the keeper
     * may not change it.
     */
    Future<Secret> delete(String name, Keeper keeper);

    /** Seals all secrets with the newest key. */
    Future<Resealed> reseal(By by);

    /**
     * @param keyId id of the key that the secret is sealed with
     * @param actor name of the actor who set this version
     * @param scope the apps that may use the secret
     * @param apps the apps that use it
     */
    record Secret(
            String name,
            int version,
            String keyId,
            String actor,
            Instant changedAt,
            Scope scope,
            List<String> apps) {}

    /**
     * @param restarted apps that are restarted now to get the new version
     */
    record Written(Secret secret, List<String> restarted) {}
}
