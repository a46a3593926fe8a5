package io.autoserve.imports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.autoserve.spec.Allowance;
import io.autoserve.spec.SpecReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the conversion of Compose files. The files in {@code compose/} have the structure of those
 * that well-known apps publish.
 */
class ComposeFileTest {
    private static final Path FOLDER = Path.of("src/test/resources/compose");
    private static final YAMLMapper YAML = new YAMLMapper();

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ghost       | ghost db
                    gitea       | server db
                    monitoring  | prometheus-1 exporter job
                    n8n         | n8n n8n-worker postgres redis
                    nextcloud   | db redis app web cron
                    pihole      | pihole
                    traefik     | shop blog
                    umami       | umami db
                    uptime-kuma | uptime-kuma
                    vaultwarden | vaultwarden
                    wordpress   | wordpress db
                    """)
    void each_service_becomes_a_spec_that_can_be_applied(String file, String apps) {
        var drafts = imported(file).drafts();

        assertThat(drafts).extracting(ImportedSpec::name).containsExactly(apps.split(" ", -1));
        assertThat(drafts).flatExtracting(ImportedSpec::faults).isEmpty();
    }

    @Test
    void everything_that_is_not_carried_over_is_listed_with_its_line() {
        assertThat(imported("wordpress").remarks())
                .extracting(remark -> remark.line() + " " + remark.field())
                .containsExactly(
                        "6 services.wordpress.ports",
                        "8 services.wordpress.environment.WORDPRESS_DB_HOST",
                        "10 services.wordpress.environment.WORDPRESS_DB_PASSWORD",
                        "12 services.wordpress.volumes",
                        "15 services.db.image",
                        "19 services.db.environment.MYSQL_RANDOM_ROOT_PASSWORD",
                        "20 services.db.volumes");
        assertThat(imported("gitea").remarks())
                .extracting(remark -> remark.line() + " " + remark.field())
                .containsExactly(
                        "2 networks",
                        "8 services.server.container_name",
                        "12 services.server.environment.GITEA__database__HOST",
                        "14 services.server.networks",
                        "17 services.server.volumes",
                        "18 services.server.volumes",
                        "19 services.server.ports",
                        "20 services.server.ports",
                        "21 services.server.ports",
                        "22 services.server.depends_on",
                        "25 services.db.image",
                        "29 services.db.environment.POSTGRES_PASSWORD",
                        "30 services.db.networks",
                        "33 services.db.volumes");
    }

    @Test
    void carries_over_ports_and_lists_the_tcp_port_first() {
        assertThat(spec("pihole", "pihole").at("/spec/ports"))
                .isEqualTo(
                        json(
                                """
                                - containerPort: 53
                                - containerPort: 80
                                - {containerPort: 53, protocol: UDP}
                                - {containerPort: 67, protocol: UDP}
                                """));
        assertThat(spec("uptime-kuma", "uptime-kuma").at("/spec/ports"))
                .isEqualTo(json("[{containerPort: 3001}]"));
        assertThat(spec("monitoring", "exporter").at("/spec/ports"))
                .isEqualTo(json("[{containerPort: 9100}, {containerPort: 9101}]"));
        assertThat(spec("wordpress", "db").at("/spec/ports"))
                .isEqualTo(json("[{containerPort: 3306}]"));
    }

    @Test
    void a_service_without_a_port_gets_no_check_of_a_port() {
        var worker = spec("monitoring", "job");

        assertThat(worker.at("/healthCheck")).isEqualTo(json("{readiness: {protocol: NONE}}"));
        assertThat(worker.at("/spec/args")).isEqualTo(json("[sh, -c, 'echo \"a  b\"']"));
        assertThat(messages("monitoring"))
                .anyMatch(message -> message.startsWith("the service names no port"))
                .anyMatch(
                        message -> message.startsWith("an instance that ends is always replaced"));
    }

    @Test
    void carries_over_limits_and_the_number_of_instances() {
        assertThat(spec("uptime-kuma", "uptime-kuma").at("/spec/resources"))
                .isEqualTo(json("{cpu: 500m, memory: 512Mi}"));
        assertThat(spec("uptime-kuma", "uptime-kuma").at("/scaling"))
                .isEqualTo(json("{minReplicas: 1}"));
        assertThat(spec("monitoring", "prometheus-1").at("/spec/resources"))
                .isEqualTo(json("{cpu: 1500m, memory: 1Gi}"));
        assertThat(spec("monitoring", "prometheus-1").at("/spec/security/pidsLimit").asInt())
                .isEqualTo(200);
        assertThat(spec("monitoring", "exporter").at("/scaling/minReplicas").asInt()).isEqualTo(2);
        assertThat(spec("ghost", "ghost").at("/spec/stopGraceSeconds").asInt()).isEqualTo(90);
    }

    @Test
    void carries_over_the_health_check() {
        assertThat(spec("umami", "umami").at("/healthCheck"))
                .isEqualTo(
                        json(
                                """
                                protocol: COMMAND
                                command: [/bin/sh, -c, "curl http://localhost:3000/api/heartbeat"]
                                periodSeconds: 5
                                timeoutSeconds: 5
                                failureThreshold: 5
                                """));
        assertThat(spec("umami", "db").at("/healthCheck/command/2").asText())
                .isEqualTo("pg_isready -U ${POSTGRES_USER} -d ${POSTGRES_DB}");
        assertThat(spec("ghost", "db").at("/healthCheck/command"))
                .isEqualTo(json("[/bin/sh, -c, mysqladmin ping]"));
        assertThat(spec("monitoring", "exporter").at("/healthCheck"))
                .isEqualTo(json("{readiness: {protocol: TCP}}"));
    }

    @Test
    void two_instances_never_write_to_one_volume_during_a_rollout() {
        assertThat(spec("wordpress", "db").at("/rollout"))
                .isEqualTo(json("{maxSurge: 0, maxUnavailable: 1}"));
        assertThat(spec("wordpress", "db").at("/spec/volumes"))
                .isEqualTo(json("[{name: db, mountPath: /var/lib/mysql}]"));
        assertThat(spec("nextcloud", "web").at("/rollout").isMissingNode()).isTrue();
        assertThat(messages("nextcloud"))
                .contains("each app gets a volume nextcloud of its own: apps cannot share files");
    }

    @Test
    void folders_of_the_machine_are_kept_only_if_asked_for() {
        var kept =
                convert(
                        read("vaultwarden"),
                        new ComposeContext(
                                Map.of(), _ -> Optional.empty(), name -> "/srv/" + name, true));

        assertThat(spec("vaultwarden", "vaultwarden").at("/spec/volumes").isMissingNode()).isTrue();
        assertThat(json(kept.drafts().getFirst().text()).at("/spec/volumes/0/name").asText())
                .isEqualTo("/srv/./vw-data/");
        assertThat(messages("uptime-kuma"))
                .contains("Docker's socket is left out: apps cannot use Docker");
    }

    @Test
    void carries_over_the_limits_of_logs() {
        var services =
                """
                services:
                  files:
                    image: a
                    logging: {driver: local, options: {max-size: 20m, max-file: "12", tag: x}}
                  elsewhere:
                    image: b
                    logging: {driver: syslog, options: {syslog-address: "udp://192.0.2.1"}}
                """;

        var conversion = convert(services, nothing());

        assertThat(conversion.drafts())
                .extracting(draft -> json(draft.text()).at("/spec/logs"))
                .containsExactly(json("{maxSize: 20Mi, maxFiles: 9}"), MissingNode.getInstance());
        assertThat(conversion.drafts()).flatExtracting(ImportedSpec::faults).isEmpty();
        assertThat(conversion.remarks())
                .extracting(Remark::field)
                .contains(
                        "services.files.logging.options.max-file",
                        "services.files.logging.options.tag",
                        "services.elsewhere.logging.driver")
                .doesNotContain("services.files.logging.options.max-size");
    }

    @Test
    void carries_over_what_a_container_may_do() {
        assertThat(spec("vaultwarden", "vaultwarden").at("/spec/security"))
                .isEqualTo(
                        json(
                                "{capabilities: [NET_BIND_SERVICE], readOnlyRoot: true, tmpfs:"
                                        + " [/tmp]}"));
        assertThat(spec("vaultwarden", "vaultwarden").at("/metadata/labels"))
                .isEqualTo(json("{team: security}"));
        assertThat(messages("vaultwarden"))
                .anyMatch(message -> message.startsWith("NET_ADMIN reaches beyond"))
                .anyMatch(message -> message.startsWith("traefik.enable belongs to another tool"));
    }

    @Test
    void carries_over_the_hosts_that_belong_to_a_service_as_a_whole() {
        assertThat(spec("traefik", "shop").at("/spec/routing"))
                .isEqualTo(json("{domains: [shop.example.com, www.example.com, old.example.com]}"));
        assertThat(spec("traefik", "blog").at("/spec/routing"))
                .isEqualTo(json("{domains: [blog.example.com]}"));
        assertThat(spec("wordpress", "wordpress").at("/spec/routing").isMissingNode()).isTrue();
    }

    @Test
    void follows_anchors_and_merges() {
        var worker = spec("n8n", "n8n-worker");

        assertThat(worker.at("/spec/image").asText()).isEqualTo("docker.n8n.io/n8nio/n8n");
        assertThat(worker.at("/spec/args")).isEqualTo(json("[worker]"));
        assertThat(worker.at("/spec/environment"))
                .contains(
                        json("{name: N8N_RUNNERS, value: '2'}"),
                        json("{name: DB_TYPE, value: postgresdb}"));
    }

    @Test
    void replaces_variables_and_reports_those_without_a_value() {
        var file =
                """
                services:
                  web:
                    image: shop/web:${TAG:-1}
                    ports: ["${PORT}:8080"]
                    env_file: web.env
                    environment:
                      MODE: $MODE
                      FROM_SHELL:
                """;
        var context =
                new ComposeContext(
                        Map.of("TAG", "7", "FROM_SHELL", "yes"),
                        name -> Optional.of("# of " + name + "\nA=1\nMODE=file\n"),
                        name -> name,
                        false);

        var conversion = convert(file, context);

        var spec = json(conversion.drafts().getFirst().text());
        assertThat(spec.at("/spec/image").asText()).isEqualTo("shop/web:7");
        assertThat(spec.at("/spec/environment"))
                .isEqualTo(
                        json(
                                """
                                - {name: A, value: "1"}
                                - {name: MODE, value: ""}
                                - {name: FROM_SHELL, value: "yes"}
                                """));
        assertThat(conversion.remarks())
                .contains(
                        new Remark(
                                7,
                                "services.web.environment.MODE",
                                "the variable MODE is not set: its text is empty"));
    }

    @Test
    void an_image_that_compose_builds_is_listed_with_the_command_that_builds_it() {
        var file =
                """
                services:
                  one: {build: ./one, expose: [80]}
                  two:
                    image: shop/two
                    build: {context: two, dockerfile: web.Dockerfile, target: web}
                    expose: [80]
                """;

        assertThat(convert(file, nothing()).remarks())
                .extracting(Remark::message)
                .containsExactlyInAnyOrder(
                        "AutoServe does not build images: run 'docker build -t"
                                + " localhost/one:latest ./one' before you apply the spec",
                        "AutoServe does not build images: run 'docker build -t shop/two -f"
                                + " two/web.Dockerfile two' before you apply the spec",
                        "pass it to 'docker build' with --target");
    }

    @Test
    void options_of_ports_and_volumes_that_a_spec_does_not_have_are_listed() {
        var file =
                """
                services:
                  web:
                    image: web
                    ports:
                      - {target: 80, host_ip: 127.0.0.1, published: 8080,
                         mode: host}
                    volumes:
                      - {type: volume, source: data, target: /data,
                         volume: {subpath: web}}
                      - {type: tmpfs, target: /cache,
                         tmpfs: {size: 64m}}
                """;

        assertThat(convert(file, nothing()).remarks())
                .contains(
                        new Remark(
                                6,
                                "services.web.ports.mode",
                                "a spec has no such field: it is left out"),
                        new Remark(
                                9,
                                "services.web.volumes.volume",
                                "a spec has no such field: it is left out"),
                        new Remark(
                                11,
                                "services.web.volumes.tmpfs",
                                "a spec has no such field: it is left out"));
    }

    @Test
    void a_file_of_variables_that_cannot_be_read_is_reported() {
        assertThat(messages("nextcloud"))
                .contains("the file db.env cannot be read: its variables are left out");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {services: {a: {image: b}            | is not YAML
                    - a                                  | the file must have fields
                    {apiVersion: v1}                     | it must be a Compose file
                    {services: {"": {image: b}}}         | line 1: a service has no name
                    {services: {a: b}}                   | line 1: the service a must have fields
                    {services: {a: {image: b, image: c}}} | line 1: image is given twice
                    {a: &a {b: *a}, services: {c: *a}}   | levels
                    """)
    void text_that_is_no_compose_file_is_refused_with_the_reason(String text, String reason) {
        assertThatThrownBy(() -> convert(text, nothing()))
                .isInstanceOf(UnreadableFile.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aliases_cannot_make_a_small_file_large() {
        var bomb = new StringBuilder("l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var level = 1; level < 10; level++) {
            bomb.append("l%d: &l%d [".formatted(level, level));
            bomb.append("*l%d, ".formatted(level - 1).repeat(10)).append("x]\n");
        }

        assertThatThrownBy(() -> convert(bomb.toString(), nothing()))
                .hasMessageContaining("with its aliases, the file has more than 100000 values");
    }

    private static JsonNode spec(String file, String app) {
        var draft =
                imported(file).drafts().stream()
                        .filter(it -> it.name().equals(app))
                        .findFirst()
                        .orElseThrow();
        return json(draft.text());
    }

    private static List<String> messages(String file) {
        return imported(file).remarks().stream().map(Remark::message).toList();
    }

    private static Conversion imported(String file) {
        return convert(read(file), nothing());
    }

    private static ComposeContext nothing() {
        return new ComposeContext(Map.of(), _ -> Optional.empty(), name -> name, false);
    }

    private static Conversion convert(String text, ComposeContext context) {
        var allowance = new Allowance("autoserve", context.hostPaths(), false);
        return ComposeFile.convert(text, context, new SpecReader(allowance));
    }

    private static String read(String file) {
        try {
            return Files.readString(FOLDER.resolve(file + ".yaml"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
