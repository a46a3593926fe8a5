package io.autoserve.testing;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditQuery;
import io.autoserve.platform.AuditTrail;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps the noted entries in memory. Writes of the fake platform do not appear in it. */
public final class FakeAuditTrail implements AuditTrail {
    private final List<AuditEntry> noted = new CopyOnWriteArrayList<>();

    @Override
    public void note(AuditEntry entry) {
        noted.add(entry);
    }

    public List<AuditEntry> noted() {
        return List.copyOf(noted);
    }

    @Override
    public Future<List<AuditEntry>> entries(AuditQuery query) {
        return Future.succeededFuture(
                noted.stream()
                        .filter(it -> query.app() == null || query.app().equals(it.app()))
                        .filter(it -> query.actor() == null || query.actor().equals(it.actor()))
                        .filter(it -> query.outcome() == null || query.outcome() == it.outcome())
                        .limit(query.limit())
                        .toList());
    }
}
