package io.autoserve.runtime;

import io.autoserve.model.Session;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.IntSupplier;

/** A session over one connection. Each session has a thread that reads the output to its end. */
final class Attached implements Session {
    private static final int PART = 16 * 1024;

    static final Window NO_TERMINAL = (_, _) -> {};

    private final Connection connection;
    private final OutputReading reading;
    private final IntSupplier ending;
    private final Window window;
    private final Output output;
    private volatile boolean closed;

    /** Decodes the bytes that arrive on the connection. */
    interface OutputReading {
        void tell(InputStream in, Output output) throws IOException, InterruptedException;
    }

    interface Window {
        void resize(int columns, int rows);
    }

    /**
     * @param ending returns the exit code; called once the output has ended
     */
    Attached(
            Connection connection,
            OutputReading reading,
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
     * @param release called when the session ends, whatever the reason
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

    /**
     * Copies the input to the output unchanged. A terminal or a forwarded port has a single stream,
     * which Docker does not divide into frames.
     */
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
            // The thread that reads the output reports the lost connection.
        }
    }

    @Override
    public void endInput() {
        try {
            connection.endInput();
        } catch (IOException gone) {
            // The thread that reads the output reports the lost connection.
        }
    }

    @Override
    public void resize(int columns, int rows) {
        try {
            window.resize(columns, rows);
        } catch (RuntimeException late) {
            // The command has ended or is about to end.
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
            // The connection is closed already.
        }
    }
}
