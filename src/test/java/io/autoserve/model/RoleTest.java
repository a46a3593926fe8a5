package io.autoserve.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleTest {
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "HOOK, HOOK",
        "VIEWER, VIEWER",
        "DEPLOYER, HOOK VIEWER DEPLOYER",
        "ADMIN, HOOK VIEWER DEPLOYER ADMIN"
    })
    void includes_exactly_these_roles(Role role, String included) {
        for (var other : Role.values()) {
            assertThat(role.includes(other))
                    .as("%s", other)
                    .isEqualTo(included.matches(".*\\b" + other + "\\b.*"));
        }
    }
}
