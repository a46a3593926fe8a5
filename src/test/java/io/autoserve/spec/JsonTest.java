package io.autoserve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.model.App;
import io.autoserve.model.AppSpec;
import io.autoserve.model.DomainScope;
import io.autoserve.model.Event;
import io.autoserve.model.Event.Change;
import io.autoserve.model.Leader;
import io.autoserve.model.Role;
import io.autoserve.model.Scope;
import io.autoserve.model.Term;
import io.autoserve.model.Token;
import io.autoserve.spec.Reading.Understood;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00.123456Z");
    private static final App APP = app("everything");

    static Stream<Change> changes() {
        return Stream.of(
                Change.PutApp.of(
                        APP, true, List.of(new Event.FieldChange("/spec/image", "shop:1", null))),
                new Change.DropApp(1),
                new Change.DropInstance(1, 2),
                new Change.PutLeader(
                        new Leader("c1", "http://c1:8000", new Term(7, new UUID(1, 2)), NOON)),
                new Change.PutToken(
                        new Token(
                                "a1b2c3d4e5f6",
                                "ci",
                                Role.DEPLOYER,
                                new Scope(List.of("shop-*")),
                                new DomainScope(List.of("*.example.com")),
                                "0".repeat(64),
                                "ann",
                                NOON,
                                null)),
                new Change.DropToken("a1b2c3d4e5f6"),
                new Change.Nothing(),
                new Change.Unknown());
    }

    @ParameterizedTest
    @MethodSource("changes")
    void writes_events_and_reads_them_back(Change change) throws JsonProcessingException {
        var event = new Event(9, NOON, 7, "c1", null, "AppUpdated", "asked for", change);

        var json = Json.MAPPER.writeValueAsString(event);

        assertThat(Json.MAPPER.readValue(json, Event.class)).isEqualTo(event);
        assertThat(Json.MAPPER.readTree(json).at("/change/kind").asText())
                .isEqualTo(change.getClass().getSimpleName());
    }

    @Test
    void writes_a_spec_as_its_document_and_times_as_iso8601() {
        var json = Json.MAPPER.valueToTree(APP);

        assertThat(json.at("/spec")).isEqualTo(SpecWriter.document(APP.spec()));
        assertThat(json.at("/createdAt").asText()).isEqualTo("2026-01-01T12:00:00.123456Z");
    }

    @Test
    void passes_over_fields_of_a_newer_version() throws JsonProcessingException {
        assertThat(
                        Json.MAPPER.readValue(
                                "{\"kind\": \"DropApp\", \"id\": 3, \"why\": \"new\"}",
                                Change.class))
                .isEqualTo(new Change.DropApp(3));
    }

    @Test
    void a_spec_of_before_a_section_was_known_has_that_sections_defaults() {
        var now = app("minimal").spec();
        var then = SpecWriter.document(now);
        ((ObjectNode) then.path("spec")).remove("security");

        var read = Json.read(then.toString(), AppSpec.class);

        assertThat(read.template())
                .as("an upgrade replaces no container")
                .isEqualTo(now.template());
        assertThat(app("security").spec().security()).isNotEqualTo(read.security());
    }

    private static App app(String example) {
        var reading = new SpecReader(Allowance.NOTHING).read(Example.named(example).text());
        var spec = ((Understood) reading).spec();
        return new App(1, spec.name(), 1, 1, spec, null, App.Intent.RUN, 2, 0, null, NOON, NOON);
    }
}
