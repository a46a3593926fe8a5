package io.autoserve.platform;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.model.Leader;
import io.autoserve.model.Progress;
import io.autoserve.model.Token;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The state of all apps after one event, in the form that the API needs. */
public interface Snapshot {
    /**
     * Returns the timeline. It changes with each failover of the database. A failover may lose
     * events.
     */
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
     * Returns what slots of the app wait for, as the leader last published it. The list is empty
     * most of the time.
     */
    List<Progress> progress(App app);

    /**
     * Returns which hosts and paths of the app nginx does not serve, and why. Each text is one
     * clause. The list is empty for nearly every app.
     */
    List<String> conflicts(App app);

    /** Returns the tokens that were not revoked, by id. */
    Map<String, Token> tokens();
}
