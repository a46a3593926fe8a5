package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.ReleaseStatus;
import io.autoserve.model.Task;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Stores which release commands are due, running or done. A row is written together with the
 * revision that needs the command, and with the start and the end of its task. So a new leader does
 * not run a command again that has ended.
 */
final class ReleaseTable {
    private ReleaseTable() {}

    /**
     * Records what this new revision needs. A new template needs its release command, if the
     * revision has one. With an earlier template, a command that failed runs again, because the
     * revision may have corrected it. A revision without a command waits for none.
     */
    static void expect(Transaction transaction, App app) {
        if (app.spec().release() == null) {
            forgetUnfinished(transaction, app);
        } else if (app.template() == app.revision()) {
            transaction.tell(
                    """
                    insert into releases (app_id, template, state, reason)
                    values ($1, $2, 'PENDING', 'not started') on conflict do nothing
                    """,
                    app.id(),
                    app.template());
        } else {
            repeatFailed(transaction, app);
        }
    }

    /**
     * Deletes the release of the app's template, unless its command has succeeded. The template may
     * serve from now on, also while a later release command runs.
     */
    private static void forgetUnfinished(Transaction transaction, App app) {
        transaction.tell(
                "delete from releases where app_id = $1 and template = $2 and state <> 'SUCCEEDED'",
                app.id(),
                app.template());
    }

    /** Lets the release command of the app's template run again if it has failed. */
    static void repeatFailed(Transaction transaction, App app) {
        transaction.tell(
                """
                update releases set state = 'PENDING', task_id = null, reason = 'to be repeated'
                where app_id = $1 and template = $2 and state = 'FAILED'
                """,
                app.id(),
                app.template());
    }

    /**
     * Returns whether the release command of the app's template may start now: it has not started
     * yet, and no other release command of the app runs.
     */
    static boolean isDue(Transaction transaction, App app) {
        return transaction
                .first(
                        """
                        select from releases
                        where app_id = $1 and template = $2 and state = 'PENDING'
                          and not exists (
                              select from tasks t
                              where t.app_id = $1 and t.release is not null and %s)
                        for update
                        """
                                .formatted(TaskTable.UNFINISHED),
                        app.id(),
                        app.template())
                .isPresent();
    }

    static void started(Transaction transaction, Task task) {
        transaction.tell(
                """
                update releases set state = 'RUNNING', task_id = $3, reason = $4
                where app_id = $1 and template = $2
                """,
                task.appId(),
                task.release(),
                task.id(),
                "runs as task " + task.name());
    }

    /** Records the end of a task that is a release command. */
    static void ended(Transaction transaction, Task task) {
        var succeeded = task.state() == Task.TaskState.SUCCEEDED;
        transaction.tell(
                """
                update releases set state = $4, reason = $5
                where app_id = $1 and template = $2 and task_id = $3
                """,
                task.appId(),
                task.release(),
                task.id(),
                (succeeded
                                ? ReleaseStatus.ReleaseState.SUCCEEDED
                                : ReleaseStatus.ReleaseState.FAILED)
                        .name(),
                "task %s: %s".formatted(task.name(), task.reason()));
    }

    /** Reads the releases of the present templates, by the app's id. */
    static Supplier<Map<Long, ReleaseStatus>> present(Transaction transaction) {
        var rows =
                transaction.ask(
                        """
                        select l.app_id, l.template, l.state, l.reason,
                               exists (select from tasks t
                                       where t.app_id = l.app_id and t.release <> l.template
                                         and %s) as blocked,
                               exists (select from revisions r
                                       join releases e on e.app_id = r.app_id and e.template = r.template
                                       where r.app_id = a.id and r.number = a.rollout_from
                                         and e.state <> 'SUCCEEDED') as unreleased_before
                        from releases l join apps a on a.id = l.app_id and a.template = l.template
                        """
                                .formatted(TaskTable.UNFINISHED));
        return () -> {
            var releases = new HashMap<Long, ReleaseStatus>();
            for (var row : rows.get()) {
                releases.put(
                        row.getLong("app_id"),
                        new ReleaseStatus(
                                row.getInteger("template"),
                                Rows.word(ReleaseStatus.ReleaseState.class, row, "state"),
                                row.getBoolean("blocked"),
                                row.getBoolean("unreleased_before"),
                                row.getString("reason")));
            }
            return Map.copyOf(releases);
        };
    }
}
