package io.autoserve.api;

import io.autoserve.model.StreamKind;

/**
 * Decides whether a client may open one more stream of events or logs, exec session or forwarded
 * port. {@link OpenStreams} applies these decisions.
 *
 * @param perToken maximum number of streams of one token on one controller
 * @param total maximum number of streams of one controller
 * @param reserve how many of {@code total} only admins may open
 */
record StreamLimit(int perToken, int total, int reserve) {
    /**
     * How many connections to containers only admins may open. Without them, nobody could look into
     * a container once deployers hold all connections.
     */
    static final int CONTAINERS_FOR_ADMINS = 20;

    /**
     * The share of the heap that one stream may need on average. A stream needs about a fifth of
     * it, unless its client does not read.
     */
    private static final int HEAP_PER_STREAM = 256 << 10;

    private static final int FEWEST = 100;
    private static final int MOST = 10_000;

    StreamLimit {
        if (perToken < 1 || reserve < 0 || total <= reserve) {
            throw new IllegalArgumentException(
                    "a limit of streams must be at least 1, was %d per token, and %d of %d for admins"
                            .formatted(perToken, reserve, total));
        }
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
        /** The controller has no stream left for this caller. */
        CONTROLLER_FULL,
        /** The controller has no connection to a container left for this caller. */
        CONTAINERS_FULL
    }

    /**
     * @param ofToken how many streams the caller's token has open; 0 if no token is needed
     * @param all how many streams are open
     * @param free how many more connections to containers the controller may open
     */
    StreamTurn arrival(boolean admin, StreamKind kind, int ofToken, int all, int free) {
        if (ofToken >= perToken) {
            return StreamTurn.TOKEN_FULL;
        }
        if (all >= (admin ? total : total - reserve)) {
            return StreamTurn.CONTROLLER_FULL;
        }
        return kind.ofContainers() && free <= kept(admin)
                ? StreamTurn.CONTAINERS_FULL
                : StreamTurn.OPEN;
    }

    /** Returns how many connections to containers the caller must leave free. */
    static int kept(boolean admin) {
        return admin ? 0 : CONTAINERS_FOR_ADMINS;
    }
}
