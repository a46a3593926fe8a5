package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.autoserve.cli.doctor.Commands.Said;
import io.autoserve.cli.doctor.Facts.Engine;
import io.autoserve.cli.doctor.Facts.Unlimited;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerTest {
    private static final String INFO =
            """
            {"ServerVersion":"28.2.2","CgroupVersion":"2","Driver":"overlay2","DockerRootDir":"/srv/docker"}\
            """;
    private static final String CONTAINERS =
            """
            {"Names":"autoserve-nginx","Status":"Up 3 hours (healthy)","Ports":"0.0.0.0:80->80/tcp, :::443->443/tcp","Labels":"autoserve.installation=autoserve,com.docker.compose.project=autoserve"}
            {"Names":"autoserve-etcd","Status":"Up 3 hours (unhealthy)","Ports":"","Labels":"com.docker.compose.project=autoserve"}
            {"Names":"shop-0","Status":"Exited (1) 3 minutes ago","Ports":"8080/tcp","Labels":"autoserve.installation=autoserve,autoserve.instance=17"}
            {"Names":"shop.task-0f3kq9vs.1","Status":"Exited (1) 3 minutes ago","Ports":"","Labels":"autoserve.installation=autoserve,autoserve.task=17"}
            """;

    private static final String INSTANCES =
            """
            {"Names":"shop-0","Status":"Up 1 minute","Ports":"","Labels":"autoserve.installation=autoserve,autoserve.instance=17"}
            {"Names":"shop-1","Status":"Up 1 minute","Ports":"","Labels":"autoserve.installation=autoserve,autoserve.instance=18"}
            {"Names":"blog-0","Status":"Up 1 minute","Ports":"","Labels":"autoserve.installation=autoserve,autoserve.instance=19"}
            """;

    @Test
    void an_engine_that_answers_is_described() {
        var docker = new Docker(_ -> said(true, INFO), "");

        assertThat(docker.engine()).isEqualTo(new Engine.Running("28.2.2", "2", "overlay2"));
        assertThat(docker.root().orElseThrow()).hasToString("/srv/docker");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    false | permission denied while trying to connect to the Docker daemon socket         | NotAllowed
                    false | Cannot connect to the Docker daemon at unix:///var/run/docker.sock            | Silent
                    true  | {"ServerErrors":["Cannot connect to the Docker daemon. Is it running?"]}      | Silent
                    true  | {"ServerErrors":["permission denied while trying to connect to the socket"]}  | NotAllowed
                    """)
    void an_engine_that_does_not_answer_is_told_apart_from_one_that_may_not_be_used(
            boolean succeeded, String text, String engine) {
        assertThat(new Docker(_ -> said(succeeded, text), "").engine().getClass().getSimpleName())
                .isEqualTo(engine);
    }

    @Test
    void without_the_command_there_is_no_engine_to_ask() {
        assertThat(new Docker(_ -> Optional.empty(), "").engine())
                .isEqualTo(new Engine.NotInstalled());
    }

    @Test
    void the_platforms_containers_are_told_apart_from_those_of_apps() {
        var docker =
                new Docker(
                        command -> said(true, command[1].equals("info") ? INFO : CONTAINERS), "");

        assertThat(docker.containers())
                .filteredOn(it -> it.partOf("autoserve"))
                .extracting(Docker.Container::name, Docker.Container::runs)
                .containsExactly(tuple("autoserve-nginx", true), tuple("autoserve-etcd", false));
        assertThat(docker.containers().getFirst().ports()).containsExactlyInAnyOrder(80, 443);
    }

    @Test
    void instances_without_a_cpu_limit_are_named_the_busiest_first() {
        var docker =
                new Docker(
                        command ->
                                said(
                                        true,
                                        switch (command[1]) {
                                            case "info" -> INFO;
                                            case "ps" -> INSTANCES;
                                            case "inspect" ->
                                                    "0 /shop-0\n500000000 /blog-0\n0 /shop-1";
                                            case "stats" -> "3.50% shop-0\n98.12% shop-1";
                                            default -> "";
                                        }),
                        "");

        assertThat(docker.unlimited())
                .containsExactly(
                        new Unlimited("shop-1", "98.12%"), new Unlimited("shop-0", "3.50%"));
    }

    @ParameterizedTest
    @CsvSource({
        "nginx:1, registry-1.docker.io",
        "library/nginx, registry-1.docker.io",
        "docker.io/library/nginx, registry-1.docker.io",
        "registry.example.com/shop:1.4, registry.example.com",
        "localhost:5000/shop, localhost:5000"
    })
    void theRegistryIsReadFromTheNameAsEnginesDo(String image, String host) {
        assertThat(Registry.of(image).host()).isEqualTo(host);
    }

    private static Optional<Said> said(boolean succeeded, String text) {
        return Optional.of(new Said(succeeded, text));
    }
}
