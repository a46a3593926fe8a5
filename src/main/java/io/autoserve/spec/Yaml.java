package io.autoserve.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator.Feature;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.UncheckedIOException;
import java.util.Set;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/** Writes documents as YAML for people to read. */
public final class Yaml {
    private static final ObjectMapper MAPPER =
            new ObjectMapper(
                    YAMLFactory.builder()
                            .disable(Feature.WRITE_DOC_START_MARKER, Feature.SPLIT_LINES)
                            .enable(
                                    Feature.MINIMIZE_QUOTES,
                                    Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS,
                                    Feature.INDENT_ARRAYS_WITH_INDICATOR)
                            .stringQuotingChecker(new NumberQuotes())
                            .build());

    /** Puts text in quotes that YAML would read as a number, such as 12:30, 1e3 or 0x1F. */
    private static final class NumberQuotes extends StringQuotingChecker.Default {
        private static final long serialVersionUID = 1L;
        private static final Set<Tag> NUMBERS = Set.of(Tag.INT, Tag.FLOAT);
        private static final Resolver RESOLVER = new Resolver();

        @Override
        public boolean needToQuoteValue(String value) {
            return super.needToQuoteValue(value)
                    || NUMBERS.contains(RESOLVER.resolve(NodeId.scalar, value, true));
        }
    }

    private Yaml() {}

    /** Returns the YAML, which ends with a line break. */
    public static String write(JsonNode document) {
        try {
            return MAPPER.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
