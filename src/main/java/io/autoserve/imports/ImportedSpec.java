package io.autoserve.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.spec.Fault;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import io.autoserve.spec.SpecReader;
import io.autoserve.spec.Yaml;
import java.util.List;

/**
 * A spec that was converted.
 *
 * @param name the app's name
 * @param text the spec in YAML
 * @param faults what must be changed before the spec can be applied
 */
public record ImportedSpec(String name, String text, List<Fault> faults) {
    public ImportedSpec {
        faults = List.copyOf(faults);
    }

    static ImportedSpec of(String name, ObjectNode document, SpecReader reader) {
        var text = Yaml.write(document);
        return switch (reader.read(text)) {
            case Understood _ -> new ImportedSpec(name, text, List.of());
            case Faulty(var faults) -> new ImportedSpec(name, text, faults);
        };
    }
}
