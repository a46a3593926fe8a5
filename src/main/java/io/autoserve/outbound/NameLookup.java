package io.autoserve.outbound;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the name servers for the addresses of a host, and waits for their answer for a limited time.
 * Each question has a thread of its own. Native code waits for the answer, so it would keep one of
 * the few threads that run all virtual threads of the controller. If no name server answered, the
 * controller would stand still.
 *
 * @param patience the longest time to wait
 */
public record NameLookup(Resolver resolver, Duration patience) {
    private static final Duration USUAL = Duration.ofSeconds(5);

    /** Asks the name servers. Blocks. */
    public interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** Creates a lookup with the name servers of this machine. */
    static NameLookup ofMachine() {
        return new NameLookup(InetAddress::getAllByName, USUAL);
    }

    InetAddress[] addresses(String host) throws UnknownHostException {
        var question = new FutureTask<InetAddress[]>(() -> resolver.addresses(host));
        Thread.ofPlatform().daemon().name("resolve-" + host).start(question);
        try {
            return question.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException _) {
            throw new UnknownHostException(
                    "%s has no address that the controllers can find (DNS): check the name"
                            .formatted(host));
        } catch (TimeoutException _) {
            throw new UnknownHostException(
                    "the name servers of the controllers did not answer for %s (DNS)"
                            .formatted(host));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException("interrupted while %s was resolved".formatted(host));
        }
    }
}
