package io.autoserve.cluster;

import static java.util.Objects.requireNonNull;

import io.autoserve.model.Member;
import io.autoserve.model.Progress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the controllers. The leader announces itself every second, and each other controller every
 * two seconds. A controller is removed after a minute of silence.
 */
public final class Members {
    private static final Logger LOG = LoggerFactory.getLogger(Members.class);

    /** The leader's row shows what slots wait for, which users follow live. */
    private static final Duration LEADERS_PERIOD = Duration.ofSeconds(1);

    private static final Duration FOLLOWERS_PERIOD = Duration.ofSeconds(2);

    /**
     * Maximum number of waiting slots in the row of a controller. The row must stay small, because
     * it is written again and again.
     */
    private static final int MOST_PROGRESS = 300;

    /**
     * Writes this controller's row. It sends no notification, because NOTIFY takes a lock for which
     * all writers of events wait.
     */
    private static final String ANNOUNCE =
            """
            with gone as (delete from members where last_seen < now() - interval '1 minute' and name <> $1)
            insert into members (name, address, version, leads, view_seq, started_at, view_timeline,
                view_digest, progress, view_lag, last_seen)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, (select count(*) from events where seq > $5), now())
            on conflict (name) do update set
                address = excluded.address, version = excluded.version, leads = excluded.leads,
                view_seq = excluded.view_seq, started_at = excluded.started_at,
                view_timeline = excluded.view_timeline, view_digest = excluded.view_digest,
                progress = excluded.progress,
                view_lag = excluded.view_lag, last_seen = excluded.last_seen
            """;

    private static final String ALL =
            """
            select name, address, version, leads, view_seq, started_at, last_seen, view_timeline, view_digest,
                view_lag, progress
            from members order by name
            """;

    private final Vertx vertx;
    private final Pool pool;
    private final Supplier<Member> self;

    /**
     * @param self returns this controller's present state, except {@code lastSeen}. The call may
     *     take a while
     */
    public Members(Vertx vertx, Pool pool, Supplier<Member> self) {
        this.vertx = vertx;
        this.pool = pool;
        this.self = self;
    }

    /**
     * Announces this controller now, and again and again until Vert.x closes.
     *
     * @param next called after each announcement, even if it failed
     */
    public void start(Runnable next) {
        announce()
                .onFailure(failure ->
                        LOG.debug("could not announce this controller: {}", failure.getMessage()))
                .map(Member::leads)
                .otherwise(false)
                .map(leads -> leads ? LEADERS_PERIOD : FOLLOWERS_PERIOD)
                .onSuccess(period -> {
                    vertx.setTimer(period.toMillis(), _ -> start(next));
                    next.run();
                });
    }

    /**
     * Returns the controllers, sorted by name. Controllers that were silent for a minute are left
     * out.
     */
    public Future<List<Member>> all() {
        return pool.query(ALL)
                .execute()
                .map(rows ->
                        StreamSupport.stream(rows.spliterator(), false)
                                .map(Members::member)
                                .toList());
    }

    /**
     * Announces this controller. The digest of a view with many instances takes milliseconds, so it
     * is not computed on an event loop.
     */
    private Future<Member> announce() {
        return vertx.executeBlocking(self::get, false)
                .map(now -> requireNonNull(now))
                .compose(now -> pool.preparedQuery(ANNOUNCE).execute(row(now)).map(now));
    }

    private static Tuple row(Member member) {
        return Tuple.of(
                member.name(),
                member.address(),
                member.version(),
                member.leads(),
                member.viewSeq(),
                member.startedAt().atOffset(ZoneOffset.UTC),
                member.viewTimeline(),
                member.viewDigest(),
                json(member.progress()));
    }

    /**
     * Returns JSON that shows what each slot waits for. Returns null if no slot waits, which is
     * nearly always the case.
     */
    private static @Nullable JsonArray json(List<Progress> progress) {
        if (progress.isEmpty()) {
            return null;
        }
        var json = new JsonArray();
        progress.stream().limit(MOST_PROGRESS).map(Members::array).forEach(json::add);
        return json;
    }

    /** Returns an array whose fourth element is missing for a slot that is not stuck. */
    private static JsonArray array(Progress progress) {
        var array = JsonArray.of(progress.app(), progress.index(), progress.text());
        var stuckSince = progress.stuckSince();
        return stuckSince == null ? array : array.add(stuckSince.toString());
    }

    private static List<Progress> progress(@Nullable JsonArray json) {
        return json == null
                ? List.of()
                : json.stream().map(JsonArray.class::cast).map(Members::slot).toList();
    }

    private static Progress slot(JsonArray array) {
        return new Progress(
                array.getString(0),
                array.getInteger(1),
                array.getString(2),
                array.size() > 3 ? Instant.parse(array.getString(3)) : null);
    }

    private static Member member(Row row) {
        return new Member(
                row.getString("name"),
                row.getString("address"),
                row.getString("version"),
                row.getBoolean("leads"),
                row.getLong("view_seq"),
                row.getLong("view_lag"),
                row.getLong("view_timeline"),
                row.getString("view_digest"),
                progress((JsonArray) row.getValue("progress")),
                row.getOffsetDateTime("started_at").toInstant(),
                row.getOffsetDateTime("last_seen").toInstant());
    }
}
