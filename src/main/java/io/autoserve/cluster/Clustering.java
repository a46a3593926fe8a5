package io.autoserve.cluster;

import io.autoserve.time.VertxLoop;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Makes this controller stand for election while the verticle is deployed. The verticle needs an
 * event loop that no other work delays, because the database ends the term of a silent leader.
 */
public final class Clustering extends VerticleBase {
    private final Election election;
    private final Leadership leadership;

    /**
     * @param leadership called on the event loop of this verticle
     */
    public Clustering(Election election, Leadership leadership) {
        this.election = election;
        this.leadership = leadership;
    }

    @Override
    public Future<?> start() {
        election.start(new VertxLoop(context), leadership);
        return Future.succeededFuture();
    }

    /**
     * Stops leading, so that another controller takes over at once. Undeployment does the same, but
     * also waits until the connection is closed. That can take long if the database does not
     * answer.
     */
    public Future<?> resign() {
        return election.resign();
    }

    @Override
    public Future<?> stop() {
        return resign();
    }
}
