package io.autoserve.cli.terminal;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Changes the mode of the terminal, and reads its size. It calls {@code stty}, which every system
 * with terminals has. {@link #close} restores the earlier mode.
 */
public final class Tty implements AutoCloseable {
    private static final File DEVICE = new File("/dev/tty");

    private final String before;
    private final Thread restoring = new Thread(this::restore);

    /** The size of the terminal's window in characters. */
    public record Size(int columns, int rows) {
        public static final Size USUAL = new Size(80, 24);
    }

    private Tty(String before, String... mode) {
        this.before = before;
        Runtime.getRuntime().addShutdownHook(restoring); // also after a signal
        stty(mode);
    }

    /** Passes every key to the process, including Ctrl-C, and does not show what the user types. */
    public static Optional<Tty> raw() {
        return stty("-g").map(before -> new Tty(before, "raw", "-echo"));
    }

    /** Passes each key to the process as it is pressed. Ctrl-C still ends the process. */
    public static Optional<Tty> keys() {
        return stty("-g").map(before -> new Tty(before, "-icanon", "-echo", "min", "1"));
    }

    public static Size size() {
        return stty("size").flatMap(Tty::size).orElse(Size.USUAL);
    }

    private static Optional<Size> size(String rowsAndColumns) {
        var numbers = rowsAndColumns.split(" ", 2);
        try {
            var size = new Size(Integer.parseInt(numbers[1]), Integer.parseInt(numbers[0]));
            return size.columns > 0 && size.rows > 0 ? Optional.of(size) : Optional.empty();
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException _) {
            return Optional.empty();
        }
    }

    /**
     * Calls {@code listener} each time that the window's size changes, if the JVM supports signals.
     * It uses reflection, because javac's warning about {@code sun.misc.Signal} cannot be
     * suppressed.
     */
    public static void whenResized(Runnable listener) {
        try {
            var signal = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            var resized =
                    Proxy.newProxyInstance(
                            Tty.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (_, _, _) -> {
                                listener.run();
                                return null;
                            });
            signal.getMethod("handle", signal, handler)
                    .invoke(
                            null,
                            signal.getConstructor(String.class).newInstance("WINCH"),
                            resized);
        } catch (ReflectiveOperationException _) {
            // the size from the start stays in use
        }
    }

    private static Optional<String> stty(String... arguments) {
        var command = new ArrayList<>(List.of("stty"));
        command.addAll(List.of(arguments));
        try {
            var process = new ProcessBuilder(command).redirectInput(DEVICE).start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? Optional.of(said.strip()) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty(); // there is no terminal
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private void restore() {
        stty(before);
    }

    @Override
    public void close() {
        restore();
        Runtime.getRuntime().removeShutdownHook(restoring);
    }
}
