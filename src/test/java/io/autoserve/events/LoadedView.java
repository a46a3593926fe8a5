package io.autoserve.events;

import io.autoserve.model.Event;
import io.autoserve.store.StateReader.ClusterState;

/** Fills a view as the feed does, for tests of other rooms. */
public final class LoadedView {
    private LoadedView() {}

    public static View of(ClusterState clusterState) {
        var view = new View();
        view.reload(Snapshot.of(clusterState));
        return view;
    }

    public static void apply(View view, Event event) {
        view.apply(event);
    }
}
