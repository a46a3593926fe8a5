package io.autoserve.proxy;

import io.autoserve.proxy.NginxManager.Pushed;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What the leader's loop needs from nginx. All methods block until nginx has answered, for seconds
 * at most, and throw an {@link IllegalStateException} if it does not answer in time.
 */
public interface NginxAdmin {
    /** Forgets what an earlier term knew about the proxies. Returns at once. */
    void begin();

    /** Makes nginx route requests by this table from now on, also after a restart of nginx. */
    Pushed push(RouteTable table);

    /**
     * Returns nginx's counters. If nginx was restarted with an older table than it had
     * acknowledged, the acknowledged table is pushed again.
     */
    Counters counters();

    /**
     * Returns the instances that may still get requests, and the requests in flight. If nginx's
     * container has ended, these are the instances of the table with which it will start.
     */
    InFlight inFlight();

    /**
     * Returns the routes of these apps that nginx uses now, by the app's name. Each route is in the
     * JSON that nginx reads.
     */
    Map<String, String> routes(Collection<String> apps);

    /**
     * Returns why instances should be replaced although they are ready, by their ids, as of the
     * last reading of the counters. Returns at once.
     */
    Map<Long, String> unreachable();

    /**
     * Returns the proxies that have left rotation or returned since the last call, in this order.
     * Returns at once.
     */
    List<RotationChange> rotationChanges();
}
