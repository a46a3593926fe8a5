package io.autoserve.api;

import io.autoserve.model.StreamKind;

/**
 * Decides whether a client may open one more stream of events or logs, exec session or forwarded
 * port. {@link OpenStreams} applies these decisions.
 *
 * @param perToken maximum number of streams of one token on one controller
 * @param total maximum number of streams of one controller
 * @param reserve how many of {@code total} only admins may open
 * @param containersPerToken maximum number of connections to containers of one token on one
 *     controller, for its logs, exec sessions and forwarded ports together
 */
record StreamLimit(int perToken, int total, int reserve, int containersPerToken) {
    /**
     * How many connections to containers only admins may open. Without them, nobody could look into
     * a container once deployers hold all connections.
     */
    static final int CONTAINERS_FOR_ADMINS = 20;

    /**
     * The share of one token. It is half of the 180 connections to containers that are not for
     * admins, because a single stream of logs needs one for each instance.
     */
    static final int CONTAINERS_PER_TOKEN = 90;

    /**
     * The share of the heap that one stream may need on average. A stream needs about a fifth of
     * it, unless its client does not read.
     */
    private static final int HEAP_PER_STREAM = 256 << 10;

    private static final int FEWEST = 100;
    private static final int MOST = 10_000;

    StreamLimit {
        if (perToken < 1 || reserve < 0 || total <= reserve || containersPerToken < 1) {
            throw new IllegalArgumentException(
                    "a limit of streams must be at least 1, was %d per token, %d of %d for admins, and %d connections to containers"
                            .formatted(perToken, reserve, total, containersPerToken));
        }
    }

    /** Creates a limit with the default share of the connections to containers. */
    StreamLimit(int perToken, int total, int reserve) {
        this(perToken, total, reserve, CONTAINERS_PER_TOKEN);
    }

    /**
     * @param heap maximum size of the heap, in bytes
     */
    static StreamLimit of(int perToken, long heap) {
        var total = Math.clamp(heap / HEAP_PER_STREAM, FEWEST, MOST);
        return new StreamLimit(perToken, total, total / 10);
    }

    enum StreamTurn {
        OPEN,
        /** The token has its share already. */
        TOKEN_FULL,
        /** The token has its share of the connections to containers already. */
        TOKEN_CONTAINERS_FULL,
        /** The controller has no stream left for this caller. */
        CONTROLLER_FULL,
        /** The controller has no connection to a container left for this caller. */
        CONTAINERS_FULL
    }

    /**
     * @param ofToken how many streams the caller's token has open; 0 if no token is needed
     * @param connections how many connections to containers the caller's token has
     * @param all how many streams are open
     * @param free how many more connections to containers the controller may open
     */
    StreamTurn arrival(
            boolean admin, StreamKind kind, int ofToken, int connections, int all, int free) {
        if (ofToken >= perToken) {
            return StreamTurn.TOKEN_FULL;
        }
        if (all >= (admin ? total : total - reserve)) {
            return StreamTurn.CONTROLLER_FULL;
        }
        if (!kind.ofContainers()) {
            return StreamTurn.OPEN;
        }
        if (!holds(connections, 1)) {
            return StreamTurn.TOKEN_CONTAINERS_FULL;
        }
        return free <= kept(admin) ? StreamTurn.CONTAINERS_FULL : StreamTurn.OPEN;
    }

    /**
     * Returns whether a token that has some connections to containers may have so many more. Asking
     * for none is always allowed.
     */
    boolean holds(int connections, int more) {
        return more == 0 || connections + more <= containersPerToken;
    }

    /** Returns how many connections to containers the caller must leave free. */
    static int kept(boolean admin) {
        return admin ? 0 : CONTAINERS_FOR_ADMINS;
    }
}
