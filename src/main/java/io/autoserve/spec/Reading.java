package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec;
import java.util.List;

/** The result of reading a spec. */
public sealed interface Reading {

    /**
     * The spec is valid.
     *
     * @param document the spec as written, without the defaults
     */
    record Understood(AppSpec spec, JsonNode document) implements Reading {}

    /**
     * The spec has errors.
     *
     * @param faults all errors, at least one, in the order of the text
     */
    record Faulty(List<Fault> faults) implements Reading {
        public Faulty {
            faults = List.copyOf(faults);
        }
    }
}
