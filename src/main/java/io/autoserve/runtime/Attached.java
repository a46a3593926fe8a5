package io.autoserve.runtime;

import io.autoserve.model.Session;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.IntSupplier;

/** A connection whose output is told by a thread of its own until it ends. */
final class Attached implements Session {
    private static final int PART = 16 * 1024;

    static final Window NO_TERMINAL = (_, _) -> {};

    private final Connection connection;
    private final Reading reading;
    private final IntSupplier ending;
    private final Window window;
    private final Output output;
    private volatile boolean closed;

    /** How the bytes that come are to be understood. */
    interface Reading {
        void tell(InputStream in, Output output) throws IOException, InterruptedException;
    }

    interface Window {
        void resize(int columns, int rows);
    }

    /**
     * @param ending asked for the exit code once nothing more comes
     */
    Attached(
            Connection connection,
            Reading reading,
            IntSupplier ending,
            Window window,
            Output output) {
        this.connection = connection;
        this.reading = reading;
        this.ending = ending;
        this.window = window;
        this.output = output;
    }

    /**
     * @param release called at the end, whatever it is
     */
    Session start(String name, Runnable release) {
        Thread.ofVirtual()
                .name(name)
                .start(() -> {
                    try {
                        reading.tell(connection.in(), output);
                        output.ended(ending.getAsInt());
                    } catch (IOException | RuntimeException failure) {
                        fail(failure);
                    } catch (InterruptedException _) {
                        Thread.currentThread().interrupt();
                    } finally {
                        close();
                        release.run();
                    }
                });
        return this;
    }

    /** One stream, as terminals and ports have it. */
    static void copy(InputStream in, Output output) throws IOException, InterruptedException {
        var part = new byte[PART];
        for (var count = in.read(part); count >= 0; count = in.read(part)) {
            output.bytes(false, Arrays.copyOf(part, count));
        }
    }

    @Override
    public void write(byte[] bytes) {
        try {
            connection.write(bytes);
        } catch (IOException gone) {
            // its output has ended too, and says so
        }
    }

    @Override
    public void endInput() {
        try {
            connection.endInput();
        } catch (IOException gone) {
            // as above
        }
    }

    @Override
    public void resize(int columns, int rows) {
        try {
            window.resize(columns, rows);
        } catch (RuntimeException late) {
            // the command has ended, or is about to
        }
    }

    private void fail(Exception failure) {
        if (!closed) {
            output.failed(String.valueOf(failure.getMessage()));
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            connection.close();
        } catch (IOException gone) {
            // as wished
        }
    }
}
