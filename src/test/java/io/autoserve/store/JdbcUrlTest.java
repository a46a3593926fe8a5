package io.autoserve.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class JdbcUrlTest {
    private static final String BOTH = "one:5432,other:5433";

    @Test
    void without_an_authority_there_is_no_tls() {
        assertThat(JdbcUrl.of(BOTH, "autoserve", null))
                .isEqualTo("jdbc:postgresql://one:5432,other:5433/autoserve?sslmode=disable");
    }

    @Test
    void with_an_authority_the_name_of_the_host_is_verified() {
        assertThat(JdbcUrl.of(BOTH, "autoserve", Path.of("/a folder/ca.crt")))
                .endsWith("/autoserve?sslmode=verify-full&sslrootcert=%2Fa+folder%2Fca.crt");
    }

    @Test
    void an_identity_adds_the_certificate_and_the_key_in_the_form_that_the_driver_reads() {
        assertThat(JdbcUrl.of(BOTH, "autoserve", Path.of("/ca.crt"), Path.of("/own")))
                .endsWith(
                        "?sslmode=verify-full&sslrootcert=%2Fca.crt"
                                + "&sslcert=%2Fown%2Fpart.crt&sslkey=%2Fown%2Fpart.pk8");
    }
}
