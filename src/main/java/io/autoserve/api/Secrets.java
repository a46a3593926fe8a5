package io.autoserve.api;

import io.autoserve.model.Hidden;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;

/** What may be asked about secrets: everything but their values. */
public interface Secrets {

    /** By name. */
    Future<List<Secret>> all();

    /**
     * Gives a secret its next version.
     *
     * @param restart whether the apps that use it are restarted
     */
    Future<Written> set(String name, Hidden value, boolean restart, String actor);

    /** Refused as a conflict while apps use it. */
    Future<Secret> delete(String name, String actor);

    /** Seals all by the newest key. */
    Future<Resealed> reseal(String actor);

    /**
     * @param keyId of the key that it is sealed by
     * @param actor who set this version
     * @param apps that use it
     */
    record Secret(
            String name,
            int version,
            String keyId,
            String actor,
            Instant changedAt,
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
