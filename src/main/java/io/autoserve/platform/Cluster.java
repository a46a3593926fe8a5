package io.autoserve.platform;

import io.autoserve.model.Member;
import io.autoserve.model.Replica;
import io.autoserve.model.ViewVerdict;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reports the state of the controllers and databases. */
public interface Cluster {
    /**
     * Returns whether the view has caught up with the database, so that answers from the view are
     * right.
     */
    boolean ready();

    /** Returns how long ago the view was last known to match the database. */
    Duration silence();

    /** Returns the controllers and databases as this controller last saw them. */
    ClusterStatus now();

    /** Returns the results of the checks of this machine. */
    List<ClusterHealth.Check> machine();

    /** Reads the tables and compares every controller's view with them. */
    Future<ClusterReport> health();

    /**
     * @param standbys how many standbys the primary should have
     */
    record ClusterStatus(Member self, List<Member> members, Database database, int standbys) {}

    /**
     * @param digest digest of the tables at {@code seq}
     * @param problems sentences for operators; empty if the cluster is healthy
     */
    record ClusterReport(
            long timeline,
            long seq,
            String digest,
            List<ViewHealth> views,
            List<String> problems) {}

    /**
     * Reports whether a controller's view matched the tables, as of the last event in that view.
     */
    record ViewHealth(String name, long seq, ViewVerdict verdict) {}

    /**
     * @param primary address of the primary as {@code host:port}; null while no primary is known
     * @param problem why no primary is known, and when it is searched again; empty if there is
     *     nothing to report
     */
    record Database(
            @Nullable String primary, String problem, List<Replica> replicas, long timeline) {}
}
