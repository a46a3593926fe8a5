package io.autoserve.model;

/**
 * Bytes into an instance and out of it: a command that runs there, or a connection to one of its
 * ports. Its methods block their thread and never throw; what goes wrong is told to its {@link
 * Output}.
 */
public interface Session extends AutoCloseable {

    void write(byte[] bytes);

    /** Nothing more will be written; what reads to the end can go on. */
    void endInput();

    /** Of the terminal, where the session has one. */
    void resize(int columns, int rows);

    /** Lets go of it at once; nothing more is told. */
    @Override
    void close();

    /** Told by a thread of the session's own, which it may hold up; one of the last two is last. */
    interface Output {
        void bytes(boolean error, byte[] bytes) throws InterruptedException;

        /**
         * @param exitCode of the command; 0 where a connection was closed
         */
        void ended(int exitCode) throws InterruptedException;

        void failed(String reason);
    }
}
