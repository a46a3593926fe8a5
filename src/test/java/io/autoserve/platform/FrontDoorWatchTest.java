package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.model.Event;
import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.PlatformContainers.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FrontDoorWatchTest {
    private static final String OPEN = "127.0.0.1:80 nginx open\n127.0.0.1:8001 controller-1 open";
    private static final String CLOSED =
            "127.0.0.1:80 nginx closed it refuses connections\n127.0.0.1:8001 controller-1 open";

    private Optional<Condition> condition = healthy(OPEN);
    private boolean leads;
    private boolean away;
    private boolean silent;
    private boolean wellAtRestart = true;
    private long now;
    private int starts;
    private final List<String> acts = new ArrayList<>();

    private final FrontDoorWatch watch =
            new FrontDoorWatch(
                    "x",
                    "x-front-door",
                    () -> condition,
                    new FrontDoorWatch.Hands(
                            () -> acts.add("start"), this::started, this::restart, this::note),
                    () -> leads,
                    () -> now);

    private static Optional<Condition> healthy(String report) {
        return Optional.of(new Condition(true, "healthy", report));
    }

    private static Optional<Condition> unhealthy(String report) {
        return Optional.of(new Condition(true, "unhealthy", report));
    }

    private Optional<String> started(String container) {
        if (silent) {
            throw new EngineException("Docker does not answer", null);
        }
        return Optional.of(container + " " + starts);
    }

    private void restart(String container) {
        acts.add("restart " + container);
        wellAtRestart = watch.check().ok();
        if (away) {
            throw new EngineException("Docker does not answer", null);
        }
        starts++;
    }

    private void note(Event.Type type, String reason) {
        if (away) {
            throw new IllegalStateException("the database does not answer");
        }
        acts.add("%s: %s".formatted(type, reason));
    }

    private void look() {
        now += Duration.ofSeconds(30).toNanos();
        watch.look();
    }

    @Test
    void is_not_healthy_before_the_first_check() {
        assertThat(watch.check().ok()).isFalse();
        assertThat(watch.addresses()).isEmpty();
    }

    @Test
    void all_is_well_while_every_address_answers() {
        look();

        assertThat(watch.check())
                .isEqualTo(new Check("front door", true, "all 2 published addresses answer"));
        assertThat(watch.addresses())
                .isEqualTo(Map.of("127.0.0.1:80", true, "127.0.0.1:8001", true));
    }

    @Test
    void a_closed_address_is_a_problem_with_a_way_out() {
        condition = unhealthy(CLOSED);

        look();

        assertThat(watch.check().ok()).isFalse();
        assertThat(watch.check().detail())
                .isEqualTo(
                        "127.0.0.1:80 does not lead to x-nginx: it refuses connections. Way out: docker restart x-nginx");
        assertThat(watch.addresses()).containsEntry("127.0.0.1:80", false);
    }

    @Test
    void a_part_that_is_down_is_not_the_doors_fault() {
        condition = healthy("127.0.0.1:80 nginx open\n127.0.0.1:8001 controller-1 down it is away");
        leads = true;

        look();

        assertThat(watch.check().ok()).isTrue();
        assertThat(watch.check().detail()).contains("x-controller-1");
        assertThat(watch.addresses()).containsEntry("127.0.0.1:8001", false);
        assertThat(acts).isEmpty();
    }

    @Test
    void a_report_without_addresses_is_a_problem() {
        condition = unhealthy("The addresses were last asked 300 s ago.");

        look();

        assertThat(watch.check())
                .isEqualTo(
                        new Check(
                                "front door",
                                false,
                                "x-front-door reports: The addresses were last asked 300 s ago."));
        assertThat(watch.addresses()).isEmpty();
    }

    @Test
    void the_leader_restarts_the_part_and_records_when_its_address_closes_and_opens() {
        leads = true;
        condition = unhealthy(CLOSED);
        look();
        look();
        condition = healthy(OPEN);
        look();
        look();

        assertThat(acts)
                .containsExactly(
                        "restart x-nginx",
                        "FrontDoorClosed: 127.0.0.1:80 does not lead to x-nginx: it refuses connections",
                        "FrontDoorOpened: 127.0.0.1:80 leads to x-nginx again");
    }

    @Test
    void a_closed_address_that_is_no_longer_published_is_forgotten() {
        leads = true;
        condition = unhealthy(CLOSED);
        look();
        condition = healthy(OPEN.replace("127.0.0.1:80 ", "10.0.0.5:80 "));
        look();
        condition = healthy(OPEN);
        look();

        assertThat(acts)
                .noneMatch(act -> act.startsWith("FrontDoorOpened"))
                .anyMatch(act -> act.startsWith("FrontDoorClosed: 127.0.0.1:80 "));
    }

    @Test
    void a_closed_address_is_reported_before_the_restart_which_may_take_minutes() {
        leads = true;
        look();
        condition = unhealthy(CLOSED);
        look();

        assertThat(acts).contains("restart x-nginx");
        assertThat(wellAtRestart).isFalse();
    }

    @Test
    void a_controller_that_does_not_lead_only_reports() {
        condition = unhealthy(CLOSED);
        look();
        assertThat(acts).isEmpty();
        assertThat(watch.check().ok()).isFalse();

        leads = true;
        look();
        assertThat(acts).containsExactly("restart x-nginx");
    }

    @Test
    void a_controller_that_does_not_lead_counts_the_restarts_of_the_leader() {
        condition = unhealthy(CLOSED);
        look();
        starts++;
        look();

        leads = true;
        look();
        assertThat(acts).noneMatch(act -> act.startsWith("restart"));
    }

    @Test
    void a_closed_address_is_recorded_although_docker_does_not_report_when_the_part_started() {
        leads = true;
        silent = true;
        condition = unhealthy(CLOSED);
        look();

        assertThat(watch.check().detail()).contains("127.0.0.1:80 does not lead to x-nginx");
        assertThat(acts)
                .containsExactly(
                        "FrontDoorClosed: 127.0.0.1:80 does not lead to x-nginx: it refuses connections");
    }

    @Test
    void what_could_not_be_done_is_done_later() {
        leads = true;
        away = true;
        condition = unhealthy(CLOSED);
        look();
        assertThat(watch.check().ok()).isFalse();

        away = false;
        look();
        assertThat(acts)
                .containsExactly(
                        "restart x-nginx",
                        "restart x-nginx",
                        "FrontDoorClosed: 127.0.0.1:80 does not lead to x-nginx: it refuses connections");
    }

    @Test
    void only_the_leader_starts_a_container_that_does_not_run() {
        condition = Optional.of(new Condition(false, "unhealthy", CLOSED));
        look();
        assertThat(acts).isEmpty();
        assertThat(watch.addresses()).as("a report of earlier").isEmpty();

        leads = true;
        look();
        assertThat(acts).containsExactly("start");
    }
}
