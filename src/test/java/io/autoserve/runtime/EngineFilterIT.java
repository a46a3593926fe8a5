package io.autoserve.runtime;

import static io.autoserve.testing.DockerCommand.docker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.autoserve.testing.ApiClient;
import io.autoserve.testing.Eventually;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sends the filter what an attacker inside a controller could send. No refused call reaches Docker.
 */
class EngineFilterIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INSTALLATION = "t-sieve";
    private static final String SUBNET = "172.31.9.0/24";
    private static final String CREATE = "/containers/create?name=shop-0";

    /** A container of the machine that is none of the installation. */
    private static final String STRANGER = "t-sieve-stranger";

    /** A container with the name of the platform's nginx. */
    private static final String NGINX = INSTALLATION + "-nginx";

    /** A container with the name of the platform's second nginx. */
    private static final String SECOND_NGINX = INSTALLATION + "-nginx-2";

    /** A container with the name of the controllers' load balancer. */
    private static final String BALANCER = INSTALLATION + "-controller-lb";

    /** A container with the name of the one that asks the published addresses. */
    private static final String FRONT_DOOR = INSTALLATION + "-front-door";

    private static final List<String> OTHERS =
            List.of(STRANGER, NGINX, SECOND_NGINX, BALANCER, FRONT_DOOR);

    /** A container with all labels of an instance, by another installation. */
    private static final String NEIGHBOUR = "t-sieve-neighbour";

    private static final String INSTANCE = "t-sieve-instance";

    /** The name of an image of the platform, which has another name too. */
    private static final String OF_PLATFORM = "localhost/autoserve/t-sieve";

    private static final int SESSIONS = 50;

    /** With AttachStdout, because Docker would otherwise end the session when its input ends. */
    private static final String SLEEP =
            "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"sleep\",\"600\"]}";

    private static @Nullable EngineFilter filter;

    @BeforeAll
    static void start() {
        filter = EngineFilter.start(INSTALLATION, INSTALLATION, SUBNET);
        docker("tag", EngineFilter.IMAGE, OF_PLATFORM);
        OTHERS.forEach(name -> run(name, "autoserve.installation=" + INSTALLATION));
        run(NEIGHBOUR, "autoserve.installation=t-other", "autoserve.instance=7");
        run(INSTANCE, "autoserve.installation=" + INSTALLATION, "autoserve.instance=7");
    }

    private static void run(String name, String... labels) {
        var command = new ArrayList<>(List.of("run", "--detach", "--name", name));
        command.addAll(List.of("--network", "none"));
        for (var label : labels) {
            command.addAll(List.of("--label", label));
        }
        command.addAll(List.of(ContainerRuntimeContract.IMAGE, "sleep", "infinity"));
        docker(command.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        OTHERS.forEach(name -> docker("rm", "--force", name));
        docker("rm", "--force", NEIGHBOUR, INSTANCE);
        docker("rmi", OF_PLATFORM);
        if (filter != null) {
            filter.close();
        }
    }

    private static EngineFilter filter() {
        return requireNonNull(filter);
    }

    private static void assertRefused(String answer, String reason) {
        assertThat(answer)
                .startsWith("HTTP/1.1 403 ")
                .contains("{\"message\":\"AutoServe's filter in front of Docker refuses ")
                .contains(reason);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    GET    | /version                                            | never makes
                    POST   | /build                                              | never makes
                    POST   | /swarm/init                                         | never makes
                    POST   | /volumes/create                                     | never makes
                    GET    | /volumes                                            | never makes
                    POST   | /containers/prune                                   | never makes
                    GET    | /containers/t-sieve-nginx/archive?path=/            | never makes
                    POST   | /containers/t-sieve-nginx/attach?stream=1           | never makes
                    PUT    | /containers/t-sieve-nginx/archive?path=/            | never makes
                    GET    | /containers/t-sieve-nginx/attach/ws?stream=1        | never makes
                    GET    | /containers/t-sieve-nginx/export                    | never makes
                    GET    | /containers/t-sieve-nginx/changes                   | never makes
                    POST   | /containers/t-sieve-instance/attach?stream=1        | never makes
                    POST   | /commit?container=t-sieve-nginx                     | never makes
                    POST   | /grpc                                               | never makes
                    POST   | /images/load                                        | never makes
                    GET    | /images/get?names=localhost/autoserve/nginx         | never makes
                    POST   | /images/x/tag?repo=localhost/autoserve/nginx        | never makes
                    POST   | /images/x/push                                      | never makes
                    POST   | /plugins/pull?remote=x                              | never makes
                    POST   | /networks/t-sieve/disconnect                        | never makes
                    DELETE | /networks/t-sieve                                   | never makes
                    DELETE | /volumes/t-sieve-proxy                              | never makes
                    POST   | /containers/t-sieve-nginx/update                    | never makes
                    POST   | /containers/t-sieve-nginx/rename?name=x             | never makes
                    POST   | /networks/t-sieve/connect                           | never makes
                    GET    | /secrets                                            | never makes
                    POST   | /session                                            | never makes
                    GET    | /v1.41/containers/t-sieve-nginx/json                | never makes
                    GET    | /containers/x/../t-sieve-nginx/archive              | is unusual
                    GET    | /containers//json                                   | is unusual
                    GET    | /containers/x%2Fjson                                | is unusual
                    GET    | /images/x%252fjson                                  | is unusual
                    GET    | /images/..%2Fcontainers%2Fx/json                    | is unusual
                    DELETE | /containers/t-sieve-stranger?force=true             | no instance of this installation
                    POST   | /containers/t-sieve-stranger/stop?t=0               | no instance of this installation
                    GET    | /containers/t-sieve-stranger/json                   | no instance of this installation
                    GET    | /containers/t-sieve-stranger/logs?stdout=1          | no instance of this installation
                    POST   | /containers/t-sieve-stranger/kill?signal=HUP        | no instance of this installation
                    DELETE | /containers/t-sieve-neighbour?force=true            | no instance of this installation
                    POST   | /containers/t-sieve-neighbour/start                 | no instance of this installation
                    GET    | /containers/t-sieve-neighbour/json                  | no instance of this installation
                    GET    | /containers/t-sieve-neighbour/stats?stream=0        | no instance of this installation
                    DELETE | /containers/t-sieve-nginx?force=true                | a part of the platform
                    POST   | /containers/t-sieve-nginx/stop                      | a part of the platform
                    POST   | /containers/t-sieve-nginx/start                     | a part of the platform
                    GET    | /containers/t-sieve-nginx/logs?stdout=1             | a part of the platform
                    POST   | /containers/t-sieve-nginx/restart?signal=KILL       | never sends
                    POST   | /containers/t-sieve-stranger/restart                | no instance of this installation
                    POST   | /containers/t-sieve-neighbour/restart               | no instance of this installation
                    POST   | /containers/t-sieve-front-door/restart              | a part of the platform
                    POST   | /containers/t-sieve-front-door/stop                 | a part of the platform
                    POST   | /containers/t-sieve-controller-lb/stop              | a part of the platform
                    POST   | /containers/t-sieve-controller-lb/kill?signal=HUP   | a part of the platform
                    DELETE | /containers/t-sieve-controller-lb?force=true        | a part of the platform
                    POST   | /containers/t-sieve-nginx/kill?signal=KILL          | must be HUP
                    POST   | /containers/t-sieve-nginx/kill                      | signal is missing
                    POST   | /containers/t-sieve-nginx/kill?signal=HUP&signal=9  | must be there once
                    POST   | /containers/t-sieve-nginx/kill?signal=HUP&x=y       | never sends
                    DELETE | /containers/t-sieve-nginx?link=true                 | never sends
                    GET    | /containers/json?all=1                              | filters is missing
                    GET    | /containers/json?filters={}                         | must ask for label
                    GET    | /containers/json?filters={"label":["autoserve.app"]} | must ask for label
                    GET    | /containers/json?filters={"name":[".*"]}            | must ask for label
                    GET    | /events                                             | filters is missing
                    POST   | /images/create?fromSrc=http://x/                    | never sends
                    POST   | /images/create?fromImage=localhost/autoserve/nginx  | never pulled
                    POST   | /images/create?fromImage=docker.io/localhost/autoserve/nginx | never pulled
                    POST   | /images/create?fromImage=index.docker.io%2Flocalhost%2Fshop:1 | never pulled
                    DELETE | /images/localhost/autoserve/nginx                   | belongs to the platform
                    DELETE | /images/docker.io%2Flocalhost%2Fautoserve/nginx:1   | belongs to the platform
                    DELETE | /images/x?force=true                                | never sends
                    """)
    void refuses_calls_that_autoserve_never_makes(String method, String path, String reason) {
        assertRefused(
                filter().call(
                                method,
                                path.replace("{", "%7B").replace("}", "%7D").replace("\"", "%22"),
                                ""),
                reason);
        assertThat(docker("ps", "--format", "{{.Names}}").lines()).containsAll(OTHERS);
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    /Image                        | "localhost/autoserve/controller"         | belongs to the platform
                    /Image                        | "docker.io/localhost/autoserve/nginx:1"  | belongs to the platform
                    /HostConfig/Privileged        | true                                     | AUTOSERVE_ALLOW_PRIVILEGED
                    /HostConfig/privileged        | true                                     | never sets
                    /HostConfig/CapAdd            | ["SYS_ADMIN"]                            | AUTOSERVE_ALLOW_PRIVILEGED
                    /HostConfig/CapAdd            | ["NET_RAW"]                              | AUTOSERVE_ALLOW_PRIVILEGED
                    /HostConfig/CapAdd            | ["ALL"]                                  | AUTOSERVE_ALLOW_PRIVILEGED
                    /HostConfig/CapDrop           | []                                       | must be [ALL]
                    /HostConfig/SecurityOpt       | ["no-new-privileges","seccomp=unconfined"] | must be [no-new-privileges]
                    /HostConfig/SecurityOpt       | ["no-new-privileges","seccomp={}"]       | AutoServe's own seccomp profile
                    /HostConfig/SecurityOpt       | ["seccomp=unconfined"]                   | must be [no-new-privileges]
                    /HostConfig/SecurityOpt       | ["no-new-privileges","apparmor=unconfined"] | must be [no-new-privileges]
                    /HostConfig/SecurityOpt       | []                                       | must be [no-new-privileges]
                    /HostConfig/SecurityOpt       | null                                     | is missing
                    /HostConfig/Binds             | ["/:/host"]                              | never sets
                    /HostConfig/VolumesFrom       | ["t-sieve-nginx"]                        | never sets
                    /HostConfig/Mounts            | [{"Type":"bind","Source":"/","Target":"/host"}] | AUTOSERVE_ALLOW_HOST_PATHS
                    /HostConfig/Mounts            | [{"Type":"volume","Source":"t-sieve-proxy","Target":"/x"}] | must begin with 't-sieve.shop.'
                    /HostConfig/Mounts            | [{"Type":"volume","Source":"t-sieve.other.data","Target":"/x"}] | must begin with 't-sieve.shop.'
                    /HostConfig/Mounts            | [{"Type":"volume","Source":"t-sieve.shop.data","Target":"/x","VolumeOptions":{"DriverConfig":{"Name":"local","Options":{"o":"bind","device":"/"}}}}] | never sets
                    /HostConfig/Mounts            | [{"Type":"tmpfs","Source":"x","Target":"/x"}] | must be one of [volume]
                    /HostConfig/Devices           | [{"PathOnHost":"/dev/sda"}]              | never sets
                    /HostConfig/DeviceCgroupRules | ["b *:* rwm"]                            | never sets
                    /HostConfig/PidMode           | "host"                                   | never sets
                    /HostConfig/IpcMode           | "host"                                   | never sets
                    /HostConfig/UTSMode           | "host"                                   | never sets
                    /HostConfig/UsernsMode        | "host"                                   | never sets
                    /HostConfig/CgroupnsMode      | "host"                                   | never sets
                    /HostConfig/CgroupParent      | "/"                                      | never sets
                    /HostConfig/Runtime           | "other"                                  | never sets
                    /HostConfig/Sysctls           | {"net.ipv4.ip_forward":"1"}              | never sets
                    /HostConfig/ExtraHosts        | ["t-sieve-nginx:172.31.9.200"]           | never sets
                    /HostConfig/Dns               | ["172.31.9.200"]                         | never sets
                    /HostConfig/Links             | ["t-sieve-nginx:x"]                      | never sets
                    /HostConfig/GroupAdd          | ["docker"]                               | never sets
                    /HostConfig/DeviceRequests    | [{"Count":-1}]                           | never sets
                    /HostConfig/MaskedPaths       | ["/none"]                                | never sets
                    /HostConfig/ReadonlyPaths     | ["/none"]                                | never sets
                    /HostConfig/PortBindings      | {"80/tcp":[{"HostPort":"80"}]}           | never sets
                    /HostConfig/NetworkMode       | "host"                                   | must be one of [t-sieve]
                    /HostConfig/NetworkMode       | "container:t-sieve-nginx"                | must be one of [t-sieve]
                    /HostConfig/RestartPolicy     | {"Name":"always"}                        | must be one of
                    /HostConfig/Tmpfs             | {"/tmp":"exec,dev"}                      | must be one of
                    /HostConfig/OomScoreAdj       | -1000                                    | must be an integer from 1
                    /HostConfig/CpuShares         | 262144                                   | must be an integer from 2
                    /HostConfig/PidsLimit         | -1                                       | must be an integer from 1
                    /HostConfig/Memory            | 1e300                                    | must be an integer
                    /HostConfig/LogConfig         | {"Type":"syslog","Config":{"max-size":"1m","max-file":"1"}} | must be one of [json-file]
                    /Hostname                     | "t-sieve-nginx"                          | never sets
                    /MacAddress                   | "02:42:ac:1f:09:0a"                      | never sets
                    /NetworkingConfig/EndpointsConfig/t-sieve/Aliases | ["t-sieve-nginx"]                        | never sets
                    /NetworkingConfig/EndpointsConfig/t-sieve/MacAddress | "02:42:ac:1f:09:0a"                      | never sets
                    /NetworkingConfig/EndpointsConfig | {"t-sieve-control":{}}               | t-sieve is missing
                    /NetworkingConfig/EndpointsConfig/t-sieve/IPAMConfig/IPv4Address | "172.31.9.10" | upper half
                    /Labels/autoserve.installation | "other"                                 | must be t-sieve
                    /Labels/autoserve.instance    | ""                                       | must be the number
                    /Labels/autoserve.app         | "other"                                  | must be the app and the index
                    /Labels/com.docker.compose.project | "t-sieve"                           | must be empty
                    /Labels/com.docker.compose.project | null                                | must be empty
                    /Labels/traefik.enable        | "true"                                   | is not a label
                    /ExposedPorts                 | {"80/tcp":{}}                            | never sets
                    /Volumes                      | {"/data":{}}                             | never sets
                    /Env                          | {"A":"b"}                                | must be an array
                    """)
    void refuses_to_create_what_no_spec_may_ask_for(String field, String value, String reason)
            throws JsonProcessingException {
        var body = launch();
        var slash = field.lastIndexOf('/');
        ((ObjectNode) body.at(field.substring(0, slash)))
                .set(field.substring(slash + 1), JSON.readTree(value));

        assertRefused(create(body.toString()), reason);
    }

    private static String create(String body) {
        return filter().call("POST", CREATE, body);
    }

    /** Returns the smallest request that the filter lets through. */
    private static ObjectNode launch() throws JsonProcessingException {
        return (ObjectNode)
                JSON.readTree(
                        """
                        {"Image": "localhost/t-sieve/none", "Cmd": ["true"],
                         "Labels": {"autoserve.installation": "t-sieve", "autoserve.app": "shop",
                           "autoserve.index": "0", "autoserve.instance": "7", "autoserve.config": "",
                           "com.docker.compose.oneoff": "", "com.docker.compose.project": "",
                           "com.docker.compose.service": "", "com.docker.stack.namespace": "",
                           "com.docker.swarm.service.id": ""},
                         "HostConfig": {"NetworkMode": "t-sieve", "SecurityOpt": ["no-new-privileges"],
                           "CapDrop": ["ALL"], "CapAdd": ["CHOWN"], "PidsLimit": 100,
                           "LogConfig": {"Type": "json-file",
                             "Config": {"max-size": "10m", "max-file": "3"}},
                           "OomScoreAdj": 500, "CpuShares": 512},
                         "NetworkingConfig": {"EndpointsConfig": {"t-sieve":
                           {"IPAMConfig": {"IPv4Address": "172.31.9.200"}}}}}
                        """);
    }

    @Test
    void lets_an_ordinary_instance_through() throws JsonProcessingException {
        assertThat(create(launch().toString()))
                .startsWith("HTTP/1.1 404 ")
                .contains("No such image");
    }

    @Test
    void lets_the_labels_through_that_autoserve_reads_of_an_instance()
            throws JsonProcessingException {
        var body = launch();
        ((ObjectNode) body.get("Labels")).put("autoserve.healthcheck", "{\"command\":[\"true\"]}");

        assertThat(create(body.toString())).startsWith("HTTP/1.1 404 ").contains("No such image");
    }

    @Test
    void lets_autoserves_seccomp_profile_through_and_nothing_after_it()
            throws JsonProcessingException {
        var body = launch();
        var options = ((ObjectNode) body.get("HostConfig")).withArray("SecurityOpt");
        options.add(SeccompProfile.OPTION);

        assertThat(create(body.toString())).startsWith("HTTP/1.1 404 ").contains("No such image");

        options.add("seccomp=unconfined");
        assertRefused(create(body.toString()), "must be [no-new-privileges]");
    }

    /** The filter is replaced before the controllers are, so an earlier version asks for none. */
    @Test
    void adds_the_seccomp_profile_to_a_request_without_one() throws JsonProcessingException {
        var name = "t-sieve-shop-0";
        var body = launch().put("Image", ContainerRuntimeContract.IMAGE);
        ((ObjectNode) body.get("Labels")).put("autoserve.app", "t-sieve-shop");
        try {
            assertThat(filter().call("POST", "/containers/create?name=" + name, body.toString()))
                    .startsWith("HTTP/1.1 201 ");

            var seen = docker("inspect", "--format", "{{json .HostConfig.SecurityOpt}}", name);
            assertThat(JSON.readValue(seen, String[].class))
                    .containsExactly("no-new-privileges", SeccompProfile.OPTION);
        } finally {
            docker("rm", "--force", name);
        }
    }

    @Test
    void lets_a_task_through() throws JsonProcessingException {
        assertThat(createTask("shop.task-0f3kq9vs.1", task()))
                .startsWith("HTTP/1.1 404 ")
                .contains("No such image");
    }

    @Test
    void refuses_a_task_that_could_be_taken_for_an_instance_or_a_part_of_the_platform()
            throws JsonProcessingException {
        assertRefused(createTask("shop-0", task()), "must be the app, the task and the attempt");
        assertRefused(
                createTask("t-sieve-nginx", task()), "must be the app, the task and the attempt");
        var instance = task();
        ((ObjectNode) instance.get("Labels")).put("autoserve.instance", "7");
        assertRefused(createTask("shop.task-0f3kq9vs.1", instance), "must be left out for a task");
        var elsewhere = task();
        elsewhere.remove("NetworkingConfig");
        assertRefused(createTask("shop.task-0f3kq9vs.1", elsewhere), "NetworkingConfig is missing");
    }

    private static String createTask(String name, ObjectNode body) {
        return filter().call("POST", "/containers/create?name=" + name, body.toString());
    }

    private static ObjectNode task() throws JsonProcessingException {
        var body = launch();
        ((ObjectNode) body.get("Labels")).put("autoserve.task", "7").remove("autoserve.instance");
        return body;
    }

    /** A revision whose image was never in a registry names the image by its id. */
    @Test
    void lets_the_id_of_an_image_through() throws JsonProcessingException {
        var body = launch().put("Image", "sha256:" + "1".repeat(64));

        assertThat(create(body.toString())).startsWith("HTTP/1.1 404 ").contains("No such image");
    }

    @Test
    void refuses_an_image_of_the_platform_under_each_of_its_ids_and_names()
            throws JsonProcessingException {
        var id = docker("image", "inspect", "--format", "{{.Id}}", OF_PLATFORM).strip();
        var hex = id.substring(id.indexOf(':') + 1);

        for (var name : List.of(id, hex, hex.substring(0, 12), EngineFilter.IMAGE)) {
            assertRefused(
                    create(launch().put("Image", name).toString()),
                    "which belongs to the platform");
            assertRefused(
                    filter().call("DELETE", "/images/" + name, ""),
                    "which belongs to the platform");
        }
    }

    @Test
    void the_name_of_an_image_cannot_change_the_question_to_docker()
            throws JsonProcessingException {
        assertRefused(
                create(launch().put("Image", "x\r\nHost: y").toString()),
                "must be a name or an id");
    }

    @Test
    void switches_permit_what_they_name() throws JsonProcessingException {
        var body = launch();
        var host = (ObjectNode) body.get("HostConfig");
        host.put("Privileged", true);
        host.set("CapAdd", JSON.readTree("[\"SYS_ADMIN\"]"));
        host.set(
                "Mounts",
                JSON.readTree("[{\"Type\":\"bind\",\"Source\":\"/etc\",\"Target\":\"/x\"}]"));
        try (var open =
                EngineFilter.start(
                        INSTALLATION,
                        INSTALLATION,
                        SUBNET,
                        "AUTOSERVE_ALLOW_PRIVILEGED=true",
                        "AUTOSERVE_ALLOW_HOST_PATHS=true")) {
            assertThat(open.call("POST", CREATE, body.toString()))
                    .startsWith("HTTP/1.1 404 ")
                    .contains("No such image");
        }
    }

    @Test
    void the_last_of_two_equal_keys_counts_for_the_filter_and_for_docker()
            throws JsonProcessingException {
        var twice =
                launch().toString()
                        .replace(
                                "\"CpuShares\":512",
                                "\"CpuShares\":512,\"Privileged\":false,\"Privileged\":true");

        assertRefused(create(twice), "AUTOSERVE_ALLOW_PRIVILEGED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    shop-1               | must be the app and the index
                    t-sieve-nginx        | must be the app and the index
                    """)
    void refuses_names_that_are_not_the_instances(String name, String reason)
            throws JsonProcessingException {
        var answer = filter().call("POST", "/containers/create?name=" + name, launch().toString());

        assertRefused(answer, reason);
    }

    @Test
    void runs_no_command_in_the_platform_and_none_with_privileges() {
        var command = "{\"Cmd\":[\"true\"]}";

        assertRefused(
                filter().call("POST", "/containers/" + NGINX + "/exec", command),
                "a part of the platform");
        assertRefused(
                filter().call(
                                "POST",
                                "/containers/x/exec",
                                "{\"Cmd\":[\"true\"],\"Privileged\":true}"),
                "body.Privileged is a field that AutoServe never sets");
    }

    @ParameterizedTest
    @CsvSource({
        STRANGER + ",no instance of this installation",
        NEIGHBOUR + ",no instance of this installation",
        NGINX + ",a part of the platform"
    })
    void starts_and_resizes_no_command_that_somebody_else_created(String container, String reason)
            throws JsonProcessingException {
        var exec = execId(EngineFilter.callDocker("POST", execOf(container), SLEEP));

        assertRefused(
                filter().call("POST", "/exec/" + exec + "/start", "{\"Detach\":false}"), reason);
        assertRefused(filter().call("POST", "/exec/" + exec + "/resize?h=1&w=1", ""), reason);
    }

    @Test
    void a_session_ends_when_its_client_is_gone_although_the_command_is_silent()
            throws IOException {
        var sessions = new ArrayList<SocketChannel>();
        var before = filter().sockets();
        for (var i = 0; i < SESSIONS; i++) {
            var exec = execId(filter().call("POST", execOf(INSTANCE), SLEEP));
            sessions.add(filter().session(exec));
        }
        assertThat(filter().sockets()).isGreaterThanOrEqualTo(before + 2 * SESSIONS);

        for (var session : sessions) {
            session.close();
        }

        // Some connections to Docker stay open for further calls.
        Eventually.within(
                ApiClient.PATIENCE,
                "the filter closes its connections",
                () -> filter().sockets() < before + SESSIONS,
                () -> filter().sockets());
    }

    private static String execOf(String container) {
        return "/containers/" + container + "/exec";
    }

    private static String execId(String answer) throws JsonProcessingException {
        assertThat(answer).startsWith("HTTP/1.1 201 ");
        var body = answer.substring(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
        return JSON.readTree(body).path("Id").asText();
    }

    @Test
    void passes_on_what_docker_says_of_a_container_that_does_not_exist() {
        assertThat(filter().call("GET", "/containers/t-sieve-gone/json", ""))
                .startsWith("HTTP/1.1 404 ")
                .contains("No such container: t-sieve-gone");
    }

    @ParameterizedTest
    @ValueSource(strings = {NGINX, SECOND_NGINX})
    void nginx_can_be_inspected_and_told_to_reload(String name) {
        assertThat(filter().call("GET", "/containers/" + name + "/json", ""))
                .startsWith("HTTP/1.1 200 ");
        assertThat(filter().call("POST", "/containers/" + name + "/kill?signal=HUP", ""))
                .startsWith("HTTP/1.1 204 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {NGINX, SECOND_NGINX, BALANCER})
    void parts_whose_ports_users_reach_can_be_inspected_and_restarted(String name) {
        assertThat(filter().call("GET", "/containers/" + name + "/json", ""))
                .startsWith("HTTP/1.1 200 ");
        assertThat(filter().call("POST", "/containers/" + name + "/restart?t=0", ""))
                .startsWith("HTTP/1.1 204 ");
    }

    @Test
    void the_container_that_asks_the_published_addresses_can_be_inspected_and_started() {
        assertThat(filter().call("GET", "/containers/" + FRONT_DOOR + "/json", ""))
                .startsWith("HTTP/1.1 200 ");
        assertThat(filter().call("POST", "/containers/" + FRONT_DOOR + "/start", ""))
                .startsWith("HTTP/1.1 304 ");
    }

    @Test
    void takes_bytes_after_a_refused_request_for_a_request_of_their_own() {
        var hidden = "DELETE /containers/" + NGINX + "?force=true HTTP/1.1\r\nHost: x\r\n\r\n";

        var answer =
                filter().send(
                                "GET /info HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                                        + hidden
                                        + "GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        assertThat(answer).contains("HTTP/1.1 200 ", "a part of the platform", "never makes");
        assertThat(docker("ps", "--format", "{{.Names}}").lines()).contains(NGINX);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Content-Length: 0\\r\\nTransfer-Encoding: chunked | HTTP/1.1 400
                    Content-Length: 0\\r\\nContent-Length: 5          | HTTP/1.1 400
                    Connection: Upgrade\\r\\nUpgrade: tcp             | header Upgrade is there
                    Content-Length: 9999999                           | HTTP/1.1 413
                    """)
    void refuses_requests_whose_end_is_in_doubt(String headers, String answer) {
        var text =
                "GET /info HTTP/1.1\r\nHost: x\r\n%s\r\nConnection: close\r\n\r\n"
                        .formatted(headers.replace("\\r\\n", "\r\n"));

        assertThat(filter().send(text)).contains(answer);
    }
}
