package io.autoserve.platform;

import io.autoserve.events.View;
import io.autoserve.model.Refusal;
import java.util.function.Supplier;

/** The platform of a running controller: its view, and the parts that read and write the rest. */
public record LivePlatform(
        View view,
        ClusterWatch cluster,
        RouteConflicts conflicts,
        Apps apps,
        Attachments attachments,
        Loads loads,
        Requests requests,
        Events events,
        Nodes nodes,
        Tasks tasks,
        Tokens tokens,
        AuditTrail audit,
        Secrets secrets,
        Domains domains,
        Receivers receivers,
        Supplier<String> scrape)
        implements Platform {

    @Override
    public Snapshot snapshot() {
        return snapshot(view, cluster, conflicts);
    }

    public static Snapshot snapshot(View view, ClusterWatch cluster, RouteConflicts conflicts) {
        return view.snapshot()
                .<Snapshot>map(seen -> new ViewSnapshot(seen, cluster.progress(), conflicts))
                .orElseThrow(() ->
                        Refusal.unavailable(
                                "this controller's view is not loaded yet: retry in a few seconds"));
    }

    @Override
    public String metrics() {
        return scrape.get();
    }
}
