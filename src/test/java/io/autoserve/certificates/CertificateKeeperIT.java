package io.autoserve.certificates;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.By;
import io.autoserve.model.Certificate;
import io.autoserve.model.Deposed;
import io.autoserve.model.Domain;
import io.autoserve.model.Event;
import io.autoserve.model.EventQuery;
import io.autoserve.model.Term;
import io.autoserve.model.TlsChoices;
import io.autoserve.secrets.KeyFile;
import io.autoserve.spec.Json;
import io.autoserve.store.CertificateTable;
import io.autoserve.store.SecretTable;
import io.autoserve.store.StateReader;
import io.autoserve.testing.AcmeServer;
import io.autoserve.testing.Authority;
import io.autoserve.testing.MovedClock;
import io.autoserve.testing.OpenStore;
import io.autoserve.testing.Postgres;
import io.autoserve.time.Time;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the certificate keeper over months, with a real PostgreSQL, an ACME server and a clock that
 * the test moves.
 */
class CertificateKeeperIT {
    private static final String HOST = "shop.example.com";
    private static final Duration LIFETIME = Duration.ofDays(90);
    private static final SecureRandom RANDOM = new SecureRandom();
    @AutoClose private static final Postgres postgres = Postgres.start();

    @TempDir private Path folder;
    private final MovedClock clock = new MovedClock();
    private final Instant begun = clock.instant();
    @AutoClose private final OpenStore store = OpenStore.in(postgres, clock);
    private final Postgres.Database tables = store.tables();
    private final StateReader stateReader = store.stateReader();
    private final Term term = store.beginTerm(1);
    private Path keys;
    private CertificateTable table;
    private SecretTable secrets;
    private AcmeServer acme;
    private CertificateLoop certificateLoop;
    private volatile String handed = "";
    private volatile boolean hostIsAway;

    @BeforeEach
    void begin() throws Exception {
        keys = folder.resolve("keys");
        KeyFile.add(keys, RANDOM);
        var file = new KeyFile(keys, RANDOM);
        secrets = new SecretTable(store.database(), file, clock);
        table = new CertificateTable(store.database(), store.fencedWrites(), file, clock);
        acme = AcmeServer.start(this::shown, LIFETIME, clock);
        certificateLoop = certificateLoop(term);
    }

    private CertificateLoop certificateLoop(Term term) {
        return new CertificateLoop(
                term,
                table,
                (_, document) -> handed = document.reveal(),
                new Acme(acme.directory()),
                acme.directory(),
                clock,
                Time.system());
    }

    /** Answers as nginx would after it has received the challenges. */
    private String shown(String host, String path) throws IOException {
        if (hostIsAway) {
            throw new IOException("connection refused");
        }
        var token = path.substring(path.lastIndexOf('/') + 1);
        return Json.MAPPER.readTree(handed).path("challenges").path(token).asText();
    }

    @AfterEach
    void end() {
        acme.close();
    }

    @Test
    void a_certificate_is_ordered_at_once_and_renewed_in_time() throws Exception {
        order();
        certificateLoop.pass();
        assertThat(requireNonNull(domain().validity()).notAfter()).isEqualTo(begun.plus(LIFETIME));
        assertThat(handedKey()).contains("PRIVATE KEY");
        assertThat(acme.signed()).isEqualTo(1);

        clock.advance(Duration.ofDays(59));
        certificateLoop.pass();
        assertThat(acme.signed()).isEqualTo(1);

        var before = handedKey();
        clock.advance(Duration.ofDays(1));
        certificateLoop.pass();
        assertThat(acme.signed()).isEqualTo(2);
        assertThat(acme.accounts()).isEqualTo(1);
        assertThat(domain().validity().notAfter()).isEqualTo(clock.instant().plus(LIFETIME));
        assertThat(handedKey()).isNotEqualTo(before);
        assertThat(types())
                .containsExactly("DomainAdded", "CertificateIssued", "CertificateIssued");
    }

    @Test
    void a_host_that_is_away_is_tried_again_ever_more_rarely() throws Exception {
        hostIsAway = true;
        order();
        certificateLoop.pass();
        certificateLoop.pass();
        clock.advance(Duration.ofMinutes(1));
        certificateLoop.pass();

        assertThat(domain().failures()).isEqualTo(2);
        assertThat(domain().retryAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(2)));
        assertThat(domain().trouble()).contains("shop.example.com: connection refused");
        hostIsAway = false;
        clock.advance(Duration.ofMinutes(2));
        certificateLoop.pass();
        assertThat(domain().trouble()).isNull();
        assertThat(types())
                .containsExactly(
                        "DomainAdded",
                        "CertificateFailed",
                        "CertificateFailed",
                        "CertificateIssued");
    }

    @Test
    void who_cannot_renew_is_warned_each_day_of_the_last_week() throws Exception {
        order();
        certificateLoop.pass();
        hostIsAway = true;
        for (var day = 1; day <= 85; day++) {
            clock.advance(Duration.ofDays(1));
            certificateLoop.pass();
            certificateLoop.pass();
        }

        assertThat(types()).filteredOn("CertificateExpiring"::equals).hasSize(2);
        assertThat(handedKey()).contains("PRIVATE KEY");
    }

    @Test
    void an_uploaded_one_serves_on_until_the_first_that_is_ordered() throws Exception {
        table.upload(HOST, new TlsChoices(false, false), uploaded(), By.actor("tester"));
        certificateLoop.pass();
        var before = handedKey();
        hostIsAway = true;
        order();
        certificateLoop.pass();
        assertThat(handedKey()).isEqualTo(before);

        hostIsAway = false;
        clock.advance(Duration.ofMinutes(1));
        certificateLoop.pass();
        assertThat(handedKey()).isNotEqualTo(before);
    }

    @Test
    void neither_the_database_nor_an_event_tells_a_key() throws Exception {
        order();
        table.upload("www.example.com", new TlsChoices(true, true), uploaded(), By.actor("tester"));
        certificateLoop.pass();

        assertThat(tables.execute("select d::text from domains d").toString())
                .doesNotContain("PRIVATE KEY");
        assertThat(stateReader.events(EventQuery.behind(0, 100)).toString())
                .doesNotContain("PRIVATE KEY");
    }

    @Test
    void a_rotation_of_keys_takes_certificates_and_accounts_along() throws Exception {
        order();
        certificateLoop.pass();
        var before = handedKey();
        KeyFile.add(keys, RANDOM);

        assertThat(secrets.reseal(By.actor("tester")).resealed()).isEqualTo(2);

        Files.writeString(keys, Files.readAllLines(keys).getLast());
        handed = "";
        certificateLoop.pass();
        assertThat(handedKey()).isEqualTo(before);
    }

    @Test
    void what_does_not_open_keeps_no_other_host_from_being_served() throws Exception {
        table.upload(
                "broken.example.com", new TlsChoices(false, false), uploaded(), By.actor("tester"));
        table.upload(HOST, new TlsChoices(false, false), uploaded(), By.actor("tester"));
        tables.execute("update domains set sealed = 'AAAA' where host = 'broken.example.com'");

        certificateLoop.pass();

        assertThat(handed).contains(HOST).doesNotContain("broken.example.com");
    }

    @Test
    void an_old_leader_orders_nothing() {
        order();

        assertThatThrownBy(() -> certificateLoop(new Term(1, UUID.randomUUID())).pass())
                .isInstanceOf(Deposed.class);
        assertThat(acme.signed()).isZero();
    }

    private void order() {
        table.order(HOST, new TlsChoices(false, false), By.actor("tester"));
    }

    private Certificate uploaded() {
        var issued = new Authority().issue(clock.instant(), clock.instant().plus(LIFETIME), HOST);
        return Upload.read(HOST, issued.chain(), issued.key(), clock.instant());
    }

    private Domain domain() {
        return table.all().getFirst();
    }

    private String handedKey() throws IOException {
        return Json.MAPPER.readTree(handed).path("sites").path(HOST).path("key").asText();
    }

    private List<String> types() {
        return stateReader.events(EventQuery.behind(0, 1000)).stream().map(Event::type).toList();
    }
}
