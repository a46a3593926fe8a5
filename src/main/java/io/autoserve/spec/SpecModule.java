package io.autoserve.spec;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.module.SimpleModule;
import io.autoserve.model.AppSpec;
import io.autoserve.model.Event.Change;
import java.io.IOException;

/**
 * Configures how Jackson writes and reads the model. A spec is written as its document. An event's
 * change gets a field {@code kind}, which names the type of the change.
 */
final class SpecModule extends SimpleModule {
    SpecModule() {
        super("autoserve");
        addSerializer(AppSpec.class, new Write());
        addDeserializer(AppSpec.class, new Read());
        setMixInAnnotation(Change.class, Kinds.class);
        for (var kind : Change.class.getPermittedSubclasses()) {
            registerSubtypes(new NamedType(kind, kind.getSimpleName()));
        }
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    private interface Kinds {}

    private static final class Write extends JsonSerializer<AppSpec> {
        @Override
        public void serialize(AppSpec spec, JsonGenerator generator, SerializerProvider provider)
                throws IOException {
            generator.writeTree(SpecWriter.document(spec));
        }
    }

    private static final class Read extends JsonDeserializer<AppSpec> {
        @Override
        public AppSpec deserialize(JsonParser parser, DeserializationContext context)
                throws IOException {
            return SpecBinding.spec(parser.<JsonNode>readValueAsTree());
        }
    }
}
