package io.autoserve.docs;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.spec.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** Checks what docker-compose.yml gives to the parts of the platform. */
class ComposeTest {
    private static final String SOCKET = "/var/run/docker.sock";
    private static final String NGINX_CAPABILITIES =
            "[\"CHOWN\",\"DAC_OVERRIDE\",\"KILL\",\"NET_BIND_SERVICE\",\"SETGID\",\"SETUID\"]";
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+)");

    private static JsonNode compose() throws IOException {
        Object written = new Yaml().load(Files.readString(Path.of("docker-compose.yml")));
        return Json.MAPPER.valueToTree(written);
    }

    private static Map<String, JsonNode> services() throws IOException {
        var services = new TreeMap<String, JsonNode>();
        compose()
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

    private static JsonNode service(String name) throws IOException {
        return requireNonNull(services().get(name));
    }

    private static List<String> holders(String volume) throws IOException {
        return services().entrySet().stream()
                .filter(service ->
                        volumes(service.getValue()).stream().anyMatch(it -> it.contains(volume)))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Set<String> networks(String service) throws IOException {
        var networks = new TreeSet<String>();
        service(service).path("networks").fieldNames().forEachRemaining(networks::add);
        return networks;
    }

    @Test
    void only_the_engine_filter_has_dockers_socket() throws IOException {
        assertThat(holders(SOCKET)).containsExactly("engine");
        assertThat(service("engine").path("network_mode").asText()).isEqualTo("none");
    }

    @Test
    void only_controllers_talk_to_the_engine_filter() throws IOException {
        assertThat(holders("engine:"))
                .containsExactly("controller-1", "controller-2", "controller-3", "engine");
    }

    @Test
    void no_part_of_the_platform_gains_privileges() throws IOException {
        var capabilities = new TreeMap<String, String>();
        assertThat(services())
                .hasSizeGreaterThan(9)
                .allSatisfy((name, service) -> {
                    assertThat(service.path("security_opt").toString())
                            .as(name)
                            .isEqualTo("[\"no-new-privileges:true\"]");
                    assertThat(service.path("cap_drop").toString()).as(name).isEqualTo("[\"ALL\"]");
                    assertThat(service.path("privileged").asBoolean()).as(name).isFalse();
                    if (service.has("cap_add")) {
                        capabilities.put(name, service.path("cap_add").toString());
                    }
                });
        assertThat(capabilities)
                .isEqualTo(
                        Map.of(
                                "authority",
                                "[\"CHOWN\",\"DAC_OVERRIDE\",\"FOWNER\"]",
                                "firewall",
                                "[\"NET_ADMIN\",\"NET_RAW\"]",
                                "nginx",
                                NGINX_CAPABILITIES,
                                "nginx-2",
                                NGINX_CAPABILITIES));
    }

    @Test
    void every_part_has_a_read_only_root_and_a_limit_of_processes() throws IOException {
        assertThat(services())
                .allSatisfy((name, service) -> {
                    assertThat(service.path("read_only").asBoolean()).as(name).isTrue();
                    assertThat(service.path("pids_limit").asInt()).as(name).isPositive();
                });
    }

    /** With "unless-stopped", Docker would leave out a part that ever got a signal such as HUP. */
    @Test
    void every_part_starts_with_docker_also_after_a_signal() throws IOException {
        assertThat(services())
                .allSatisfy((name, part) ->
                        assertThat(part.path("restart").asText()).as(name).isEqualTo("always"));
    }

    @Test
    void the_front_door_asks_where_ports_are_published_and_may_do_nothing_else()
            throws IOException {
        var frontDoor = service("front-door");
        assertThat(frontDoor.path("network_mode").asText()).isEqualTo("host");
        assertThat(frontDoor.path("user").asText()).isEqualTo("nobody");
        assertThat(volumes(frontDoor)).isEmpty();
        var told = new TreeSet<String>();
        frontDoor.path("environment").fieldNames().forEachRemaining(told::add);
        for (var service : services().values()) {
            for (var port : service.path("ports")) {
                var variables = VARIABLE.matcher(port.asText()).results().map(it -> it.group(1));
                assertThat(told).containsAll(variables.toList());
            }
        }
    }

    /** Docker would end a check that takes longer, and the container would be unhealthy. */
    @Test
    void docker_lets_the_check_of_the_front_door_wait_for_a_change() throws IOException {
        var script = Files.readString(Path.of("src/main/docker/keeper/front-door"));
        var wait = Pattern.compile("(?m)^longest_wait=(\\d+)").matcher(script);
        assertThat(wait.find()).isTrue();
        var seconds = Integer.parseInt(wait.group(1)) / 100;

        var check = service("front-door").path("healthcheck");

        assertThat(check.path("test").toString()).isEqualTo("[\"CMD\",\"front-door\",\"changed\"]");
        assertThat(Integer.parseInt(check.path("timeout").asText().replace("s", "")))
                .as("seconds, with time for a busy machine")
                .isGreaterThanOrEqualTo(seconds + 20);
    }

    @Test
    void nginx_and_the_front_door_agree_about_the_proxy_protocol() throws IOException {
        for (var name : List.of("nginx", "nginx-2", "front-door")) {
            assertThat(service(name).path("environment").path("AUTOSERVE_PROXY_PROTOCOL").asText())
                    .as(name)
                    .isEqualTo("${AUTOSERVE_PROXY_PROTOCOL:-off}");
        }
    }

    /** Without its certificate, either part would listen or ask without TLS. */
    @Test
    void nginx_and_the_load_balancer_do_not_start_without_a_certificate() throws IOException {
        for (var name : List.of("nginx", "nginx-2", "controller-lb")) {
            assertThat(service(name).path("environment").path("AUTOSERVE_IDENTITY").asText())
                    .as(name)
                    .isEqualTo("required");
        }
    }

    @Test
    void nginx_reads_its_folder_and_does_not_write_it() throws IOException {
        for (var name : List.of("nginx", "nginx-2")) {
            assertThat(volumes(service(name)))
                    .as(name)
                    .contains("proxy:/var/lib/autoserve/proxy:ro,nocopy")
                    .noneMatch(volume -> volume.startsWith("proxy:") && !volume.contains(":ro"));
        }
    }

    @Test
    void the_second_nginx_has_a_folder_a_spool_and_addresses_of_its_own_and_runs_on_request()
            throws IOException {
        var second = service("nginx-2");
        assertThat(second.path("profiles").toString()).isEqualTo("[\"nginx-2\"]");
        assertThat(second.path("environment").path("AUTOSERVE_PROXY_FOLDER").asText())
                .isEqualTo("/var/lib/autoserve/proxy/nginx-2");
        assertThat(volumes(second))
                .doesNotContainAnyElementsOf(
                        volumes(service("nginx")).stream()
                                .filter(volume -> volume.contains("spool"))
                                .toList());
        assertThat(second.path("ports")).isNotEqualTo(service("nginx").path("ports"));
        assertThat(
                        service("controller-1")
                                .path("environment")
                                .path("AUTOSERVE_PROXY_ADMIN")
                                .asText())
                .contains(
                        second.path("environment").path("AUTOSERVE_ADMIN_ADDRESS").asText()
                                + ":8081");
    }

    @Test
    void of_the_control_plane_the_network_of_apps_has_only_controllers() throws IOException {
        var members = new TreeSet<String>();
        for (var name : services().keySet()) {
            if (networks(name).contains("autoserve")) {
                members.add(name);
            }
        }
        assertThat(members)
                .containsExactly(
                        "controller-1", "controller-2", "controller-3", "nginx", "nginx-2");
        for (var controller : List.of("controller-1", "controller-2", "controller-3")) {
            assertThat(service(controller).path("environment").path("AUTOSERVE_API_HOST").asText())
                    .startsWith("${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}.");
        }
        assertThat(service("nginx").path("environment").path("AUTOSERVE_ADMIN_ADDRESS").asText())
                .startsWith("${AUTOSERVE_CONTROL_ADDRESSES:-172.21.0}.");
    }

    /** Docker publishes the ports of a container through the first of its networks by name. */
    @Test
    void ports_are_published_through_the_control_network() throws IOException {
        var name = compose().path("networks").path("control").path("name").asText();
        assertThat(name).isEqualTo("0-${AUTOSERVE_INSTALLATION:-autoserve}-control");
        assertThat(compose().path("networks").path("control").path("internal").asBoolean())
                .isFalse();
        for (var service : services().entrySet()) {
            if (service.getValue().has("ports")) {
                assertThat(networks(service.getKey())).contains("control");
            }
        }
    }

    @Test
    void a_part_reads_its_own_secrets_and_no_others() throws IOException {
        var readers =
                Map.of(
                        "nginx", List.of("nginx", "nginx-2"),
                        "controller-lb", List.of("controller-lb"),
                        "controller", List.of("controller-1", "controller-2", "controller-3"),
                        "postgres", List.of("postgres-primary", "postgres-replica"),
                        "etcd", List.of("etcd"));
        for (var part : readers.entrySet()) {
            var volume = part.getKey() + "-secrets";
            assertThat(
                            holders(volume + ":").stream()
                                    .filter(name ->
                                            mounts(name, volume + ":/run/autoserve:ro,nocopy")))
                    .as(volume)
                    .containsExactlyElementsOf(part.getValue());
            assertThat(mounts("authority", volume + ":/run/parts/" + part.getKey())).isTrue();
        }
        assertThat(holders(".autoserve/")).containsExactly("authority");
    }

    private static boolean mounts(String service, String volume) {
        try {
            return volumes(service(service)).contains(volume);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
