package io.autoserve.store;

import io.autoserve.model.Instance;
import io.autoserve.model.LogLine;
import io.autoserve.model.PreviousLog;
import io.autoserve.spec.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Stores what failed instances wrote. Each slot of an app keeps the log of the last container that
 * failed in it, so that crash loops do not fill the database.
 */
public final class InstanceLogTable {
    private final Database database;

    public InstanceLogTable(Database database) {
        this.database = database;
    }

    static void put(Transaction transaction, Instance instance, List<LogLine> output, Instant at) {
        transaction.tell(
                """
                insert into instance_logs (app_id, index, ended_at, output) values ($1, $2, $3, $4)
                on conflict (app_id, index) do update set ended_at = $3, output = $4
                """,
                instance.appId(),
                instance.index(),
                Rows.time(at),
                Json.write(TaskTable.kept(output)));
    }

    /** Returns the logs of an app's failed instances, in the order of their indexes. */
    public List<PreviousLog> of(String app) {
        return database.snapshot(transaction -> {
            var logs = new ArrayList<PreviousLog>();
            transaction
                    .run(
                            """
                            select l.index, l.ended_at, l.output
                            from instance_logs l join apps a on a.id = l.app_id
                            where a.name = $1 order by l.index
                            """,
                            app)
                    .forEach(row ->
                            logs.add(
                                    new PreviousLog(
                                            "%s-%d".formatted(app, row.getInteger("index")),
                                            row.getOffsetDateTime("ended_at").toInstant(),
                                            List.of(
                                                    Json.read(
                                                            row.getString("output"),
                                                            LogLine[].class)))));
            return List.copyOf(logs);
        });
    }
}
