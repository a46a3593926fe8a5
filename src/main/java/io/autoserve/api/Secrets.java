package io.autoserve.api;

import io.autoserve.model.Hidden;
import io.autoserve.model.Keeper;
import io.autoserve.model.Scope;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may be asked about secrets: everything but their values. */
public interface Secrets {

    /** By name. */
    Future<List<Secret>> all();

    /**
     * Gives a secret its next version. Refused as forbidden where it is not the keeper's.
     *
     * @param apps that it is for from now on; null: as before, and at first the keeper's own
     * @param restart whether the apps that use it are restarted
     */
    Future<Written> set(
            String name, Hidden value, @Nullable Scope apps, boolean restart, Keeper keeper);

    /** Says which apps it is for; refused as {@link #set} is, and where an app uses it already. */
    Future<Secret> limit(String name, Scope apps, Keeper keeper);

    /** Refused as a conflict while apps use it, as forbidden where it is not the keeper's. */
    Future<Secret> delete(String name, Keeper keeper);

    /** Seals all by the newest key. */
    Future<Resealed> reseal(String actor);

    /**
     * @param keyId of the key that it is sealed by
     * @param actor who set this version
     * @param scope the apps that may use it
     * @param apps that use it
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
     * @param restarted apps that get it by being restarted now
     */
    record Written(Secret secret, List<String> restarted) {}

    /**
     * @param keyId of the key that all are sealed by now
     * @param resealed how many were sealed by another
     */
    record Resealed(String keyId, int resealed) {}
}
