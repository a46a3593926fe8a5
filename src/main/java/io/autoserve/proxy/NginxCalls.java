package io.autoserve.proxy;

import io.autoserve.proxy.NginxManager.Pushed;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Calls the nginx manager and waits for its answers. */
public record NginxCalls(NginxManager nginx) implements NginxAdmin {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    @Override
    public Pushed push(RouteTable table) {
        return await(nginx.push(table));
    }

    @Override
    public Counters counters() {
        return await(nginx.counters());
    }

    @Override
    public Map<String, String> routes(Collection<String> apps) {
        return await(nginx.routes(apps));
    }

    @Override
    public Optional<Set<Long>> routedAfterStart() {
        return await(nginx.routedAfterStart());
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (Exception silent) {
            throw new IllegalStateException(
                    "nginx does not answer: " + silent.getMessage(), silent);
        }
    }
}
