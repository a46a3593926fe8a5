package io.autoserve.store;

import io.autoserve.access.HostOwnership;
import io.autoserve.access.HostOwnership.HeldHost;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Refusal;
import io.autoserve.model.Rights;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Stores which app has each host since when, and refuses specs that ask for hosts of others. */
final class HostTable {
    private HostTable() {}

    /** Refuses a spec with a host that is outside of the domains of the author's token. */
    static void requireWithin(AppSpec spec, Rights rights) {
        var faults = HostOwnership.outside(spec.routing(), rights);
        if (!faults.isEmpty()) {
            throw Refusal.forbidden(faults);
        }
    }

    /**
     * Refuses a spec with a host that belongs to an app that the author may not change, or with a
     * host and path that another app has. Another transaction may take the host a moment later.
     */
    static void require(Transaction transaction, AppSpec spec, Rights rights) {
        var hosts = HostOwnership.places(spec.routing()).keySet();
        if (hosts.isEmpty()) {
            return;
        }
        var faults =
                HostOwnership.taken(
                        spec.name(), spec.routing(), held(transaction, spec.name(), hosts), rights);
        if (!faults.isEmpty()) {
            throw Refusal.conflict(faults);
        }
    }

    /**
     * Gives the hosts of the new spec to the app, or refuses as {@link #require} does. Until the
     * transaction ends, no other transaction can take a host. Must run while the app's row still
     * has the present spec.
     *
     * @param present the app with its present spec; null for a new app
     */
    static void claim(Transaction transaction, @Nullable App present, App next, Rights rights) {
        var routing = next.spec().routing();
        var hosts = HostOwnership.places(routing).keySet();
        if (hosts.isEmpty()
                || (present != null && HostOwnership.same(present.spec().routing(), routing))) {
            return;
        }
        transaction.tell("select pg_advisory_xact_lock(hashtext('autoserve.hosts'))");
        // a host that the app dropped and asks for again counts from now on
        transaction.tell(
                """
                delete from hosts h where app_id = $1
                and not exists (select from held_hosts held where held.app_id = h.app_id and held.host = h.host)
                """,
                next.id());
        require(transaction, next.spec(), rights);
        transaction.tell(
                "insert into hosts (host, app_id) select unnest($1::text[]), $2::bigint on conflict do nothing",
                hosts.toArray(String[]::new),
                next.id());
    }

    /** Returns the hosts of the app, and all hosts that are the same, above or below. */
    private static List<HeldHost> held(Transaction transaction, String app, Set<String> hosts) {
        var held = new ArrayList<HeldHost>();
        transaction
                .run(
                        """
                        select app, host, path_prefix, number from held_hosts
                        where host = any ($1) or host like any ($2)
                           or app_id = (select id from apps where name = $3)
                        """,
                        sameOrAbove(hosts),
                        below(hosts),
                        app)
                .forEach(row ->
                        held.add(
                                new HeldHost(
                                        row.getString("app"),
                                        row.getString("host"),
                                        row.getString("path_prefix"),
                                        row.getLong("number"))));
        return held;
    }

    private static String[] sameOrAbove(Collection<String> hosts) {
        return hosts.stream()
                .flatMap(host -> HostOwnership.sameOrAbove(host).stream())
                .distinct()
                .toArray(String[]::new);
    }

    /** Returns patterns of SQL's {@code like}. Hosts contain none of its special characters. */
    private static String[] below(Collection<String> hosts) {
        return hosts.stream()
                .filter(host -> host.startsWith("*."))
                .map(host -> "%" + host.substring(1))
                .toArray(String[]::new);
    }
}
