package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Changes the examples at a few random places. Each change removes a value, replaces it, or adds
 * one that may be invalid there.
 */
final class Mutants {
    private static final List<JsonNode> STRANGERS =
            List.of(
                            "null",
                            "true",
                            "0",
                            "-1",
                            "3.0",
                            "1.5",
                            "99999999999",
                            "1e300",
                            "''",
                            "'x'",
                            "'7'",
                            "\"a\\n\"",
                            "'ä'",
                            "/",
                            "[]",
                            "{}",
                            "[1]",
                            "{a: b}")
                    .stream()
                    .map(Documents::of)
                    .toList();

    private final RandomGenerator random;
    private final List<JsonNode> examples =
            Example.all().map(example -> Documents.of(example.text())).toList();
    private final Map<String, List<JsonNode>> relatives = new HashMap<>();

    Mutants(RandomGenerator random) {
        this.random = random;
        examples.forEach(this::gather);
    }

    JsonNode next() {
        var mutant = any(examples).deepCopy();
        for (var changes = random.nextInt(1, 5); changes > 0; changes--) {
            change(any(containers(mutant, new ArrayList<>())));
        }
        return mutant;
    }

    private void gather(JsonNode node) {
        node.properties()
                .forEach(field ->
                        relatives
                                .computeIfAbsent(field.getKey(), _ -> new ArrayList<>())
                                .add(field.getValue()));
        node.forEach(this::gather);
    }

    private void change(ContainerNode<?> container) {
        switch (container) {
            case ArrayNode list -> {
                if (list.isEmpty() || random.nextBoolean()) {
                    list.add(list.isEmpty() ? wrongValue() : any(list.deepCopy()));
                } else {
                    list.remove(random.nextInt(list.size()));
                }
            }
            case ObjectNode object -> {
                var name = any(new ArrayList<>(relatives.keySet()));
                if (!object.isEmpty() && random.nextInt(4) > 0) {
                    name = any(object.properties().stream().map(Map.Entry::getKey).toList());
                }
                switch (random.nextInt(4)) {
                    case 0 -> object.remove(name);
                    case 1 -> object.set(name, wrongValue());
                    default ->
                            object.set(
                                    name,
                                    relatives.containsKey(name)
                                            ? any(relatives.get(name)).deepCopy()
                                            : wrongValue());
                }
            }
            default -> throw new IllegalStateException("neither list nor object: " + container);
        }
    }

    private JsonNode wrongValue() {
        return any(STRANGERS).deepCopy();
    }

    private static List<ContainerNode<?>> containers(JsonNode node, List<ContainerNode<?>> found) {
        if (node instanceof ContainerNode<?> container) {
            found.add(container);
        }
        node.forEach(child -> containers(child, found));
        return found;
    }

    private <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private JsonNode any(ArrayNode list) {
        return list.get(random.nextInt(list.size()));
    }
}
