package io.autoserve.certificates;

import io.autoserve.cluster.Leadership;
import io.autoserve.events.Snapshot;
import io.autoserve.events.View;
import io.autoserve.model.Event;
import io.autoserve.model.Term;
import io.autoserve.store.CertificateTable;
import io.autoserve.time.Time;
import java.net.URI;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps certificates valid and sends them to nginx, with one {@link CertificateLoop} for each term.
 */
public final class CertificateKeeper implements Leadership, View.Listener {
    private static final Set<Event.Type> OURS =
            Set.of(Event.Type.DomainAdded, Event.Type.DomainRemoved, Event.Type.SecretsResealed);

    private final CertificateTable table;
    private final CertificateSink certificateSink;
    private final CertificateAuthority authority;
    private final URI directory;
    private final InstantSource clock;
    private final Time time;
    private volatile @Nullable CertificateLoop certificateLoop;

    /**
     * @param directory directory URL of the ACME server
     */
    public CertificateKeeper(
            CertificateTable table,
            CertificateSink certificateSink,
            URI directory,
            InstantSource clock,
            Time time) {
        this(table, certificateSink, new Acme(directory), directory, clock, time);
    }

    /**
     * @param directory the authority's URL, which names its account
     */
    public CertificateKeeper(
            CertificateTable table,
            CertificateSink certificateSink,
            CertificateAuthority authority,
            URI directory,
            InstantSource clock,
            Time time) {
        this.table = table;
        this.certificateSink = certificateSink;
        this.authority = authority;
        this.directory = directory;
        this.clock = clock;
        this.time = time;
    }

    @Override
    public void elected(Term term) {
        var next =
                new CertificateLoop(
                        term, table, certificateSink, authority, directory, clock, time);
        certificateLoop = next;
        next.start();
    }

    @Override
    public void deposed(Term term, String reason) {
        var last = certificateLoop;
        certificateLoop = null;
        if (last != null) {
            last.end();
        }
    }

    /** Wakes the leader's loop when operators change domains, so that it acts at once. */
    @Override
    public void happened(Event event, Snapshot after) {
        var now = certificateLoop;
        if (now != null && OURS.stream().anyMatch(event::is)) {
            now.wake();
        }
    }

    @Override
    public void reloaded(Snapshot now) {
        // nothing to do, since the loop also checks all domains from time to time
    }
}
