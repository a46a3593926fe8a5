package io.autoserve.certificates;

import io.autoserve.certificates.Renewal.Due;
import io.autoserve.cluster.TermLoop;
import io.autoserve.model.Domain;
import io.autoserve.model.Hidden;
import io.autoserve.model.Refusal;
import io.autoserve.model.Term;
import io.autoserve.model.Version;
import io.autoserve.store.CertificateTable;
import io.autoserve.time.Time;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.shredzone.acme4j.exception.AcmeException;

/**
 * Does the work of the certificate keeper during one term. Each pass sends all certificates to the
 * proxy and then takes the actions that are due.
 */
final class CertificateLoop implements TermLoop.Work {
    private static final Duration PERIOD = Duration.ofSeconds(20);

    private final Term term;
    private final CertificateTable table;
    private final CertificateSink certificateSink;
    private final CertificateAuthority authority;
    private final URI directory;
    private final InstantSource clock;
    private final TermLoop loop;
    private final SortedMap<String, String> answers = new ConcurrentSkipListMap<>();
    private String handed = "";
    private Version version = new Version(0, 0, 0);

    CertificateLoop(
            Term term,
            CertificateTable table,
            CertificateSink certificateSink,
            CertificateAuthority authority,
            URI directory,
            InstantSource clock,
            Time time) {
        this.term = term;
        this.table = table;
        this.certificateSink = certificateSink;
        this.authority = authority;
        this.directory = directory;
        this.clock = clock;
        this.loop = new TermLoop("certificates", term, this, time);
    }

    void start() {
        loop.start();
    }

    void wake() {
        loop.wake();
    }

    void end() {
        loop.end();
    }

    @Override
    public Duration pass() throws InterruptedException {
        handOut();
        for (var due : Renewal.due(table.all(), clock.instant())) {
            if (!loop.over()) {
                act(due);
            }
        }
        return PERIOD;
    }

    private void act(Due due) throws InterruptedException {
        switch (due) {
            case Due.Order(var domain, var reason) -> order(domain, reason);
            case Due.Warn(var domain, var reason) ->
                    table.warned(term, domain, reason, clock.instant());
        }
    }

    private void order(Domain domain, String reason) throws InterruptedException {
        try {
            var account = table.account(term, directory, authority::newAccount);
            var certificate = authority.order(domain.host(), account, shown());
            table.issued(term, domain, certificate, reason);
            handOut();
        } catch (AcmeException | Refusal failure) {
            table.failed(
                    term,
                    domain,
                    String.valueOf(failure.getMessage()),
                    clock.instant().plus(Renewal.backOff(domain.failures() + 1)));
        }
    }

    private CertificateAuthority.Answers shown() {
        return new CertificateAuthority.Answers() {
            @Override
            public void show(String token, String answer) {
                answers.put(token, answer);
                handOut();
            }

            @Override
            public void withdraw(String token) {
                answers.remove(token);
            }
        };
    }

    /**
     * Sends all certificates to the proxy. Unchanged certificates keep their version, so nginx need
     * not read them again.
     */
    private void handOut() {
        var served = table.served();
        if (!Document.of(version, served.sites(), answers).equals(handed)) {
            version = new Version(served.timeline(), term.epoch(), served.seq());
            handed = Document.of(version, served.sites(), answers);
        }
        certificateSink.hand(version, new Hidden(handed));
    }
}
