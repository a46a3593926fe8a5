package io.autoserve.proxy;

import io.autoserve.proxy.NginxManager.Pushed;
import io.autoserve.time.Time;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Calls nginx and waits for its answers. */
public record NginxCalls(Nginx nginx, Time time) implements NginxAdmin {
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    /** The longest table may take this long. {@link NginxManager} ends shorter ones earlier. */
    private static final Duration LONGEST_PUSH = Duration.ofSeconds(20);

    @Override
    public void begin() {
        nginx.begin();
    }

    @Override
    public Pushed push(RouteTable table) {
        return await(LONGEST_PUSH, nginx.push(table));
    }

    @Override
    public Counters counters() {
        return await(PATIENCE, nginx.counters());
    }

    @Override
    public InFlight inFlight() {
        return await(PATIENCE.multipliedBy(2), nginx.inFlight()); // may ask Docker after nginx
    }

    @Override
    public Map<String, String> routes(Collection<String> apps) {
        return await(PATIENCE, nginx.routes(apps));
    }

    @Override
    public Map<Long, String> unreachable() {
        return nginx.unreachable();
    }

    @Override
    public List<RotationChange> rotationChanges() {
        return nginx.rotationChanges();
    }

    private <T> T await(Duration patience, Future<T> future) {
        try {
            return time.within(patience, future).await();
        } catch (Exception silent) {
            throw new IllegalStateException(
                    "nginx does not answer: " + silent.getMessage(), silent);
        }
    }
}
