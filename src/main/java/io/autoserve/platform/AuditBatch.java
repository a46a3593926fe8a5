package io.autoserve.platform;

import io.autoserve.model.AuditEntry;
import io.autoserve.model.AuditEntry.AuditOutcome;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of the audit that are not written yet. Equal entries become one with their number.
 * Anybody can cause refusals, so the number of rows per minute is limited, and further refusals are
 * only counted. Each token has a share of its own, and so have all callers together that have
 * proved no token. Nobody can therefore keep the refusals of others out of the audit. Logins have
 * limits of their own, so that no refusal keeps a login out.
 */
final class AuditBatch {
    /** Rows per minute and controller for refusals of callers that have proved no token. */
    static final int OF_STRANGERS = 20;

    /** Rows per minute and controller for refusals of one token, and as many for its logins. */
    static final int OF_TOKEN = 20;

    /** Rows per minute and controller for refusals of all tokens, and as many for their logins. */
    static final int OF_TOKENS = 500;

    /**
     * Most rows that wait while the database does not accept any. Beyond that, only logins still
     * get a row, until there are {@link #OF_TOKENS} more.
     */
    static final int WAITING = 2_000;

    private final Map<AuditEntry, AuditEntry> rows = new LinkedHashMap<>();
    private final Map<AuditOutcome, Map<String, Integer>> tokens =
            new EnumMap<>(AuditOutcome.class);
    private Instant minute = Instant.EPOCH;
    private int strangers;
    private int counted;

    synchronized void add(AuditEntry entry) {
        begin(entry.at());
        var same = content(entry);
        var before = rows.get(same);
        if (before != null) {
            rows.put(same, before.again(entry.times()));
        } else if (rows.size() < room(entry.outcome()) && permitted(entry)) {
            rows.put(same, entry);
        } else {
            counted += entry.times();
        }
    }

    /** Returns the rows to write now, and forgets them. */
    synchronized List<AuditEntry> take(Instant now) {
        begin(now);
        var taken = List.copyOf(rows.values());
        rows.clear();
        return taken;
    }

    /** Takes rows back that could not be written. */
    synchronized void putBack(List<AuditEntry> unwritten) {
        var later = new ArrayList<>(rows.values());
        rows.clear();
        for (var entry : unwritten) {
            rows.put(content(entry), entry);
        }
        for (var entry : later) {
            rows.merge(content(entry), entry, (one, other) -> one.again(other.times()));
        }
    }

    /** Returns whether something is left to write, now or when the minute is over. */
    synchronized boolean waiting() {
        return !rows.isEmpty() || counted > 0;
    }

    private void begin(Instant time) {
        var present = time.truncatedTo(ChronoUnit.MINUTES);
        if (!present.isAfter(minute)) {
            return;
        }
        if (counted > 0 && rows.size() < WAITING) {
            var row = rest(minute, counted);
            rows.put(content(row), row);
            counted = 0;
        }
        minute = present;
        strangers = 0;
        tokens.clear();
    }

    private static int room(AuditOutcome outcome) {
        return outcome == AuditOutcome.ALLOWED ? WAITING + OF_TOKENS : WAITING;
    }

    private boolean permitted(AuditEntry entry) {
        var actor = entry.actor();
        if (actor == null) {
            return strangers++ < OF_STRANGERS;
        }
        var shares = tokens.computeIfAbsent(entry.outcome(), _ -> new HashMap<>());
        var share = shares.getOrDefault(actor, 0);
        var all = shares.values().stream().mapToInt(Integer::intValue).sum();
        if (share >= OF_TOKEN || all >= OF_TOKENS) {
            return false;
        }
        shares.put(actor, share + 1);
        return true;
    }

    private static AuditEntry rest(Instant minute, int times) {
        return new AuditEntry(
                0,
                minute,
                null,
                null,
                "refusals",
                null,
                AuditOutcome.REFUSED,
                "more refusals and logins until the end of the minute %s were only counted"
                        .formatted(minute),
                times);
    }

    /** Returns the entry without its time and number, which differ between equal refusals. */
    private static AuditEntry content(AuditEntry entry) {
        return new AuditEntry(
                0,
                Instant.EPOCH,
                entry.actor(),
                entry.address(),
                entry.action(),
                entry.app(),
                entry.outcome(),
                entry.reason(),
                1);
    }
}
