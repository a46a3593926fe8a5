package io.autoserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.testing.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    @TempDir private Path folder;

    @Test
    void databases_are_asked_for_no_tls_unless_somebody_certifies_them() {
        assertThat(Settings.from(Map.of()).postgres().authority()).isNull();
    }

    @Test
    void the_file_of_who_certifies_the_databases_is_kept_by_its_path() {
        var file = new Authority().write(folder.resolve("ca.crt"));

        assertThat(postgres(file).authority()).isEqualTo(file);
    }

    @Test
    void a_file_that_certifies_nothing_is_refused() throws IOException {
        var missing = folder.resolve("missing.crt");
        var empty = Files.createFile(folder.resolve("empty.crt"));
        var noise = Files.writeString(folder.resolve("noise.crt"), "not a certificate");

        for (var file : new Path[] {missing, empty, noise, folder}) {
            assertThatThrownBy(() -> postgres(file))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("AUTOSERVE_POSTGRES_CA_FILE must contain certificates")
                    .hasMessageContaining(file.toString());
        }
    }

    private static Settings.Postgres postgres(Path authority) {
        return Settings.from(Map.of("AUTOSERVE_POSTGRES_CA_FILE", authority.toString())).postgres();
    }
}
