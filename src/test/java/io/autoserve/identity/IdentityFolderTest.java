package io.autoserve.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.testing.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
