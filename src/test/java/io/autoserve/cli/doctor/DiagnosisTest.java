package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.autoserve.cli.doctor.Facts.ApiState;
import io.autoserve.cli.doctor.Facts.Burden;
import io.autoserve.cli.doctor.Facts.Disk;
import io.autoserve.cli.doctor.Facts.Engine;
import io.autoserve.cli.doctor.Facts.FailingApp.CrashLoop;
import io.autoserve.cli.doctor.Facts.FailingApp.FailedRelease;
import io.autoserve.cli.doctor.Facts.Holder;
import io.autoserve.cli.doctor.Facts.Image;
import io.autoserve.cli.doctor.Facts.ImageAge;
import io.autoserve.cli.doctor.Facts.Part;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Proxy;
import io.autoserve.cli.doctor.Facts.ReplicaLag;
import io.autoserve.cli.doctor.Facts.Server;
import io.autoserve.cli.doctor.Facts.Unlimited;
import io.autoserve.cli.doctor.Finding.Severity;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Changes one fact at a time for the worse, and checks the finding and its suggested solution. */
class DiagnosisTest {

    @Test
    void a_platform_that_lacks_nothing_has_only_good_findings() {
        var diagnosis = Diagnosis.of(new HealthyFacts().facts());

        assertThat(diagnosis.worst()).isEqualTo(Severity.OK);
        assertThat(diagnosis.findings())
                .extracting(Finding::check)
                .contains("engine", "ports", "disk", "images", "containers", "api", "nginx")
                .contains("clock", "database", "replication");
    }

    @ParameterizedTest(name = "{2} {3}: {0}")
    @MethodSource
    void what_is_out_of_order_is_told_with_a_way_out(
            String fact, Consumer<HealthyFacts> spoil, Severity severity, String check) {
        var facts = new HealthyFacts();
        spoil.accept(facts);

        var diagnosis = Diagnosis.of(facts.facts());

        assertThat(diagnosis.worst()).isEqualTo(severity);
        assertThat(diagnosis.findings())
                .filteredOn(it -> it.severity() == severity)
                .first()
                .satisfies(it -> {
                    assertThat(it.check()).isEqualTo(check);
                    assertThat(it.fact()).contains(fact);
                    assertThat(it.wayOut()).isNotBlank();
                });
    }

    static Stream<Arguments> what_is_out_of_order_is_told_with_a_way_out() {
        return Stream.of(
                warns(
                        "shop is crash looping: shop-0: exited with 1",
                        it -> it.failing = List.of(new CrashLoop("shop", "shop-0: exited with 1")),
                        "apps"),
                warns(
                        "shop: the release command failed",
                        it ->
                                it.failing =
                                        List.of(
                                                new FailedRelease(
                                                        "shop", "the release command failed")),
                        "apps"),
                fails("no docker command", it -> it.engine = new Engine.NotInstalled(), "engine"),
                fails("are not permitted", it -> it.engine = new Engine.NotAllowed(), "engine"),
                fails("answer: refused", it -> it.engine = new Engine.Silent("refused"), "engine"),
                fails(
                        "Engine 19.03.5",
                        it -> it.engine = new Engine.Running("19.03.5", "1", "overlay2"),
                        "engine"),
                warns(
                        "copies whole images",
                        it -> it.engine = new Engine.Running("28.0", "2", "vfs"),
                        "engine"),
                fails(
                        "port 80, for users, is in use by apache2 (pid 12)",
                        it ->
                                it.ports =
                                        List.of(
                                                HealthyFacts.port(
                                                        80, new Holder.Other("apache2 (pid 12)"))),
                        "ports"),
                fails(
                        "no process listens on port 80",
                        it -> it.ports = List.of(HealthyFacts.port(80, new Holder.Nobody())),
                        "ports"),
                warns(
                        "image autoserve/nginx was built 40 days ago",
                        it ->
                                it.ages =
                                        List.of(
                                                new ImageAge(
                                                        "autoserve/nginx", Duration.ofDays(40))),
                        "images"),
                warns(
                        "load average 9.7 on 2 cores",
                        it -> it.burden = Optional.of(HealthyFacts.burden(9.7)),
                        "load"),
                fails(
                        "load average 48.2 on 2 cores; without a CPU limit run: shop-0 (98.12% CPU)",
                        it -> {
                            it.burden = Optional.of(HealthyFacts.burden(48.2));
                            it.unlimited = List.of(new Unlimited("shop-0", "98.12%"));
                        },
                        "load"),
                warns(
                        "processes waited for memory during 7.5 % of the last minute",
                        it -> it.burden = Optional.of(HealthyFacts.stalled("memory", 7.5)),
                        "pressure"),
                warns(
                        "205 MiB of 4.0 GiB of memory are available",
                        it ->
                                it.burden =
                                        Optional.of(
                                                new Burden(
                                                        0.4, 2, Map.of(), 205L << 20, 4L << 30, 0)),
                        "memory"),
                fails(
                        "97 % of the inodes are in use for images (/var/lib/docker)",
                        it ->
                                it.disks =
                                        List.of(
                                                new Disk(
                                                        "images",
                                                        "/var/lib/docker",
                                                        40L << 30,
                                                        100L << 30,
                                                        97)),
                        "disk"),
                warns("4.0 GiB of 100 GiB", it -> it.disks = List.of(HealthyFacts.disk(4)), "disk"),
                fails("0 B of 100 GiB", it -> it.disks = List.of(HealthyFacts.disk(0)), "disk"),
                warns(
                        "localhost/autoserve/nginx, for AutoServe, is missing",
                        it ->
                                it.images =
                                        List.of(
                                                missing(
                                                        "localhost/autoserve/nginx",
                                                        "AutoServe",
                                                        "")),
                        "images"),
                fails(
                        "r.example.com does not answer",
                        it -> it.images = List.of(missing("shop:1", "shop", "r.example.com")),
                        "images"),
                fails(
                        "autoserve-etcd: Exited (137)",
                        it -> it.parts = List.of(new Part("autoserve-etcd", false, "Exited (137)")),
                        "containers"),
                fails("no controller answers", HealthyFacts::silence, "api"),
                warns(
                        "without a token",
                        it ->
                                it.api =
                                        new ApiState.Reachable(
                                                HealthyFacts.URL,
                                                List.of(),
                                                Optional.empty(),
                                                List.of("the images of the apps")),
                        "api"),
                warns(
                        "not checked: the images of the apps, because the token does not permit it",
                        it ->
                                it.api =
                                        new ApiState.Reachable(
                                                HealthyFacts.URL,
                                                List.of(),
                                                Optional.of(
                                                        HealthyFacts.cluster(
                                                                HealthyFacts.streaming(0))),
                                                List.of("the images of the apps")),
                        "api"),
                fails(
                        "leader: no controller reports",
                        it -> it.check("leader", "no controller reports that it leads"),
                        "health"),
                warns("c2: was last seen", it -> it.check("c2", "was last seen 9 s ago"), "health"),
                warns(
                        "blog: a.com/ is not served",
                        it -> it.check(ApiCheck.ROUTES, "blog: a.com/ is not served"),
                        "routes"),
                fails(
                        "nothing answers at",
                        it ->
                                it.proxy =
                                        Optional.of(new Proxy.NotServing("nothing answers at :80")),
                        "nginx"),
                warns(
                        "cannot be read",
                        it -> it.proxy = Optional.of(new Proxy.Unseen("no admin port")),
                        "nginx"),
                warns(
                        "the route table of term 3, event 120, but the leader is in term 4",
                        it -> it.proxy = Optional.of(new Proxy.Serves(1, 3, 120)),
                        "nginx"),
                warns(
                        "3.0 s behind",
                        it -> it.clocks = List.of(HealthyFacts.clock(-3_000)),
                        "clock"),
                fails("ahead", it -> it.clocks = List.of(HealthyFacts.clock(40_000)), "clock"),
                fails(
                        "no database accepts writes",
                        it -> it.databases = List.of(silent("a:5432"), silent("b:5433")),
                        "database"),
                warns(
                        "b:5433 does not answer",
                        it -> it.databases = List.of(leads("a:5432", 0, 0), silent("b:5433")),
                        "database"),
                warns(
                        "a:5432 is running, but it refused the login of doctor",
                        it ->
                                it.databases =
                                        List.of(unseen("a:5432", new Server.ServerState.Refuses())),
                        "database"),
                fails(
                        "several databases accept writes: a:5432, b:5433",
                        it -> it.databases = List.of(leads("a:5432", 0, 0), leads("b:5433", 0, 0)),
                        "database"),
                warns(
                        "2 migrations pending",
                        it -> it.databases = List.of(leads("a:5432", 2, 0)),
                        "database"),
                warns(
                        "valid for another 10 days",
                        it ->
                                it.databases =
                                        List.of(
                                                new Server(
                                                        "a:5432",
                                                        new Server.ServerState.Leads(
                                                                "17.5", "9", 0, 0),
                                                        Optional.of(Duration.ofDays(10)))),
                        "database"),
                warns(
                        "newer than this CLI",
                        it -> it.databases = List.of(leads("a:5432", 0, 1)),
                        "database"),
                warns(
                        "no standby is streaming from the primary",
                        it -> it.api = HealthyFacts.answers(HealthyFacts.cluster()),
                        "replication"),
                warns(
                        "is catchup",
                        it -> it.replica(new ReplicaLag("replica", "catchup", 10)),
                        "replication"),
                warns(
                        "32 MiB behind",
                        it -> it.replica(HealthyFacts.streaming(32 << 20)),
                        "replication"));
    }

    private static Arguments fails(String fact, Consumer<HealthyFacts> spoil, String check) {
        return arguments(fact, spoil, Severity.FAIL, check);
    }

    private static Arguments warns(String fact, Consumer<HealthyFacts> spoil, String check) {
        return arguments(fact, spoil, Severity.WARN, check);
    }

    private static Image missing(String name, String user, String registry) {
        return new Image(
                name,
                user,
                false,
                registry.isEmpty() ? Optional.empty() : Optional.of(registry),
                false);
    }

    private static Server silent(String address) {
        return unseen(address, new Server.ServerState.Down("connection refused"));
    }

    private static Server leads(String address, int pending, int unknown) {
        return HealthyFacts.server(
                address, new Server.ServerState.Leads("17.5", "9", pending, unknown));
    }

    private static Server unseen(String address, Server.ServerState state) {
        return new Server(address, state, Optional.empty());
    }

    @Test
    void the_proxies_of_ports_are_named_on_a_busy_machine_only() {
        var facts = new HealthyFacts();
        facts.burden = Optional.of(new Burden(0.4, 2, Map.of(), 3L << 30, 4L << 30, 4));
        assertThat(Diagnosis.of(facts.facts()).worst()).isEqualTo(Severity.OK);

        facts.burden = Optional.of(new Burden(9.7, 2, Map.of(), 3L << 30, 4L << 30, 4));
        assertThat(Diagnosis.of(facts.facts()).findings())
                .extracting(Finding::fact)
                .contains(
                        "Docker runs 4 userland proxies, which can take a core under many requests");
    }

    @Test
    void where_nothing_runs_it_tells_how_to_start() {
        var facts = new HealthyFacts();
        facts.place = PlatformKind.NOTHING;
        facts.ports = List.of(HealthyFacts.port(80, new Holder.Nobody()));
        facts.images = List.of(missing("localhost/autoserve/nginx", "AutoServe", ""));
        facts.databases = List.of();
        facts.proxy = Optional.empty();
        facts.silence();

        var diagnosis = Diagnosis.of(facts.facts());

        assertThat(diagnosis.worst()).isEqualTo(Severity.WARN);
        assertThat(diagnosis.findings())
                .filteredOn(it -> it.severity() == Severity.WARN)
                .singleElement()
                .extracting(Finding::wayOut)
                .asString()
                .contains("./autoserve dev --demo");
    }

    @Test
    void dev_has_one_database_and_that_is_fine() {
        var facts = new HealthyFacts();
        facts.place = PlatformKind.DEV;
        facts.api = HealthyFacts.answers(HealthyFacts.cluster());

        assertThat(Diagnosis.of(facts.facts()).worst()).isEqualTo(Severity.OK);
    }

    @Test
    void of_another_machine_only_the_api_is_judged() {
        var facts = new HealthyFacts();
        facts.place = PlatformKind.ELSEWHERE;
        facts.engine = new Engine.NotAsked();
        facts.burden = Optional.of(HealthyFacts.burden(48));
        facts.check("c2", "was last seen 9 s ago");

        assertThat(Diagnosis.of(facts.facts()).findings())
                .extracting(Finding::check)
                .doesNotContain("engine", "ports", "load", "disk", "images");
    }
}
