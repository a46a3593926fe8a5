package io.autoserve.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Forwards connections from one fixed address to a controller. A test can change the controller.
 */
public final class Relay implements AutoCloseable {
    private final ServerSocket listening;
    private final AtomicReference<URI> target;

    public Relay(URI target) {
        this.target = new AtomicReference<>(target);
        try {
            listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.startVirtualThread(this::accept);
    }

    public String url() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    /** From now on, forwards each new connection to another controller. */
    public void leadTo(URI other) {
        target.set(other);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var near = listening.accept();
                Thread.startVirtualThread(() -> connect(near));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket near) {
        var to = target.get();
        try (near;
                var far = new Socket(to.getHost(), to.getPort())) {
            var back = Thread.startVirtualThread(() -> pass(far, near));
            pass(near, far);
            back.join();
        } catch (IOException refused) {
            // the try block has closed the near socket
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pass(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException broken) {
            try {
                from.close();
                to.close();
            } catch (IOException closed) {
                // both sockets should be closed anyway
            }
        }
    }

    @Override
    public void close() {
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
