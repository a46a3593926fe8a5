package io.autoserve.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.autoserve.testing.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class IdentityFolderTest {
    @TempDir private Path folder;

    @Test
    void tells_of_a_renewed_certificate_once() {
        var authority = new Authority();
        var identity = new IdentityFolder(authority.writePart(folder, "t-controller"));
        var told = new ArrayList<Identity>();
        identity.listen(told::add);

        assertThat(identity.refresh()).isFalse();
        authority.writePart(folder, "t-controller");
        assertThat(identity.refresh()).isTrue();
        assertThat(identity.refresh()).isFalse();

        assertThat(told).containsExactly(identity.identity());
    }

    @Test
    void keeps_the_earlier_certificate_while_a_file_cannot_be_read() throws IOException {
        var identity = new IdentityFolder(new Authority().writePart(folder, "t-controller"));
        var before = identity.identity();
        Files.writeString(folder.resolve("part.crt"), "");

        assertThatThrownBy(identity::refresh).hasMessageContaining("part.crt");
        assertThat(identity.identity()).isSameAs(before);
    }

    @Test
    void a_listener_that_fails_keeps_no_other_from_a_renewed_certificate() {
        var authority = new Authority();
        var identity = new IdentityFolder(authority.writePart(folder, "t-controller"));
        var told = new ArrayList<Identity>();
        identity.listen(_ -> {
            throw new IllegalStateException("not listening");
        });
        identity.listen(told::add);

        authority.writePart(folder, "t-controller");

        assertThat(identity.refresh()).isTrue();
        assertThat(told).containsExactly(identity.identity());
    }

    @Test
    void an_error_is_logged_when_it_begins_and_when_it_is_over() throws IOException {
        new Authority().writePart(folder, "t-controller");
        Files.writeString(folder.resolve("expiry"), "authority 86400\n");
        var identity = new IdentityFolder(folder);
        var certificate = Files.readString(folder.resolve("part.crt"));
        var log = new ListAppender<ILoggingEvent>();
        var logger = (Logger) LoggerFactory.getLogger(IdentityFolder.class);
        log.start();
        logger.addAppender(log);
        try {
            Files.writeString(folder.resolve("part.crt"), "");
            Files.delete(folder.resolve("expiry"));
            identity.refreshOrLog();
            identity.refreshOrLog();
            Files.writeString(folder.resolve("part.crt"), certificate);
            Files.writeString(folder.resolve("expiry"), "authority 86400\n");
            identity.refreshOrLog();
            identity.refreshOrLog();
        } finally {
            logger.detachAppender(log);
        }

        assertThat(log.list)
                .extracting(event -> event.getLevel() + " " + event.getMessage())
                .containsExactly(
                        "WARN {} cannot be read: {}",
                        "WARN {} cannot be read: {}",
                        "INFO {} can be read again",
                        "INFO {} can be read again");
    }

    @Test
    void reads_when_certificates_expire() throws IOException {
        new Authority().writePart(folder, "t-controller");
        Files.writeString(folder.resolve("expiry"), "authority 86400\nnginx 3600\n");

        assertThat(new IdentityFolder(folder).expirations().first(Instant.EPOCH))
                .contains(Duration.ofHours(1));
    }

    @Test
    void a_folder_without_a_certificate_is_refused_with_the_way_out() {
        assertThatThrownBy(() -> new IdentityFolder(folder))
                .hasMessageContaining("AUTOSERVE_IDENTITY_FOLDER")
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("container of the authority");
    }
}
