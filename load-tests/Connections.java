import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends requests over a limited number of kept-alive connections. A request waits while all of them
 * are busy. Without a limit, a load generator opens more and more connections while the machine
 * stalls, until it measures only the limits of its own process and of Docker's proxy.
 */
final class Connections {
    private final HttpClient http;
    private final int most;
    private final Duration patience;
    private final Semaphore free;
    private final AtomicInteger waited = new AtomicInteger();

    /**
     * @param most maximum number of connections, which is the maximum number of requests in flight
     * @param patience how long a request waits for a connection before it fails
     */
    Connections(HttpClient http, int most, Duration patience) {
        this.http = http;
        this.most = most;
        this.patience = patience;
        this.free = new Semaphore(most, true);
    }

    /**
     * Sends the request as soon as a connection is free.
     *
     * @throws IOException if the request failed, or was not sent because no connection was free
     */
    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        acquire();
        try {
            return http.send(request, BodyHandlers.ofString());
        } finally {
            free.release();
        }
    }

    private void acquire() throws IOException, InterruptedException {
        if (free.tryAcquire(0, TimeUnit.SECONDS)) { // without a time, it would overtake those that wait
            return;
        }
        waited.incrementAndGet();
        if (!free.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("not sent: all %d connections were busy for %d s".formatted(most, patience.toSeconds()));
        }
    }

    /** Returns how many requests found no free connection. */
    int waited() {
        return waited.get();
    }
}
