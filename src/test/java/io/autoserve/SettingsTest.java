package io.autoserve;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.InstanceLimits;
import io.autoserve.testing.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
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

    @Test
    void the_identity_of_the_controller_is_shown_to_databases_that_the_same_authority_certifies() {
        var authority = new Authority().write(folder.resolve("ca.crt"));
        var own = Map.of("AUTOSERVE_IDENTITY_FOLDER", folder.toString());

        assertThat(Settings.from(own).postgres().authority()).isEqualTo(authority);
        assertThat(Settings.from(own).postgres().identity()).isEqualTo(folder);
        assertThat(Settings.from(Map.of()).postgres().identity()).isNull();
    }

    @Test
    void databases_may_have_another_authority_than_the_controller() {
        new Authority().write(folder.resolve("ca.crt"));
        var other = new Authority().write(folder.resolve("other.crt"));
        var settings =
                Settings.from(
                        Map.of(
                                "AUTOSERVE_IDENTITY_FOLDER",
                                folder.toString(),
                                "AUTOSERVE_POSTGRES_CA_FILE",
                                other.toString()));

        assertThat(settings.postgres().authority()).isEqualTo(other);
        assertThat(settings.postgres().identity()).isEqualTo(folder);
    }

    @Test
    void a_folder_of_the_identity_without_an_authority_is_refused() {
        assertThatThrownBy(
                        () -> Settings.from(Map.of("AUTOSERVE_IDENTITY_FOLDER", folder.toString())))
                .hasMessageContaining("AUTOSERVE_IDENTITY_FOLDER must contain certificates")
                .hasMessageContaining(folder.resolve("ca.crt").toString());
    }

    @Test
    void parts_talk_without_tls_unless_there_is_a_folder_with_a_certificate() {
        new Authority().writePart(folder, "staging-controller");
        var settings =
                Settings.from(
                        Map.of(
                                "AUTOSERVE_IDENTITY_FOLDER",
                                folder.toString(),
                                "AUTOSERVE_INSTALLATION",
                                "staging"));

        assertThat(settings.tls())
                .isEqualTo(new Settings.PlatformTls(folder, 8443, List.of("staging-nginx:8081")));
        assertThat(Settings.from(Map.of()).tls()).isNull();
    }

    @Test
    void each_proxy_has_an_admin_port() {
        new Authority().writePart(folder, "staging-controller");
        var environment = new HashMap<String, String>();
        environment.put("AUTOSERVE_IDENTITY_FOLDER", folder.toString());
        environment.put("AUTOSERVE_PROXIES", "2");
        environment.put("AUTOSERVE_PROXY_ADMIN", "10.1.1.10:8081 10.1.1.12:8081 10.1.1.13:8081");

        assertThat(requireNonNull(Settings.from(environment).tls()).proxyAdmins())
                .containsExactly("10.1.1.10:8081", "10.1.1.12:8081");

        environment.put("AUTOSERVE_PROXIES", "4");
        assertThatThrownBy(() -> Settings.from(environment))
                .hasMessageContaining("an address for each of the 4 proxies");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "9", "two"})
    void a_number_of_proxies_that_is_out_of_range_is_refused(String number) {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_PROXIES", number)))
                .hasMessage("AUTOSERVE_PROXIES must be 1 to 8, was '%s'", number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "16385", "-1", "many", "", "99999999999"})
    void a_limit_of_instances_that_nginx_cannot_keep_is_refused(String limit) {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_MAX_INSTANCES", limit)))
                .hasMessage("AUTOSERVE_MAX_INSTANCES must be 1 to 16384, was '%s'", limit);
    }

    @Test
    void limits_of_an_instance_are_written_as_in_specs() {
        var limits =
                Settings.from(
                                Map.of(
                                        "AUTOSERVE_DEFAULT_MEMORY",
                                        "256Mi",
                                        "AUTOSERVE_DEFAULT_CPU",
                                        "",
                                        "AUTOSERVE_MAX_CPU",
                                        "2"))
                        .instanceLimits();

        assertThat(limits.standard()).isEqualTo(new Resources(2000, 256 << 20));
        assertThat(limits.most()).isEqualTo(new Resources(2000, 0));
        assertThat(Settings.from(Map.of()).instanceLimits()).isEqualTo(InstanceLimits.NONE);
    }

    @Test
    void a_limit_of_an_instance_that_is_no_amount_is_refused() {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_MAX_MEMORY", "much")))
                .hasMessage(
                        "AUTOSERVE_MAX_MEMORY must be bytes like '512Mi' or '1G', from 6Mi to 1024Ti, was 'much'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "255", "1000001", "2Gi", "-1"})
    void a_size_of_the_history_that_makes_no_sense_is_refused(String size) {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_HISTORY_MAX_MB", size)))
                .hasMessage("AUTOSERVE_HISTORY_MAX_MB must be 256 to 1000000, was '%s'", size);
    }

    @Test
    void the_history_may_have_two_gibibytes_unless_somebody_sets_it() {
        assertThat(Settings.from(Map.of()).historyBytes()).isEqualTo(2L << 30);
        assertThat(Settings.from(Map.of("AUTOSERVE_HISTORY_MAX_MB", "300")).historyBytes())
                .isEqualTo(300L << 20);
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

    @ParameterizedTest
    @ValueSource(strings = {"0", "10001", "-1", "many", ""})
    void a_limit_of_streams_that_makes_no_sense_is_refused(String limit) {
        assertThatThrownBy(() -> Settings.from(Map.of("AUTOSERVE_STREAMS_PER_TOKEN", limit)))
                .hasMessage("AUTOSERVE_STREAMS_PER_TOKEN must be 1 to 10000, was '%s'", limit);
    }

    @Test
    void a_token_has_64_streams_unless_the_setting_says_otherwise() {
        assertThat(Settings.from(Map.of()).access().streamsPerToken()).isEqualTo(64);
        assertThat(
                        Settings.from(Map.of("AUTOSERVE_STREAMS_PER_TOKEN", "5"))
                                .access()
                                .streamsPerToken())
                .isEqualTo(5);
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "AUTOSERVE_ALLOW_HOST_PATHS",
                "AUTOSERVE_ALLOW_PRIVILEGED",
                "AUTOSERVE_ALLOW_PRIVATE_REGISTRIES"
            })
    void a_permission_that_is_neither_true_nor_false_is_refused(String name) {
        for (var word : List.of("no", "0", "yes", "fasle", "")) {
            assertThatThrownBy(() -> Settings.from(Map.of(name, word)))
                    .hasMessage("%s must be true or false, was '%s'", name, word);
        }
    }

    @Test
    void permissions_may_be_written_in_capital_letters() {
        var settings =
                Settings.from(
                        Map.of(
                                "AUTOSERVE_ALLOW_PRIVATE_REGISTRIES",
                                "FALSE",
                                "AUTOSERVE_ALLOW_PRIVILEGED",
                                "True"));

        assertThat(settings.registries().privateRanges()).isFalse();
        assertThat(settings.allowance().privileged()).isTrue();
    }

    private static Settings.Postgres postgres(Path authority) {
        return Settings.from(Map.of("AUTOSERVE_POSTGRES_CA_FILE", authority.toString())).postgres();
    }
}
