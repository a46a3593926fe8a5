package io.autoserve.spec;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.spec.Reading.Faulty;
import io.autoserve.spec.Reading.Understood;
import java.util.function.Consumer;

/** Reads the text of a spec and returns either the spec or all its errors. */
public final class SpecReader {
    private final Allowance allowance;

    public SpecReader(Allowance allowance) {
        this.allowance = allowance;
    }

    /**
     * Reads a spec. Never throws, whatever the text.
     *
     * @param text YAML or JSON, at most 262,144 bytes in UTF-8
     */
    public Reading read(String text) {
        var source = Source.parse(text);
        var faults = source.faults();
        if (!source.readable()) {
            return new Faulty(faults.inOrder());
        }
        Shape.APP.check(source.root(), "", faults);
        Rules.check(source.withoutFaulty(), allowance, faults);
        return faults.none()
                ? new Understood(SpecBinding.spec(source.root()), source.root())
                : new Faulty(faults.inOrder());
    }

    /**
     * Returns the fields of a text without checking them, or a missing node if the text cannot be
     * parsed. Never throws, whatever the text.
     *
     * @param faults receives the errors of the syntax
     */
    public static JsonNode document(String text, Consumer<Fault> faults) {
        var source = Source.parse(text);
        source.faults().inOrder().forEach(faults);
        return source.root();
    }
}
