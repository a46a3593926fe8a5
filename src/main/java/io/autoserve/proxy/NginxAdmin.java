package io.autoserve.proxy;

import io.autoserve.proxy.NginxManager.Pushed;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the leader's loop needs from nginx. All methods block until nginx has answered, for seconds
 * at most, and throw an {@link IllegalStateException} if it does not answer in time.
 */
public interface NginxAdmin {

    /** Makes nginx route requests by this table from now on, also after a restart of nginx. */
    Pushed push(RouteTable table);

    /**
     * Returns nginx's counters. If nginx was restarted with an older table than it had
     * acknowledged, the acknowledged table is pushed again.
     */
    Counters counters();

    /**
     * Returns the routes of these apps that nginx uses now, by the app's name. Each route is in the
     * JSON that nginx reads.
     */
    Map<String, String> routes(Collection<String> apps);

    /**
     * Returns the ids of the instances to which nginx will send requests when it starts again.
     * Returns empty if nginx runs now.
     */
    Optional<Set<Long>> routedAfterStart();
}
