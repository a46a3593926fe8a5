package io.autoserve.docs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.spec.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** Checks what docker-compose.yml gives to the parts of the platform. */
class ComposeTest {
    private static final String SOCKET = "/var/run/docker.sock";

    private static Map<String, JsonNode> services() throws IOException {
        var file = Files.readString(Path.of("docker-compose.yml"));
        Object written = new Yaml().load(file);
        var services = new TreeMap<String, JsonNode>();
        Json.MAPPER
                .<JsonNode>valueToTree(written)
                .path("services")
                .properties()
                .forEach(service -> services.put(service.getKey(), service.getValue()));
        return services;
    }

    private static List<String> volumes(JsonNode service) {
        var volumes = new ArrayList<String>();
        service.path("volumes").forEach(volume -> volumes.add(volume.asText()));
        return volumes;
    }

    @Test
    void only_controllers_have_dockers_socket() throws IOException {
        var holders = new ArrayList<String>();
        services()
                .forEach((name, service) -> {
                    if (volumes(service).stream().anyMatch(it -> it.contains(SOCKET))) {
                        holders.add(name);
                    }
                });

        assertThat(holders).containsExactly("controller-1", "controller-2", "controller-3");
    }

    @Test
    void no_part_of_the_platform_gains_privileges() throws IOException {
        assertThat(services())
                .hasSizeGreaterThan(6)
                .allSatisfy((name, service) -> {
                    assertThat(service.path("security_opt").toString())
                            .as(name)
                            .isEqualTo("[\"no-new-privileges:true\"]");
                    assertThat(service.path("cap_drop").toString()).as(name).isEqualTo("[\"ALL\"]");
                    assertThat(service.path("privileged").asBoolean()).as(name).isFalse();
                });
        assertThat(services())
                .allSatisfy((name, service) ->
                        assertThat(service.has("cap_add"))
                                .as(name)
                                .isEqualTo(name.equals("nginx")));
    }

    @Test
    void nginx_reads_its_folder_and_does_not_write_it() throws IOException {
        assertThat(volumes(requireNonNull(services().get("nginx"))))
                .containsExactly("proxy:/var/lib/autoserve/proxy:ro,nocopy");
    }
}
