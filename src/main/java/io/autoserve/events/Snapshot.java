package io.autoserve.events;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Term;
import io.autoserve.model.Token;
import io.autoserve.store.StateReader.ClusterState;
import io.autoserve.store.StateReader.UnreadableApp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The whole state after one event. It never changes. */
public final class Snapshot {
    private final long timeline;
    private final long seq;
    private final Leader leader;
    private final SortedMap<String, App> apps;
    private final InstancesByApp instances;
    private final Map<String, Token> tokens;
    private final List<UnreadableApp> unreadableApps;
    private volatile @Nullable Digest digest;

    private Snapshot(
            long timeline,
            long seq,
            Leader leader,
            SortedMap<String, App> apps,
            InstancesByApp instances,
            Map<String, Token> tokens,
            List<UnreadableApp> unreadableApps) {
        this.timeline = timeline;
        this.seq = seq;
        this.leader = leader;
        this.apps = apps;
        this.instances = instances;
        this.tokens = tokens;
        this.unreadableApps = unreadableApps;
    }

    public static Snapshot of(ClusterState clusterState) {
        return new Snapshot(
                clusterState.timeline(),
                clusterState.seq(),
                clusterState.leader(),
                clusterState.apps().stream()
                        .collect(
                                Collectors.toMap(App::name, app -> app, (a, _) -> a, TreeMap::new)),
                InstancesByApp.of(clusterState.instances()),
                clusterState.tokens().stream().collect(Collectors.toMap(Token::id, token -> token)),
                clusterState.unreadableApps());
    }

    /**
     * Returns the state after one more event, as far as this version understands it. If the spec of
     * a changed app is not known, the app stays as it was, see {@link #lacksSpec}.
     *
     * @param spec the spec of the revision that the event created; null if the event created none,
     *     or if the revision no longer exists
     */
    Snapshot after(Event event, @Nullable AppSpec spec) {
        var after = changed(event, spec);
        var known = digest;
        if (known != null) {
            after.digest = known.next(this, event.change(), after);
        }
        return after;
    }

    private Snapshot changed(Event event, @Nullable AppSpec spec) {
        return switch (event.change()) {
            case Change.PutApp change -> {
                var known = spec(change, spec);
                yield next(
                        event, leader, known == null ? apps : put(change.with(known)), instances);
            }
            case Change.DropApp(var id) ->
                    next(event, leader, dropped(id), instances.with(id, List.of()));
            case Change.PutInstance(var instance) ->
                    next(
                            event,
                            leader,
                            apps,
                            replaced(instance.appId(), instance.index(), instance));
            case Change.DropInstance(var app, var index) ->
                    next(event, leader, apps, replaced(app, index, null));
            case Change.PutLeader(var next) -> next(event, next, apps, instances);
            case Change.PutToken(var token) -> next(event, put(token));
            case Change.DropToken(var id) -> next(event, dropped(id));
            case Change.Nothing(), Change.Unknown() -> next(event, leader, apps, instances);
        };
    }

    /**
     * Returns whether the event changes an app whose spec is neither given nor in this snapshot.
     */
    boolean lacksSpec(Event event, @Nullable AppSpec spec) {
        return event.change() instanceof Change.PutApp change && spec(change, spec) == null;
    }

    private @Nullable AppSpec spec(Change.PutApp change, @Nullable AppSpec given) {
        if (given != null) {
            return given;
        }
        var app = apps.get(change.name());
        return app != null && app.id() == change.id() && app.revision() == change.revision()
                ? app.spec()
                : null;
    }

    private Snapshot next(
            Event event, Leader leader, SortedMap<String, App> apps, InstancesByApp instances) {
        return new Snapshot(timeline, event.seq(), leader, apps, instances, tokens, unreadableApps);
    }

    private Snapshot next(Event event, Map<String, Token> tokens) {
        return new Snapshot(timeline, event.seq(), leader, apps, instances, tokens, unreadableApps);
    }

    private Map<String, Token> put(Token token) {
        var copy = new HashMap<>(tokens);
        copy.put(token.id(), token);
        return copy;
    }

    private Map<String, Token> dropped(String token) {
        var copy = new HashMap<>(tokens);
        copy.remove(token);
        return copy;
    }

    private SortedMap<String, App> put(App app) {
        var copy = new TreeMap<>(apps);
        copy.put(app.name(), app);
        return copy;
    }

    private SortedMap<String, App> dropped(long id) {
        var copy = new TreeMap<>(apps);
        copy.values().removeIf(app -> app.id() == id);
        return copy;
    }

    private InstancesByApp replaced(long app, int index, @Nullable Instance by) {
        var byIndex = new ArrayList<>(instances.of(app));
        byIndex.removeIf(other -> other.index() == index);
        if (by != null) {
            var place = 0;
            while (place < byIndex.size() && byIndex.get(place).index() < index) {
                place++;
            }
            byIndex.add(place, by);
        }
        return instances.with(app, byIndex);
    }

    /** Returns the timeline, which changes when a failover of the database may have lost events. */
    public long timeline() {
        return timeline;
    }

    /** Returns the seq of the last event that this snapshot contains. */
    public long seq() {
        return seq;
    }

    /**
     * Returns a hash of the content, which is equal for equal content: 64 hexadecimal digits. The
     * first call writes the whole content as JSON. From then on, each successor computes its digest
     * from the difference, so that the call costs nothing.
     */
    public String digest() {
        var known = digest;
        if (known == null) {
            known = Digest.of(this);
            digest = known;
        }
        return known.toString();
    }

    /**
     * Returns the last elected leader, even if it no longer leads. Returns null before the first
     * election.
     */
    public @Nullable Leader leader() {
        return leader.term().epoch() == 0 ? null : leader;
    }

    /** Returns the term of the last elected leader. Its epoch is 0 before the first election. */
    public Term term() {
        return leader.term();
    }

    /** Returns all apps by name. */
    public Collection<App> apps() {
        return Collections.unmodifiableCollection(apps.values());
    }

    public @Nullable App app(String name) {
        return apps.get(name);
    }

    /** Returns the app's instances by index. */
    public List<Instance> instances(long app) {
        return instances.of(app);
    }

    /**
     * Returns the apps that this version does not understand. The other methods leave out these
     * apps and everything that belongs to them.
     */
    public List<UnreadableApp> unreadableApps() {
        return unreadableApps;
    }

    /** Returns the tokens that were not revoked, by id. */
    public Map<String, Token> tokens() {
        return Collections.unmodifiableMap(tokens);
    }
}
