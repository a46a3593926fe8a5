package io.autoserve.events;

import io.autoserve.model.Event;
import io.autoserve.store.StateReader.ClusterState;

/** Loads a view in the same way as the feed does, for tests of other packages. */
public final class LoadedView {
    private LoadedView() {}

    public static View of(ClusterState clusterState) {
        var view = new View();
        view.reload(Snapshot.of(clusterState));
        return view;
    }

    public static void apply(View view, Event event) {
        view.apply(event, null);
    }
}
