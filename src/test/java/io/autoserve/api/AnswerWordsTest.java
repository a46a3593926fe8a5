package io.autoserve.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Role;
import io.autoserve.spec.Json;
import io.autoserve.testing.ReachableEnums;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that each enum in an answer has the words that the contract lists. The enums of the model
 * have constants such as {@code NOT_READY}, which only the code uses. Answers have their own enums,
 * whose constants are the words that users read, such as {@code NotReady}.
 */
class AnswerWordsTest {
    /** Records that have enums, but are never part of an answer of the API. */
    private static final Set<String> NEVER_WRITTEN =
            Set.of(
                    "Admission$WaitingWrite",
                    "Call",
                    "Contract$Operation",
                    "Guard$Admitted",
                    "LogStream$Told",
                    "Parameter",
                    "Reads$Found");

    private static final Set<Set<String>> CONTRACT = enums(Contract.published().root());

    static Stream<Class<?>> enumsOfAnswers() {
        return new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("io.autoserve.api")
                        .stream()
                        .map(JavaClass::reflect)
                        .filter(type -> type.isRecord() && !NEVER_WRITTEN.contains(name(type)))
                        .flatMap(type -> ReachableEnums.of(type, AppSpec.class).stream())
                        .distinct();
    }

    @ParameterizedTest
    @MethodSource("enumsOfAnswers")
    void an_enum_is_written_as_the_contract_spells_it(Class<?> constants) {
        assertThat(CONTRACT).contains(words(constants));
    }

    @Test
    void a_role_is_the_word_of_the_contract() {
        assertThat(CONTRACT)
                .contains(Stream.of(Role.values()).map(Role::word).collect(Collectors.toSet()));
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1);
    }

    private static Set<String> words(Class<?> constants) {
        return Stream.of(constants.getEnumConstants())
                .map(constant -> Json.MAPPER.valueToTree(constant).textValue())
                .collect(Collectors.toSet());
    }

    private static Set<Set<String>> enums(JsonNode contract) {
        var found = new HashSet<Set<String>>();
        for (var list : contract.findValues("enum")) {
            var words = new HashSet<String>();
            list.forEach(word -> words.add(word.asText()));
            found.add(words);
        }
        return found;
    }
}
