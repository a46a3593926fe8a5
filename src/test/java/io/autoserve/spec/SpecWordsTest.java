package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.Port.Protocol;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Rollout.Strategy;
import io.autoserve.model.AppSpec.Routing.Algorithm;
import io.autoserve.model.AppSpec.Scaling.Mode;
import io.autoserve.model.AppSpec.Schedule.Concurrency;
import io.autoserve.model.AppSpec.Variable.Key;
import io.autoserve.model.Security.Capability;
import io.autoserve.testing.ReachableEnums;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Checks that the code and the schema have the same word for each choice in a spec. In the code a
 * choice is a constant such as {@code NEVER}, but users must see only {@code Never}.
 */
class SpecWordsTest {
    private static final Shape SPEC = Shape.APP.property("spec");

    /** A field with an enum, and the word in a spec for each of its constants. */
    record Choice<E extends Enum<E>>(
            Class<E> constants, Function<E, String> word, JsonNode schema) {
        Arguments named() {
            return argumentSet(constants.getSimpleName(), this);
        }

        Set<String> words() {
            return Stream.of(constants.getEnumConstants()).map(word).collect(Collectors.toSet());
        }
    }

    static Stream<Arguments> choices() {
        return all().map(Choice::named);
    }

    private static Stream<Choice<?>> all() {
        return Stream.of(
                new Choice<>(PullPolicy.class, Words::of, of(SPEC.property("imagePullPolicy"))),
                new Choice<>(
                        Algorithm.class,
                        Words::of,
                        of(SPEC.property("routing").property("algorithm"))),
                new Choice<>(
                        Mode.class, Words::of, of(Shape.APP.property("scaling").property("mode"))),
                new Choice<>(
                        Strategy.class,
                        Words::of,
                        of(Shape.APP.property("rollout").property("strategy"))),
                new Choice<>(
                        Concurrency.class,
                        Words::of,
                        of(SPEC.property("schedules").items().property("concurrency"))),
                new Choice<>(
                        Capability.class,
                        Capability::name,
                        of(SPEC.property("security").property("capabilities").items())),
                new Choice<>(
                        Protocol.class,
                        Protocol::name,
                        of(SPEC.property("ports").items().property("protocol"))),
                new Choice<>(
                        Key.class,
                        Key::text,
                        SPEC.property("environment")
                                .items()
                                .keyword("then")
                                .at("/then/properties/key/enum")));
    }

    private static JsonNode of(Shape field) {
        return field.keyword("enum");
    }

    @ParameterizedTest
    @MethodSource("choices")
    void a_choice_is_spelled_as_in_the_schema(Choice<?> choice) {
        var schema = Fields.items(choice.schema).map(JsonNode::textValue).toList();
        if (choice.constants.equals(Protocol.class)) {
            assertThat(schema).contains("HTTP").containsAll(choice.words()); // HTTP means TCP
        } else {
            assertThat(schema).containsExactlyInAnyOrderElementsOf(choice.words());
        }
    }

    @Test
    void no_choice_of_a_spec_is_left_out() {
        assertThat(all().<Class<?>>map(Choice::constants))
                .containsExactlyInAnyOrderElementsOf(ReachableEnums.of(AppSpec.class));
    }
}
