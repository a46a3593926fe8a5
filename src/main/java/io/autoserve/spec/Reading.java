package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.model.AppSpec;
import java.util.List;

/** What came of reading a spec. */
public sealed interface Reading {

    /**
     * @param document as written, without the defaults
     */
    record Understood(AppSpec spec, JsonNode document) implements Reading {}

    /**
     * @param faults all of them, at least one, in the order of the text
     */
    record Faulty(List<Fault> faults) implements Reading {
        public Faulty {
            faults = List.copyOf(faults);
        }
    }
}
