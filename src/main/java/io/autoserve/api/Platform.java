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
 * All that the API asks of the rest. May be called from any thread and never blocks it; futures
 * fail with a {@link Refusal} where the platform can say why, in words for users.
 */
public interface Platform {

    /** The view as of now; it does not change while it is being read. */
    Snapshot snapshot();

    /** Whether the view has caught up, so that what it says is right. */
    boolean ready();

    /** How long ago it was last made sure that the view is what the database has. */
    Duration silence();

    Cluster cluster();

    /** Reads the tables and compares every controller's view with them. */
    Future<Health> health();

    /**
     * The same, for one errand: what is written through it is written once, by whichever controller
     * is asked first, and the others answer what that one did. Refused where the errand's key is
     * that of another one.
     */
    Platform once(Errand errand);

    // Writes complete when this controller's view has seen them, so that users read what they
    // wrote.

    /**
     * @param text the spec as written
     * @return refused as a conflict if there is an app of this name
     */
    Future<App> register(AppSpec spec, String text, String actor);

    /**
     * Registers the app or makes it what the spec says; the same spec again changes nothing.
     *
     * @param from the revision that it was made from: refused as a conflict if there is another one
     *     by now; null: whichever
     */
    Future<Applied> apply(AppSpec spec, String text, @Nullable Integer from, String actor);

    /**
     * This and the following are refused for an unknown app, and as a conflict for one that is
     * being deleted. Doing what is already done is a success.
     *
     * @param replicas 0 to {@link App#MAX_REPLICAS}
     */
    Future<App> scale(String app, int replicas, String actor);

    Future<App> start(String app, String actor);

    Future<App> stop(String app, String actor);

    Future<App> restart(String app, String actor);

    /** Only begins it: the app is gone when its last instance is. */
    Future<App> delete(String app, String actor);

    /** Refused as a conflict where no rollout is under way; so is {@link #resume}. */
    Future<App> pause(String app, String actor);

    Future<App> resume(String app, String actor);

    /**
     * Applies what an earlier revision said as a new one.
     *
     * @param to number of the revision; null: what served before the present one
     */
    Future<App> undo(String app, @Nullable Integer to, String actor);

    /** What applying the spec would do; changes nothing. */
    Future<Preview> preview(AppSpec spec);

    /** Those that are kept, the newest first. */
    Future<List<Revision>> revisions(App app);

    /** Refused as a conflict if a token of this name is there. */
    Future<Token> create(Token token, String actor);

    /**
     * Refused where there is none.
     *
     * @param token name or id
     * @return the token that is valid no more
     */
    Future<Token> revoke(String token, String actor);

    /** The spec of the app's revision as it was written. */
    Future<String> specText(App app);

    Future<ScalingTold> scaling(App app);

    /**
     * @param since null: of the last minutes
     * @param step of the history, at least 10 seconds
     */
    Future<Load> load(App app, @Nullable Instant since, Duration step);

    /** Of all apps, in the last minutes. */
    Future<Loads> loads();

    /** Oldest first. */
    Future<List<Event>> events(EventQuery query);

    /**
     * Calls {@code listener}, from any thread, with each event behind {@code seq}, in order,
     * without gaps, until it is closed.
     */
    Subscription follow(long seq, Consumer<Event> listener);

    /**
     * Lines that the instance's present container wrote, oldest first.
     *
     * @param tail at most so many of the newest, 1 to 10,000
     */
    Future<List<LogLine>> logs(Instance instance, int tail, @Nullable Instant since);

    Secrets secrets();

    Domains domains();

    Nodes nodes();

    /** Streams from and to single instances. */
    Attachments attachments();

    /** This controller's figures in the text format of Prometheus. */
    String metrics();

    interface Snapshot {
        /** Changes when a failover of the database loses events. */
        long timeline();

        /** The last event that the view has seen. */
        long seq();

        @Nullable Leader leader();

        /** Sorted by name. */
        Collection<App> apps();

        @Nullable App app(String name);

        /** Sorted by index. */
        List<Instance> instances(App app);

        /** What slots of the app wait for now, as the leader said lately; mostly empty. */
        List<Progress> progress(App app);

        /** By id; those that were not revoked. */
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
     * @param revision that the app would be at
     * @param changes of the spec as understood; of a new app, none
     * @param actions in their order, if nothing goes wrong
     */
    record Preview(Applied.Outcome outcome, int revision, List<Edit> changes, List<Deed> actions) {}

    /**
     * @param path JSON pointer into the spec
     * @param before null: there was nothing
     * @param after null: there would be nothing
     */
    record Edit(String path, @Nullable String before, @Nullable String after) {}

    /**
     * @param action as in {@code start}
     * @param subject the instance, or the app
     */
    record Deed(String action, String subject, String reason) {}

    /**
     * @param latest null before the first
     * @param heldUntil until when what an operator scaled to holds; null: it does not
     * @param changes newest first
     */
    record ScalingTold(
            @Nullable Decision latest, @Nullable Instant heldUntil, List<Decision> changes) {}

    /**
     * @param now of the app
     * @param revisions by number
     * @param instances by id
     * @param history of the app, oldest first
     */
    record Load(
            LoadSummary now,
            Map<Integer, LoadSummary> revisions,
            Map<Long, LoadSummary> instances,
            List<LoadSummary> history) {}

    /**
     * @param until end of the last step
     * @param steps how many there are; those in which nothing was read are left out of {@code apps}
     * @param apps by id, oldest first
     */
    record Loads(Instant until, Duration step, int steps, Map<Long, List<LoadSummary>> apps) {}

    /**
     * @param app null: of all apps, and of none
     * @param apps only events about these; all: also those about none
     * @param type null: of every type
     * @param actor null: of everybody
     * @param after the first {@code limit} behind this seq; null: the newest {@code limit}
     * @param since none older
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
     * @param viewLag events that there were then and it had not seen; null where that is not known
     * @param viewDigest of all that the view said then; null where it has not announced one
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
     * @param problems each a sentence for operators; none: healthy
     */
    record Health(
            long timeline,
            long seq,
            String digest,
            List<ViewHealth> views,
            List<String> problems) {}

    /** Whether a controller's view was what the tables said at the event that it had seen. */
    record ViewHealth(String name, long seq, Verdict verdict) {
        public enum Verdict {
            Agrees,
            Disagrees,
            /** It said nothing that could be compared. */
            Unknown
        }
    }

    enum Role {
        leader,
        follower
    }

    /**
     * @param primary {@code host:port}, null while none is known
     */
    record Database(@Nullable String primary, List<Replica> replicas, long timeline) {}

    /**
     * @param lagBytes behind the primary, null where unknown
     */
    record Replica(String name, String state, @Nullable Long lagBytes) {}
}
