package io.autoserve.store;

import io.autoserve.model.App;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.By;
import io.autoserve.model.Footprint;
import io.autoserve.model.InstanceLimits;
import io.autoserve.model.Refusal;
import io.autoserve.model.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refuses changes after which the apps in a token's scope could use more than the token's quota. It
 * counts all apps in the scope, whichever token created them. Two changes at the same moment cannot
 * exceed a quota together, because the sum is read under a lock that is held until the commit.
 */
final class Quotas {
    private static final String LOCK = "select pg_advisory_xact_lock(hashtext('autoserve.quotas'))";

    /**
     * Sums up what apps can use, like {@link Footprint#of} does for one app: its reach or its
     * present instances, whichever are more, and what these may use beyond the limits of the two
     * revisions of a rollout. Instances that are leaving count too until they are gone, because
     * other instances may already be starting in their place. A task that has not ended counts like
     * an instance. A revision without a limit counts with the default of the installation.
     */
    private static final String USED =
            """
            with revision as not materialized (
                select app_id, number, coalesce(nullif(memory_bytes, 0), $3::bigint) as memory,
                       coalesce(nullif(cpu_millis, 0), $4::integer) as cpu
                from revisions
            ), used as (
                select greatest(a.reach, 1, beyond.instances)::numeric as instances, greatest(r.memory, b.memory) as memory,
                       greatest(r.cpu, b.cpu) as cpu, beyond.memory as more_memory, beyond.cpu as more_cpu
                from apps a join revision r on r.app_id = a.id and r.number = a.revision
                left join revision b on b.app_id = a.id and b.number = a.rollout_from
                cross join lateral (
                    select count(*) as instances,
                           coalesce(sum(greatest(o.memory - greatest(r.memory, b.memory), 0)), 0) as memory,
                           coalesce(sum(greatest(o.cpu - greatest(r.cpu, b.cpu), 0)), 0) as cpu
                    from instances i join revision o on o.app_id = i.app_id and o.number = i.revision
                    where i.app_id = a.id and i.state not in ('DRAINING', 'STOPPING')
                ) beyond
                where a.id <> $1 and ($2::text[] is null or a.name like any($2))
                union all
                select 1, r.memory, r.cpu, 0, 0
                from instances i join apps a on a.id = i.app_id
                join revision r on r.app_id = i.app_id and r.number = i.revision
                where i.state in ('DRAINING', 'STOPPING') and ($2::text[] is null or a.name like any($2))
                union all
                select 1, coalesce(nullif(t.memory_bytes, 0), $3::bigint), coalesce(nullif(t.cpu_millis, 0), $4::integer), 0, 0
                from tasks t join apps a on a.id = t.app_id
                where %s
                  and ($2::text[] is null or a.name like any($2))
            )
            select coalesce(sum(instances), 0)::bigint as instances,
                   least(coalesce(sum(instances * memory + more_memory), 0), 9223372036854775807)::bigint as memory,
                   least(coalesce(sum(instances * cpu + more_cpu), 0), 9223372036854775807)::bigint as cpu
            from used
            """
                    .formatted(TaskTable.UNFINISHED);

    private static final String PRESENT =
            """
            select r.cpu_millis, r.memory_bytes
            from instances i join revisions r on r.app_id = i.app_id and r.number = i.revision
            where i.app_id = $1 and i.state not in ('DRAINING', 'STOPPING')
            """;

    private static final long NO_APP = 0;

    private final InstanceLimits limits;

    Quotas(InstanceLimits limits) {
        this.limits = limits;
    }

    /**
     * Refuses a change that exceeds the quota of its author.
     *
     * @param before the app before the change; null for a new app
     */
    void require(Transaction transaction, By by, @Nullable App before, App after) {
        var quota = by.rights().quota();
        if (quota.unlimited()) {
            return;
        }
        var apps = by.rights().apps();
        var present = present(transaction, after);
        var had = before == null ? Footprint.NOTHING : footprint(transaction, before, present);
        var asked = footprint(transaction, after, present);
        if (!quota.concerns(had, asked)) {
            return;
        }
        transaction.tell(LOCK);
        quota.objection(
                        used(transaction, apps, after.id()),
                        had,
                        asked,
                        asked.instances() == after.reach() ? after.surge() : 0)
                .ifPresent(objection -> {
                    throw Refusal.conflict(
                            "app '%s' would exceed the quota of the token '%s' for the apps %s: %s"
                                    .formatted(after.name(), by.actor(), apps, objection));
                });
    }

    /** Refuses a task of the app that exceeds the quota of its author. */
    void requireTask(Transaction transaction, By by, App app) {
        var quota = by.rights().quota();
        if (quota.unlimited()) {
            return;
        }
        transaction.tell(LOCK);
        var apps = by.rights().apps();
        var asked = Footprint.ofOne(limits.filled(app.spec()).resources());
        quota.objection(used(transaction, apps), Footprint.NOTHING, asked, 0)
                .ifPresent(objection -> {
                    throw Refusal.conflict(
                            "a task of app '%s' would exceed the quota of the token '%s' for the apps %s: %s"
                                    .formatted(app.name(), by.actor(), apps, objection));
                });
    }

    /** Returns what all apps in the scope use together. Apps without a limit count as 0. */
    Footprint used(Transaction transaction, Scope apps) {
        return used(transaction, apps, NO_APP);
    }

    private Footprint used(Transaction transaction, Scope apps, long except) {
        var standard = limits.standard();
        var row =
                transaction
                        .run(
                                USED,
                                except,
                                apps.everything() ? null : apps.like().toArray(String[]::new),
                                standard.memoryBytes(),
                                standard.cpuMillis())
                        .iterator()
                        .next();
        return new Footprint(row.getLong("instances"), row.getLong("memory"), row.getLong("cpu"));
    }

    /** Returns the limits of each instance of the app that is not leaving. */
    private static List<Resources> present(Transaction transaction, App app) {
        var present = new ArrayList<Resources>();
        for (var row : transaction.run(PRESENT, app.id())) {
            present.add(new Resources(row.getInteger("cpu_millis"), row.getLong("memory_bytes")));
        }
        return present;
    }

    private static Footprint footprint(Transaction transaction, App app, List<Resources> present) {
        return Footprint.of(app, Rows.before(transaction, app), present);
    }
}
