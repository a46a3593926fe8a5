package io.autoserve.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.Answers;
import io.autoserve.cli.LoopbackApi;
import io.autoserve.cli.Session;
import io.autoserve.cli.exit.Exit;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests what the commands print about apps, events and the cluster, for people and for programs.
 */
class LookTest {
    private final LoopbackApi api = new LoopbackApi();
    private final Session session = new Session().with("AUTOSERVE_URL", api.url());

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void list_lines_up_its_columns() {
        var other =
                Answers.RUNNING
                        .replace("\"web\"", "\"a-longer-name\"")
                        .replace("\"Running\"", "\"CrashLooping\"");
        api.answers(
                "GET /api/v1/apps",
                200,
                "{\"apps\":[" + other + "," + Answers.RUNNING + "],\"seq\":7}");

        assertThat(session.run("list").out())
                .isEqualTo(
                        """
                        NAME           STATE            READY  REVISION  AGE  IMAGE
                        a-longer-name  ● crash looping  3/3    2         2h   shop/web:1.4
                        web            ● running        3/3    2         2h   shop/web:1.4
                        """);
    }

    @Test
    void list_and_status_show_which_hosts_are_not_served() {
        var conflict = "www.example.com/ is not served: another app already has it";
        var app =
                Answers.RUNNING.replace(
                        "\"conflicts\":[]", "\"conflicts\":[\"%s\"]".formatted(conflict));
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[" + app + "],\"seq\":7}");
        api.answers("GET /api/v1/apps/web", 200, app);

        assertThat(session.run("list").out()).endsWith("\nweb: " + conflict + "\n");
        assertThat(session.run("status", "web").out())
                .contains(
                        """
                          hosts     web.localhost, www.example.com
                          conflict  %s
                          created   2h ago
                        """
                                .formatted(conflict));
    }

    @Test
    void status_shows_the_address_of_an_instance_without_a_port() {
        api.answers("GET /api/v1/apps/web", 200, Answers.RUNNING.replace("8080", "null"));

        assertThat(session.run("status", "web").out())
                .containsPattern("172\\.20\\.0\\.\\d+ ")
                .doesNotContainPattern("172\\.20\\.0\\.\\d+:");
    }

    @Test
    void an_empty_list_says_how_to_fill_it() {
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[],\"seq\":0}");

        assertThat(session.run("ls").out())
                .isEqualTo("There are no apps yet. Run 'autoserve apply FILE' to register one.\n");
    }

    @Test
    void status_without_an_app_shows_the_platform_and_all_apps() throws Exception {
        api.answers("GET /api/v1/cluster", 200, CLUSTER)
                .answers("GET /api/v1/apps", 200, "{\"apps\":[" + Answers.RUNNING + "],\"seq\":7}");

        assertThat(session.run("status").out().replace(api.url(), "URL"))
                .isEqualTo(
                        CLUSTER_PAGE
                                + """

                                NAME  STATE      READY  REVISION  AGE  IMAGE
                                web   ● running  3/3    2         2h   shop/web:1.4
                                """);
        var json =
                new com.fasterxml.jackson.databind.ObjectMapper()
                        .readTree(session.run("status", "-o", "json").out());
        assertThat(json.at("/cluster/leader").asText()).isEqualTo("c1");
        assertThat(json.at("/apps/0/name").asText()).isEqualTo("web");
    }

    @Test
    void no_events_of_an_app_are_reported_as_such() {
        api.answers("GET /api/v1/events?app=nope&limit=30", 200, "{\"events\":[]}");

        var said = session.run("events", "--app", "nope");

        assertThat(said.exit()).isZero();
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).isEqualTo("There are no matching events of an app 'nope'.\n");
    }

    @Test
    void status_tells_the_reasons_of_those_that_are_not_ready() {
        api.answers("GET /api/v1/apps/web", 200, Answers.app("Starting", 3, 3, 2));

        assertThat(session.run("status", "web").out())
                .isEqualTo(
                        """
                        web  ● starting  2 of 3 instances are ready

                          image     shop/web:1.4
                          revision  2
                          replicas  3 desired, 3 running, 2 ready
                          hosts     web.localhost, www.example.com
                          created   2h ago

                          INSTANCE  STATE       REVISION  ADDRESS          RESTARTS  AGE
                          web-0     ● ready     2         172.20.0.3:8080  0         3m
                          web-1     ● ready     2         172.20.0.4:8080  1         3m
                          web-2     ● starting  2         172.20.0.5:8080  2         3m

                          web-2  its container is being started
                        """);
    }

    @Test
    void json_is_what_the_api_answered() throws Exception {
        api.answers("GET /api/v1/apps/web", 200, Answers.RUNNING);
        var json = new com.fasterxml.jackson.databind.ObjectMapper();

        assertThat(json.readTree(session.run("status", "web", "-o", "json").out()))
                .isEqualTo(json.readTree(Answers.RUNNING));
        assertThat(session.run("status", "web", "-o", "yaml").out())
                .startsWith("name: web\nstate: Running\n");
    }

    @Test
    void logs_of_failed_instances_are_asked_for() {
        api.answers(
                "GET /api/v1/apps/web/logs?tail=100&previous=true",
                200,
                "{\"lines\":[{\"at\":\"2026-01-31T11:00:00Z\",\"instance\":\"web-0\",\"stream\":\"stdout\",\"text\":\"no database\"}]}");

        assertThat(session.run("logs", "web", "--previous").out())
                .isEqualTo("web-0  no database\n");
        assertThat(session.run("logs", "web", "-p", "-f").err())
                .contains("use either --previous or --follow");
    }

    @Test
    void logs_name_the_instance() {
        api.answers(
                "GET /api/v1/apps/web/logs?tail=2&instance=web-1",
                200,
                """
                {"lines":[{"at":"2026-01-01T00:00:00Z","instance":"web-1","stream":"stdout","text":"hello"},
                          {"at":"2026-01-01T00:00:01Z","instance":"web-1","stream":"stderr","text":"oh"}]}
                """);

        assertThat(session.run("logs", "web", "-n", "2", "--instance", "web-1").out())
                .isEqualTo("web-1  hello\nweb-1  oh\n");
    }

    @Test
    void logs_of_all_apps_are_in_the_order_of_their_times() {
        api.answers("GET /api/v1/apps", 200, "{\"apps\":[{\"name\":\"web\"},{\"name\":\"api\"}]}")
                .answers(
                        "GET /api/v1/apps/web/logs?tail=100",
                        200,
                        """
                        {"lines":[{"at":"2026-01-01T00:00:00Z","instance":"web-0","stream":"stdout","text":"one"},
                                  {"at":"2026-01-01T00:00:01.5Z","instance":"web-0","stream":"stdout","text":"three"}]}
                        """)
                .answers(
                        "GET /api/v1/apps/api/logs?tail=100",
                        200,
                        """
                        {"lines":[{"at":"2026-01-01T00:00:01Z","instance":"api-0","stream":"stdout","text":"two"}]}
                        """);

        assertThat(session.run("logs").out()).isEqualTo("web-0  one\napi-0  two\nweb-0  three\n");
    }

    @Test
    void logs_that_cannot_be_read_do_not_hide_those_of_other_apps() {
        api.answers(
                "GET /api/v1/apps/web/logs?tail=100",
                200,
                "{\"lines\":[{\"at\":\"2026-01-01T00:00:00Z\",\"instance\":\"web-0\",\"text\":\"one\"}]}");

        var said = session.run("logs", "gone", "web");

        assertThat(said.exit()).isEqualTo(Exit.NOT_FOUND.code());
        assertThat(said.out()).isEqualTo("web-0  one\n");
        assertThat(said.err())
                .isEqualTo(
                        """
                        gone  Not found: there is no app 'web'
                        autoserve: the logs of 1 of 2 apps cannot be read
                        """);
    }

    @Test
    void requests_show_how_nginx_answered_and_why() {
        api.answers(
                "GET /api/v1/apps/web/requests?limit=30&status=5xx",
                200,
                """
                {"requests":[{"id":7,"at":"2026-01-01T00:00:07Z","client":"203.0.113.9","host":"web.test",
                  "method":"GET","path":"/a","status":502,"seconds":0.0123,"bytes":1,"instance":"web-1",
                  "tries":2,"reason":"The app closed the connection."},
                 {"id":8,"at":"2026-01-01T00:00:08Z","client":"::1","host":"web.test","method":"POST",
                  "path":"/","status":503,"seconds":12.3,"bytes":1,"instance":null,"tries":0,"reason":null}]}
                """);

        assertThat(session.run("requests", "web", "--status", "5xx").out())
                .matches(
                        """
                        2026-01-01 \\d\\d:00:07  502    12ms  GET    web.test/a  web-1  203.0.113.9  The app closed the connection.
                        2026-01-01 \\d\\d:00:08  503     12s  POST   web.test/  -  ::1
                        """);
    }

    @Test
    void following_requests_continues_behind_the_last_one() {
        var one = "{\"requests\":[{\"id\":7,\"path\":\"/a\"}]}";
        api.answers("GET /api/v1/apps/web/requests?limit=30", 200, one)
                .answers(
                        "GET /api/v1/apps/web/requests?limit=200&after=7",
                        200,
                        one.replace("7", "8"))
                .answers(
                        "GET /api/v1/apps/web/requests?limit=200&after=8",
                        404,
                        Answers.problem(404, "Gone", "no app web", ""));

        assertThat(session.run("requests", "web", "-f", "-o", "json").out())
                .isEqualTo("{\"id\":7,\"path\":\"/a\"}\n{\"id\":8,\"path\":\"/a\"}\n");
    }

    @Test
    void events_tell_when_what_who_and_why() {
        api.answers("GET /api/v1/events?app=web&limit=30", 200, "{\"events\":[" + EVENT + "]}");

        assertThat(session.run("events", "--app", "web").out())
                .matches(
                        "2026-01-01 \\d\\d:00:07  InstanceReady      web-1   answered its readiness check\n");
    }

    @Test
    void events_that_differ_only_in_their_instances_share_a_line() {
        var events =
                IntStream.range(0, 10)
                        .mapToObj(second -> readyAt(second, second % 5))
                        .collect(Collectors.joining(","));
        api.answers("GET /api/v1/events?limit=30", 200, "{\"events\":[" + events + "]}");

        assertThat(session.run("events").out())
                .matches(
                        "\\d\\d:00:00  InstanceReady      web-0, web-1, web-2 and 2 more"
                                + "  answered its readiness check \\(10 times\\)\n");
        assertThat(session.run("events", "--each").out().lines()).hasSize(10);
        assertThat(session.run("events", "-o", "json").out()).contains("web-4");
    }

    @Test
    void events_that_are_more_than_a_minute_apart_have_lines_of_their_own() {
        var later = readyAt(0, 1).replace(":00:00Z", ":01:01Z");
        api.answers(
                "GET /api/v1/events?limit=30",
                200,
                "{\"events\":[" + readyAt(0, 0) + "," + later + "]}");

        assertThat(session.run("events").out().lines()).hasSize(2);
    }

    private static String readyAt(int second, int index) {
        return EVENT.replace("2026-01-01T12:00:07Z", "2026-01-31T12:00:0%dZ".formatted(second))
                .replace("web-1", "web-" + index);
    }

    @Test
    void events_name_the_operator_behind_them() {
        var event =
                EVENT.replace("\"epoch\":1", "\"epoch\":0")
                        .replace("\"c1\"", "\"ann\"")
                        .replace("2026-01-01", "2026-01-31");
        api.answers("GET /api/v1/events?limit=30", 200, "{\"events\":[" + event + "]}");

        assertThat(session.run("events").out())
                .matches("\\d\\d:00:07  InstanceReady .* answered its readiness check  by ann\n");
    }

    @Test
    void events_say_that_there_may_be_more() {
        api.answers("GET /api/v1/events?limit=1", 200, "{\"events\":[" + EVENT + "]}")
                .answers("GET /api/v1/events?limit=2", 200, "{\"events\":[" + EVENT + "]}");

        assertThat(session.run("events", "-n", "1").err()).contains("there may be more");
        assertThat(session.run("events", "-n", "2").err()).isEmpty();
        assertThat(session.run("events", "-n", "1", "-o", "json").err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"events --export -f", "status web --watch -o json", "logs --instance web-1"})
    void what_does_not_go_together_is_refused(String command) {
        assertThat(session.run(command.split(" ")).exit()).isEqualTo(Exit.USAGE.code());
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void what_a_container_wrote_does_not_steer_the_terminal() {
        var evil =
                "\\u001b]0;owned\\u0007\\u001b[2J\\u009b2J\\u202eb\\u200by\\u2066e\\ufeff\\u061c\\u001b[31m!";
        api.answers("GET /api/v1/apps/web", 200, Answers.app("Degraded", 1, 1, 0, "Failed", evil))
                .answers(
                        "GET /api/v1/events?limit=30",
                        200,
                        "{\"events\":[" + EVENT.replace("answered", evil) + "]}")
                .answers(
                        "GET /api/v1/apps/web/logs?tail=100",
                        200,
                        "{\"lines\":[{\"instance\":\"web-0\",\"stream\":\"stdout\",\"text\":\"%s\"}]}"
                                .formatted(evil));

        for (var command : List.of("status web", "events", "logs web")) {
            assertThat(session.run(command.split(" ")).out())
                    .contains("]0;owned[2J2Jbye\033[31m!")
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\n\033]]");
        }
        for (var command : List.of("status web -o json", "events -o yaml", "logs web -o json")) {
            assertThat(session.atTerminal().run(command.split(" ")).out())
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\n\033]]");
        }
        assertThat(session.atTerminal().run("logs", "web").out()).endsWith("!\033[0m\n");
    }

    @Test
    void following_goes_on_behind_the_last_event_that_was_read() {
        api.answers("GET /api/v1/events?limit=30", 200, "{\"events\":[" + EVENT + "]}")
                .answers(
                        "GET /api/v1/events/stream",
                        200,
                        "text/event-stream",
                        "id: 1-8\nevent: InstanceReady\ndata: "
                                + EVENT.replace("web-1", "web-2")
                                + "\n\n")
                .answers(
                        "GET /api/v1/events/stream",
                        400,
                        Answers.problem(400, "Bad", "end of test", ""));

        var said = session.run("events", "-f", "-o", "json");

        assertThat(said.out().lines()).hasSize(2).last().asString().contains("web-2");
        assertThat(api.requests())
                .filteredOn(it -> it.path().endsWith("/stream"))
                .extracting(LoopbackApi.Request::lastEventId)
                .containsExactly("1-7", "1-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id: 1-8\n", "id: 1-8\nevent: InstanceReady\ndata: {\"seq\":8,\"ti"})
    void an_event_that_was_cut_off_is_asked_for_again(String beginning) {
        api.answers("GET /api/v1/events?limit=30", 200, "{\"events\":[" + EVENT + "]}")
                .answers("GET /api/v1/events/stream", 200, "text/event-stream", beginning)
                .answers(
                        "GET /api/v1/events/stream",
                        200,
                        "text/event-stream",
                        "id: 1-8\nevent: InstanceReady\ndata: " + EVENT + "\n\n")
                .answers(
                        "GET /api/v1/events/stream",
                        400,
                        Answers.problem(400, "Bad", "end of test", ""));

        assertThat(session.run("events", "-f", "-o", "json").out().lines()).hasSize(2);
        assertThat(api.requests())
                .filteredOn(it -> it.path().endsWith("/stream"))
                .extracting(LoopbackApi.Request::lastEventId)
                .containsExactly("1-7", "1-7", "1-8");
    }

    @Test
    void cluster_status_tells_of_controllers_and_databases() {
        api.answers("GET /api/v1/cluster", 200, CLUSTER);

        assertThat(session.run("cluster", "status").out().replace(api.url(), "URL"))
                .isEqualTo(CLUSTER_PAGE);
    }

    @Test
    void addresses_that_the_token_may_not_see_are_left_out() {
        api.answers(
                "GET /api/v1/cluster",
                200,
                """
                {"leader":"c1","term":4,"leaderSince":"2026-01-26T11:00:00Z","self":{},
                 "members":[{"name":"c1","address":null,"role":"leader","version":"0.1.0",
                             "viewSeq":42,"lastSeen":"2026-01-31T11:59:59Z"}],
                 "database":{"primary":"p:5432","timeline":1,"replicas":[]}}
                """);
        api.answers(
                "GET /api/v1/cluster/leader",
                200,
                "{\"name\":\"c1\",\"address\":null,\"term\":4,\"since\":\"2026-01-26T11:00:00Z\"}");

        assertThat(session.run("cluster", "status").out()).contains("1s    -\n");
        assertThat(session.run("cluster", "leader").out()).isEqualTo("c1 has led for 5d, term 4\n");
    }

    @Test
    void cluster_leader_tells_who_leads() {
        api.answers(
                "GET /api/v1/cluster/leader",
                200,
                "{\"name\":\"c1\",\"address\":\"http://a\",\"term\":4,\"since\":\"2026-01-26T11:00:00Z\"}");

        assertThat(session.run("cluster", "leader").out())
                .isEqualTo("c1 has led for 5d, term 4, http://a\n");
        assertThat(session.run("cluster", "leader", "-o", "yaml").out()).startsWith("name: c1\n");
    }

    @Test
    void cluster_health_fails_where_a_view_is_not_what_the_tables_say() {
        api.answers("GET /api/v1/cluster/health", 200, health("true", "", "Agrees"))
                .answers(
                        "GET /api/v1/cluster/health",
                        200,
                        health("false", "\"c2 is wrong\"", "Disagrees"));

        var healthy = session.run("cluster", "health");
        var sick = session.run("cluster", "health");

        assertThat(healthy.exit()).isZero();
        assertThat(healthy.out())
                .isEqualTo(
                        """
                        digest of the tables at event 42 of timeline 1: d1

                        CONTROLLER  VIEW  MATCHES TABLES
                        c2          41    yes
                        """);
        assertThat(sick.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(sick.out()).contains("c2          41    no");
        assertThat(sick.err()).isEqualTo("c2 is wrong\nautoserve: the cluster is not healthy\n");
    }

    private static String health(String healthy, String problems, String verdict) {
        return """
        {"healthy":%s,"problems":[%s],"timeline":1,"seq":42,"digest":"d1",
         "views":[{"name":"c2","seq":41,"verdict":"%s"}]}
        """
                .formatted(healthy, problems, verdict);
    }

    private static final String CLUSTER =
            """
            {"leader":"c1","term":4,"leaderSince":"2026-01-26T11:00:00Z","self":{},
             "members":[{"name":"c1","address":"http://127.0.0.1:8001","role":"leader","version":"0.1.0",
                         "viewSeq":42,"viewLag":0,"viewDigest":"0123456789abcdef","lastSeen":"2026-01-31T11:59:59Z"},
                        {"name":"c2","address":"http://127.0.0.1:8002","role":"follower","version":"0.0.9",
                         "viewSeq":41,"viewLag":null,"viewDigest":null,"lastSeen":"2026-01-31T11:59:58Z"}],
             "database":{"primary":"p:5432","timeline":1,
                         "replicas":[{"name":"r1","state":"streaming","lagBytes":1536}]}}
            """;

    private static final String CLUSTER_PAGE =
            """
            API           URL
            command line  development
            leader        c1 for 5d, term 4

            CONTROLLER  ROLE      VERSION  VIEW  BEHIND  DIGEST        SEEN  ADDRESS
            c1          leader    0.1.0    42    0       0123456789ab  1s    http://127.0.0.1:8001
            c2          follower  0.0.9    41    -       -             2s    http://127.0.0.1:8002

            DATABASE  ROLE     STATE       BEHIND
            p:5432    primary  timeline 1  -
            r1        standby  streaming   1.5 KiB
            """;

    private static final String EVENT =
            """
            {"seq":7,"timeline":1,"at":"2026-01-01T12:00:07Z","type":"InstanceReady","app":"web",\
            "instance":"web-1","actor":"c1","epoch":1,"reason":"web-1: answered its readiness check"}\
            """;
}
