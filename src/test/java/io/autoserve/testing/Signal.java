package io.autoserve.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Sends signals to processes. */
public enum Signal {
    INT,
    STOP,
    CONT;

    /** Sends the signal. A process that has already ended is not an error. */
    public void send(List<ProcessHandle> processes) {
        var command = new ArrayList<>(List.of("kill", "-" + this));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        try {
            new ProcessBuilder(command).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
