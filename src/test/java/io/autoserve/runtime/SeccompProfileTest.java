package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeccompProfileTest {
    private static final long UPPER_HALF = 1L << 32;

    @Test
    void the_filter_in_front_of_docker_reads_the_same_text() throws IOException {
        assertThat(SeccompProfile.OPTION)
                .isEqualTo("seccomp=" + Files.readString(Path.of("nginx/engine/seccomp.json")));
    }

    @Test
    void a_call_that_no_rule_names_is_refused() throws JsonProcessingException {
        assertThat(profile().path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 10, 16, 17, 44})
    void ordinary_families_of_sockets_are_permitted(long family) throws JsonProcessingException {
        assertThat(permits(family)).isTrue();
    }

    /** The kernel reads only the lower half of the number. */
    @ParameterizedTest
    @ValueSource(longs = {38, 40, UPPER_HALF + 38, UPPER_HALF + 40, -UPPER_HALF + 40})
    void sockets_to_the_hypervisor_and_to_the_kernels_cryptography_are_refused(long family)
            throws JsonProcessingException {
        assertThat(permits(family)).isFalse();
    }

    private static boolean permits(long family) throws JsonProcessingException {
        return rules("socket").stream().anyMatch(rule -> matches(rule, family));
    }

    /** Returns whether the rule's only condition holds for the number, which is unsigned. */
    private static boolean matches(JsonNode rule, long family) {
        assertThat(rule.path("args").size()).as(rule.toString()).isEqualTo(1);
        var condition = rule.path("args").path(0);
        var value = condition.path("value").longValue();
        return switch (condition.path("op").asText()) {
            case "SCMP_CMP_EQ" -> family == value;
            case "SCMP_CMP_LT" -> Long.compareUnsigned(family, value) < 0;
            default -> throw new AssertionError("the test does not know this condition: " + rule);
        };
    }

    /** libseccomp permits it with {@code socket}, unless a rule before that one refuses it. */
    @Test
    void the_call_that_opens_sockets_of_any_family_is_refused_first()
            throws JsonProcessingException {
        var refusal = rules("socketcall").getFirst();

        assertThat(refusal.path("action").asText()).isEqualTo("SCMP_ACT_ERRNO");
        assertThat(refusal.path("errnoRet").intValue())
                .as("ENOSYS, because runc skips a rule with the default answer")
                .isEqualTo(38);
        assertThat(calls().indexOf(refusal))
                .isLessThan(calls().indexOf(rules("socket").getFirst()));
        assertThat(rules("socketcall").stream().skip(1))
                .allSatisfy(rule ->
                        assertThat(rule.path("includes").path("arches").toString())
                                .isEqualTo(refusal.path("excludes").path("arches").toString()));
    }

    private static List<JsonNode> rules(String call) throws JsonProcessingException {
        return calls().stream().filter(rule -> names(rule).contains(call)).toList();
    }

    private static List<String> names(JsonNode rule) {
        return StreamSupport.stream(rule.path("names").spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static List<JsonNode> calls() throws JsonProcessingException {
        return StreamSupport.stream(profile().path("syscalls").spliterator(), false).toList();
    }

    private static JsonNode profile() throws JsonProcessingException {
        return new ObjectMapper().readTree(SeccompProfile.OPTION.substring("seccomp=".length()));
    }
}
