package io.autoserve.events;

import io.autoserve.store.StateReader.News;

/** Gives the feed access to the database. All methods may block, for seconds at most. */
public interface NewsSource {

    /**
     * Connects to the primary.
     *
     * @param wake called from any thread when there may be news or the connection is lost. It must
     *     return at once
     * @throws Exception if there is no primary, or if it does not answer in time
     */
    NewsConnection connect(Runnable wake) throws Exception;

    /** One connection of the feed. */
    interface NewsConnection extends AutoCloseable {
        /**
         * Returns the events after {@code seq}. If there are many, returns only the first of them.
         *
         * @throws Exception if the connection is lost or the database does not answer in time
         */
        News after(long seq) throws Exception;

        /** Closes the connection at once, without waiting for the database. */
        @Override
        void close();
    }
}
