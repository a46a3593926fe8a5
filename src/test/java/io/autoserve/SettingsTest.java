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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(strings = {"0", "16385", "-1", "many", "", "99999999999"})
    void a_limit_of_instances_that_nginx_cannot_keep_is_refused(String limit) {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_MAX_INSTANCES", limit)))
                .hasMessage("AUTOSERVE_MAX_INSTANCES must be 1 to 16384, was '%s'", limit);
    }

    @Test
    void the_highest_limit_of_instances_is_what_nginx_has_memory_for() throws IOException {
        assertThat(Path.of("nginx/lua/autoserve/memory.lua"))
                .content()
                .contains("ROWS, SLOTS, BUCKETS = 64, %d, 192".formatted(Settings.MAX_INSTANCES));
        assertThat(Settings.from(Map.of()).maxInstances()).isEqualTo(Settings.MAX_INSTANCES);
        assertThat(Settings.from(Map.of("AUTOSERVE_MAX_INSTANCES", "20")).maxInstances())
                .isEqualTo(20);
    }

    @Test
    void registries_of_private_networks_are_permitted_and_those_of_this_machine_by_name_only() {
        assertThat(Settings.from(Map.of()).registries().privateRanges()).isTrue();
        assertThat(Settings.from(Map.of()).registries().trusts("localhost:5000")).isFalse();
        var settings =
                Settings.from(
                        Map.of(
                                "AUTOSERVE_ALLOW_PRIVATE_REGISTRIES",
                                "false",
                                "AUTOSERVE_TRUSTED_REGISTRIES",
                                "localhost:5000, inner.example.com"));

        assertThat(settings.registries().privateRanges()).isFalse();
        assertThat(settings.registries().trusts("localhost:5000")).isTrue();
        assertThat(settings.registries().trusts("localhost:5001")).isFalse();
    }

    private static Settings.Postgres postgres(Path authority) {
        return Settings.from(Map.of("AUTOSERVE_POSTGRES_CA_FILE", authority.toString())).postgres();
    }
}
