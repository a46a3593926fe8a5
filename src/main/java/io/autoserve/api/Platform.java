package io.autoserve.api;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Decision;
import io.autoserve.model.Errand;
import io.autoserve.model.Event;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.LoadSummary;
import io.autoserve.model.Progress;
import io.autoserve.model.Refusal;
import io.autoserve.model.Revision;
import io.autoserve.model.Scope;
import io.autoserve.model.Token;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the API needs from the other packages. All methods may be called from any thread
 * and never block it. Futures fail with a {@link Refusal}, in words for users, if the platform
 * knows the reason.
 */
public interface Platform {

    /** Returns the present view, which does not change while it is being read. */
    Snapshot snapshot();

    /** Returns whether the view has caught up, so that answers from it are right. */
    boolean ready();

    /** Returns how long ago the view was last known to match the database. */
    Duration silence();

    Cluster cluster();

    /** Reads the tables and compares every controller's view with them. */
    Future<Health> health();

    /**
     * Returns this platform for one errand. A write through it runs at most once, on the controller
     * that commits first, and the other controllers answer what that one answered. Refused if the
     * key of the errand belongs to a different errand.
     */
    Platform once(Errand errand);

    // Writes complete when this controller's view has seen them (or after 5 s, if the view lags),
    // so that users read what they wrote.

    /**
     * Registers a new app.
     *
     * @param text the spec as written
     * @return fails with a conflict if an app of this name exists
     */
    Future<App> register(AppSpec spec, String text, String actor);

    /**
     * Registers the app, or changes it to match the spec. Applying the same spec again changes
     * nothing.
     *
     * @param from the revision that the spec is based on, or null to apply in any case. Refused as
     *     a conflict if the app has another revision by now
     */
    Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, String actor);

    /**
     * Sets the number of replicas. This and the following methods are refused for an unknown app,
     * and as a conflict for an app that is being deleted. Repeating a change that is already made
     * succeeds.
     *
     * @param replicas 0 to {@link App#MAX_REPLICAS}
     */
    Future<App> scale(String app, int replicas, String actor);

    Future<App> start(String app, String actor);

    Future<App> stop(String app, String actor);

    Future<App> restart(String app, String actor);

    /** Begins to delete the app. The app is gone when its last instance is. */
    Future<App> delete(String app, String actor);

    /**
     * Pauses the rollout. This and {@link #resume} are refused as a conflict if no rollout is under
     * way.
     */
    Future<App> pause(String app, String actor);

    Future<App> resume(String app, String actor);

    /**
     * Applies the spec of an earlier revision as a new revision.
     *
     * @param to number of the revision; null for the one that served before the present one
     */
    Future<App> undo(String app, @Nullable Integer to, String actor);

    /** Returns what applying the spec would do, without changing anything. */
    Future<Preview> preview(AppSpec spec);

    /** Returns the revisions that are kept, newest first. */
    Future<List<Revision>> revisions(App app);

    /** Stores a new token. Refused as a conflict if a token of this name exists. */
    Future<Token> create(Token token, String actor);

    /**
     * Revokes a token. Refused if there is no such token.
     *
     * @param token name or id
     * @return the revoked token
     */
    Future<Token> revoke(String token, String actor);

    /** Returns the spec of the app's revision as it was written. */
    Future<String> specText(App app);

    Future<ScalingTold> scaling(App app);

    /**
     * Returns the load of an app.
     *
     * @param since the start of the history; null for the last minutes
     * @param step length of the steps of the history, at least 10 seconds
     */
    Future<Load> load(App app, @Nullable Instant since, Duration step);

    /** Returns the load of all apps in the last minutes. */
    Future<Loads> loads();

    /** Returns the events that match the query, oldest first. */
    Future<List<Event>> events(EventQuery query);

    /**
     * Calls {@code listener} with each event after {@code seq}, in order and without gaps, until
     * the subscription is closed. The calls may come from any thread.
     */
    Subscription follow(long seq, Consumer<Event> listener);

    /**
     * Returns lines that the instance's present container wrote, oldest first.
     *
     * @param tail the largest number of lines, counted from the newest, 1 to 10,000
     */
    Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since);

    Secrets secrets();

    Domains domains();

    Nodes nodes();

    Attachments attachments();

    /** Returns this controller's metrics in the text format of Prometheus. */
    String metrics();

    interface Snapshot {
        /** Returns the timeline, which changes when a failover of the database loses events. */
        long timeline();

        /** Returns the seq of the last event that the view has seen. */
        long seq();

        @Nullable Leader leader();

        /** Returns all apps, sorted by name. */
        Collection<App> apps();

        @Nullable App app(String name);

        /** Returns the instances of the app, sorted by index. */
        List<Instance> instances(App app);

        /**
         * Returns what slots of the app wait for, as the leader last published it. Mostly empty.
         */
        List<Progress> progress(App app);

        /** Returns the tokens that were not revoked, by id. */
        Map<String, Token> tokens();
    }

    record Applied(App app, Outcome outcome) {
        public enum Outcome {
            Created,
            Changed,
            Unchanged
        }
    }

    /**
     * @param revision the revision that the app would have
     * @param changes what changes in the spec as understood; empty for a new app
     * @param actions in their order, provided that nothing fails
     */
    record Preview(Applied.Outcome outcome, int revision, List<Edit> changes, List<Deed> actions) {}

    /**
     * @param path JSON pointer into the spec
     * @param before null if the field had no value
     * @param after null if the field would have no value
     */
    record Edit(String path, @Nullable String before, @Nullable String after) {}

    /**
     * @param action the name of the action, such as {@code start}
     * @param subject the instance, or the app
     */
    record Deed(String action, String subject, String reason) {}

    /**
     * @param latest null before the first decision
     * @param heldUntil when the number that an operator scaled to expires; null if none is held
     * @param changes the decisions that changed the number, newest first
     */
    record ScalingTold(
            @Nullable Decision latest, @Nullable Instant heldUntil, List<Decision> changes) {}

    /**
     * @param now the present load of the app
     * @param revisions by number
     * @param instances by id
     * @param history the load of the app, oldest first
     */
    record Load(
            LoadSummary now,
            Map<Integer, LoadSummary> revisions,
            Map<Long, LoadSummary> instances,
            List<LoadSummary> history) {}

    /**
     * @param until end of the last step
     * @param steps the number of steps; steps without a sample are missing in {@code apps}
     * @param apps by id, oldest first
     */
    record Loads(Instant until, Duration step, int steps, Map<Long, List<LoadSummary>> apps) {}

    /**
     * @param app null for the events of all apps and of none
     * @param apps only events about these apps; a scope of all apps includes events about no app
     * @param type null for every type
     * @param actor null for every actor
     * @param after the first {@code limit} events after this seq; null for the newest {@code limit}
     * @param since the time of the oldest event to return; null for no bound
     */
    record EventQuery(
            @Nullable String app,
            Scope apps,
            Event.@Nullable Type type,
            @Nullable String actor,
            @Nullable Long after,
            @Nullable Instant since,
            int limit) {}

    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    record LogLine(Instant at, boolean error, String text) {}

    record Cluster(Member self, List<Member> members, Database database) {}

    /**
     * @param address under which its API is reached
     * @param viewSeq the last event that its view has seen
     * @param viewLag how many events its view had not seen when it announced itself; null if
     *     unknown
     * @param viewDigest of everything in its view at that time; null if it has not announced one
     */
    record Member(
            String name,
            String address,
            Role role,
            String version,
            long viewSeq,
            @Nullable Long viewLag,
            @Nullable String viewDigest,
            Instant lastSeen) {}

    /**
     * @param digest of the tables at {@code seq}
     * @param problems each is a sentence for operators; empty if the cluster is healthy
     */
    record Health(
            long timeline,
            long seq,
            String digest,
            List<ViewHealth> views,
            List<String> problems) {}

    /** Whether a controller's view matched the tables at the last event that the view had seen. */
    record ViewHealth(String name, long seq, Verdict verdict) {
        public enum Verdict {
            Agrees,
            Disagrees,
            /** The controller announced no digest that can be compared. */
            Unknown
        }
    }

    enum Role {
        leader,
        follower
    }

    /**
     * @param primary {@code host:port}, or null while no primary is known
     */
    record Database(@Nullable String primary, List<Replica> replicas, long timeline) {}

    /**
     * @param lagBytes how far it is behind the primary; null if unknown
     */
    record Replica(String name, String state, @Nullable Long lagBytes) {}
}
