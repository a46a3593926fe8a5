package io.autoserve.model;

/**
 * A stream of bytes into and out of an instance: a command that runs there, or a connection to one
 * of its ports. Its methods block and never throw. Errors are reported to its {@link Output}.
 */
public interface Session extends AutoCloseable {

    void write(byte[] bytes);

    /** Ends the input. A program that reads its input to the end can then continue. */
    void endInput();

    /** Resizes the terminal, if the session has one. */
    void resize(int columns, int rows);

    /** Closes the session at once. Its output gets no further calls. */
    @Override
    void close();

    /**
     * Receives the session's output. Each session calls it on a separate thread, so its methods may
     * block. The last call is either {@code ended} or {@code failed}.
     */
    interface Output {
        void bytes(boolean error, byte[] bytes) throws InterruptedException;

        /**
         * @param exitCode exit code of the command; 0 if the session was a connection and it was
         *     closed
         */
        void ended(int exitCode) throws InterruptedException;

        void failed(String reason);
    }
}
