package io.autoserve.metrics;

import io.autoserve.events.Snapshot;
import io.autoserve.model.App;
import io.autoserve.model.Decision;
import io.autoserve.model.Replica;
import io.autoserve.model.StreamKind;
import io.autoserve.model.WriteLoad;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Supplies the values that are read at the time of a scrape. Methods may be called from any thread
 * and must not block.
 */
public interface GaugeSource {
    boolean leads();

    Optional<Snapshot> view();

    Duration feedSilence();

    /** Returns the scaler's last decision about this app. Empty unless this controller leads. */
    Optional<Decision> decision(App app);

    /** Returns the number of controllers that announced themselves in the last seconds. */
    int controllers();

    /** Returns the limit for the number of instances that all apps together can have. */
    int maxInstances();

    /** Returns the size of all kept events in bytes; 0 unless this controller leads. */
    long eventBytes();

    /** Returns the size of all kept revisions in bytes; 0 unless this controller leads. */
    long revisionBytes();

    /**
     * Returns the size of all permitted acts in the audit in bytes; 0 unless this controller leads.
     */
    long auditBytes();

    /** Returns the size above which the oldest events, revisions or permitted acts are deleted. */
    long historyLimit();

    List<Replica> replicas();

    /** Returns the number of open streams of this kind. */
    int streams(StreamKind kind);

    /** Returns the number of streams of this kind that were refused because too many were open. */
    long streamsRefused(StreamKind kind);

    /** Returns the number of event streams that were cut because their clients did not read. */
    long streamsCut();

    /**
     * Returns whether this installation has a firewall whose rules are not in place, or not known
     * to be.
     */
    boolean firewallMissing();

    /**
     * Returns each published address of the platform, and whether it answered. Empty while this is
     * unknown, and if this installation has no watch over them.
     */
    Map<String, Boolean> frontDoors();

    /**
     * Returns whether changes of the routes wait for each of several nginx, by the names of their
     * containers. Empty if this controller does not lead, and if there is only one nginx.
     */
    Map<String, Boolean> proxies();

    /** Returns the number of health checks that were not judged, because the prober was late. */
    long healthChecksUnjudged();

    WriteLoad writes();

    /**
     * Returns how long the first of the platform's own certificates to expire is still valid. Empty
     * if the parts of the platform talk without TLS, or if it is unknown.
     */
    Optional<Duration> certificatesValidFor();
}
