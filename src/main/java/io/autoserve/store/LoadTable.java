package io.autoserve.store;

import static java.util.Comparator.comparing;

import io.autoserve.model.Sample;
import io.autoserve.model.Term;
import io.autoserve.spec.Json;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stores samples in the database, so that they outlive the leader's term. Samples of 10 seconds
 * (fine) are kept for at least an hour, and samples of a minute (coarse) for at least a week. A
 * coarse sample of an instance without requests may cover up to ten minutes. The table has a
 * partition for each hour of fine samples and for each day of coarse ones, and old partitions are
 * dropped whole.
 */
public final class LoadTable {
    public static final Duration FINE = Duration.ofSeconds(10);
    public static final Duration COARSE = Duration.ofMinutes(1);

    /** The longest span of a coarse sample. It covers several minutes without requests. */
    public static final Duration LONGEST_SPAN = Duration.ofMinutes(10);

    /** The leader may write the last coarse samples this late. */
    private static final Duration LATE = Duration.ofMinutes(2);

    private final Database database;
    private final FencedWrites fencedWrites;

    public LoadTable(Database database, FencedWrites fencedWrites) {
        this.database = database;
        this.fencedWrites = fencedWrites;
    }

    /**
     * Writes the samples, except samples of deleted apps and samples that are already stored. Sends
     * no notification.
     */
    public void write(Term term, List<Sample> samples) {
        if (samples.isEmpty()) {
            return;
        }
        var first = samples.stream().map(Sample::at).min(Comparator.naturalOrder()).orElseThrow();
        var last = samples.stream().map(Sample::at).max(Comparator.naturalOrder()).orElseThrow();
        var rows = Json.write(samples.stream().map(LoadTable::row).toList());
        fencedWrites.unlocked(
                term,
                transaction -> {
                    transaction.tell(
                            "select make_sample_partitions($1, $2)",
                            Rows.time(first),
                            Rows.time(last));
                    return transaction.run(
                            """
                            insert into samples (app_id, instance_id, revision, at, span_seconds, requests, errors,
                                classes, in_flight, latency, cpu_percent, memory_percent,
                                memory_bytes)
                            select s.app_id, s.instance_id, s.revision, s.at, s.span_seconds, s.requests, s.errors,
                                s.classes, s.in_flight, s.latency, s.cpu_percent,
                                s.memory_percent, s.memory_bytes
                            from jsonb_to_recordset($1::text::jsonb) as s (app_id bigint, instance_id bigint,
                                revision integer, at timestamptz, span_seconds integer, requests bigint,
                                errors bigint, classes bigint[], in_flight double precision, latency integer[],
                                cpu_percent double precision, memory_percent double precision,
                                memory_bytes bigint)
                            where exists (select from apps a where a.id = s.app_id)
                            on conflict do nothing
                            """,
                            rows);
                });
    }

    private static Map<String, @Nullable Object> row(Sample sample) {
        var row = new HashMap<String, @Nullable Object>();
        row.put("app_id", sample.appId());
        row.put("instance_id", sample.instanceId());
        row.put("revision", sample.revision());
        row.put("at", sample.at());
        row.put("span_seconds", sample.span().toSeconds());
        row.put("requests", sample.requests());
        row.put("errors", sample.errors());
        row.put("classes", sample.classes());
        row.put("in_flight", sample.inFlight());
        row.put("latency", sample.latency());
        row.put("cpu_percent", sample.cpuPercent());
        row.put("memory_percent", sample.memoryPercent());
        row.put("memory_bytes", sample.memoryBytes());
        return row;
    }

    /**
     * Returns the fine samples of all apps, oldest first. Each sample ended after {@code from} and
     * not after {@code to}.
     */
    public List<Sample> fine(Instant from, Instant to) {
        return database.snapshot(transaction -> fine(transaction, from, to));
    }

    static List<Sample> fine(Transaction transaction, Instant from, Instant to) {
        return samples(
                transaction.run(
                        "select * from samples where span_seconds = $1 and at > $2 and at <= $3 order by at",
                        (int) FINE.toSeconds(),
                        Rows.time(from),
                        Rows.time(to)));
    }

    /**
     * Returns the time up to which the coarse samples are complete. The samples of an idle instance
     * are written only after up to ten minutes, so newer ones must be read as fine samples.
     */
    public static Instant coarseUntil(Instant now) {
        var span = LONGEST_SPAN.toSeconds();
        return Instant.ofEpochSecond(now.minus(LATE).getEpochSecond() / span * span);
    }

    /** Returns one sample of an app for each instance and {@code span}, oldest first. */
    static List<Sample> samples(Transaction transaction, long app, Duration span, Instant since) {
        var longest = span.equals(COARSE) ? LONGEST_SPAN : span;
        var stored =
                samples(
                        transaction.run(
                                """
                                select * from samples where app_id = $1 and span_seconds between $2 and $3 and at > $4
                                """,
                                app,
                                (int) span.toSeconds(),
                                (int) longest.toSeconds(),
                                Rows.time(since)));
        return stored.stream()
                .flatMap(sample -> steps(sample, span))
                .filter(sample -> sample.at().isAfter(since))
                .sorted(comparing(Sample::at).thenComparingLong(Sample::instanceId))
                .toList();
    }

    /** Divides a sample without requests into its steps. */
    private static Stream<Sample> steps(Sample stored, Duration span) {
        var count = stored.span().dividedBy(span);
        if (count == 1) {
            return Stream.of(stored);
        }
        return LongStream.range(0, count)
                .mapToObj(after ->
                        new Sample(
                                stored.appId(),
                                stored.instanceId(),
                                stored.revision(),
                                stored.at().minus(span.multipliedBy(after)),
                                span,
                                stored.requests(),
                                stored.classes(),
                                stored.inFlight(),
                                stored.latency(),
                                stored.cpuPercent(),
                                stored.memoryPercent(),
                                stored.memoryBytes()));
    }

    private static List<Sample> samples(RowSet<Row> rows) {
        var samples = new ArrayList<Sample>();
        rows.forEach(row -> samples.add(sample(row)));
        return List.copyOf(samples);
    }

    private static Sample sample(Row row) {
        return new Sample(
                row.getLong("app_id"),
                row.getLong("instance_id"),
                row.getInteger("revision"),
                row.getOffsetDateTime("at").toInstant(),
                Duration.ofSeconds(row.getInteger("span_seconds")),
                row.getLong("requests"),
                Arrays.asList(row.getArrayOfLongs("classes")),
                row.getDouble("in_flight"),
                Arrays.asList(row.getArrayOfIntegers("latency")),
                row.getDouble("cpu_percent"),
                row.getDouble("memory_percent"),
                row.getLong("memory_bytes"));
    }
}
