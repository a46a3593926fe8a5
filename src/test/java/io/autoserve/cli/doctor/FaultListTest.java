package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.autoserve.cli.doctor.Libraries.Library;
import java.io.File;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the libraries of this build with the list of known vulnerabilities, without network. */
class FaultListTest {
    /** Testcontainers brings this jar, which contains other libraries. AutoServe's jar does not. */
    private static final String ONLY_TESTS = "docker-java-transport-zerodep";

    private static final FaultList LIST = FaultList.read();

    private static String classPath() {
        return Arrays.stream(
                        System.getProperty("java.class.path", "").split(File.pathSeparator, -1))
                .filter(path -> !path.contains(ONLY_TESTS))
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void no_library_of_this_version_has_a_known_fault() {
        var present = Libraries.of(classPath());

        assertThat(present)
                .extracting(Library::name)
                .contains(
                        "io.netty:netty-common",
                        "io.netty:netty-codec-http",
                        "org.bouncycastle:bcprov-jdk18on",
                        "org.apache.httpcomponents.client5:httpclient5",
                        "org.apache.httpcomponents.core5:httpcore5");
        assertThat(present).filteredOn(library -> LIST.of(library).isPresent()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "io.netty:netty-codec-http, 4.2.12.Final, true",
        "io.netty:netty-codec-http, 4.2.18.RC1, true",
        "io.netty:netty-codec-http, 4.2.18.Final, false",
        "io.netty:netty-codec-http, 4.10.0.Final, false",
        "io.netty.incubator:netty-other, 4.2.1.Final, false",
        "org.bouncycastle:bcpkix-jdk18on, 1.83, true",
        "org.bouncycastle:bcprov-jdk18on, 1.84, true",
        "org.bouncycastle:bcprov-jdk18on, 1.85, false",
        "org.bouncycastle:bcprov-jdk18on, 1.87, false",
        "org.apache.httpcomponents.client5:httpclient5, 5.5.1, true",
        "org.apache.httpcomponents.client5:httpclient5, 5.6.5, false",
        "org.apache.httpcomponents.core5:httpcore5-h2, 5.3.6, true",
        "org.apache.httpcomponents.core5:httpcore5, 5.4.4, false",
        "org.example:netty-codec-http, 4.2.12.Final, false"
    })
    void a_fault_concerns_the_versions_that_have_it(String name, String version, boolean faulty) {
        assertThat(LIST.of(new Library(name, version)).isPresent()).isEqualTo(faulty);
    }

    @Test
    void a_library_in_mavens_repository_is_known_by_its_path() {
        assertThat(
                        Libraries.of(
                                "/home/ann/.m2/repository/org/bouncycastle/bcprov-jdk18on/1.83/bcprov-jdk18on-1.83.jar"))
                .containsExactly(new Library("org.bouncycastle:bcprov-jdk18on", "1.83"));
    }

    @Test
    void an_entry_without_a_bound_is_an_error_and_not_ignored() throws Exception {
        var json = new ObjectMapper().readTree("{\"faults\": [{\"library\": \"a:b\"}]}");

        assertThatThrownBy(() -> FaultList.of(json)).hasMessageContaining("a:b");
    }
}
