package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.platform.ClusterHealth.Check;
import io.autoserve.runtime.ContainerRuntime.EngineException;
import io.autoserve.runtime.PlatformContainers.Condition;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirewallWatchTest {
    private static final Condition GOOD = new Condition(true, "healthy", "The rules are in place.");

    private Supplier<Optional<Condition>> docker = () -> Optional.of(GOOD);
    private boolean leads;
    private int looks;
    private int starts;
    private int confirmations;
    private long now;

    private final FirewallWatch watch = watch(Duration.ZERO);

    private FirewallWatch watch(Duration uptime) {
        return new FirewallWatch(
                "x-firewall",
                () -> {
                    looks++;
                    return docker.get();
                },
                () -> {
                    starts++;
                    docker = () -> Optional.of(new Condition(true, "starting", ""));
                },
                () -> leads,
                () -> confirmations++,
                uptime,
                () -> now);
    }

    @Test
    void is_not_healthy_before_the_first_check() {
        assertThat(watch.check().ok()).isFalse();
    }

    @Test
    void reports_what_the_container_reports() {
        watch.look();

        assertThat(watch.check()).isEqualTo(new Check("firewall", true, "The rules are in place."));
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    true  | unhealthy | iptables has no chain DOCKER-USER. | x-firewall reports: iptables has no chain DOCKER-USER.
                    true  | ''        | ''                                 | x-firewall reports: no health check
                    true  | starting  | ''                                 | x-firewall has not checked the rules yet
                    false | unhealthy | ''                                 | the container x-firewall does not run: the leader starts it
                    """)
    void a_firewall_that_does_not_work_is_a_problem(
            boolean running, String health, String output, String detail) {
        docker = () -> Optional.of(new Condition(running, health, output));

        watch.look();

        assertThat(watch.check()).isEqualTo(new Check("firewall", false, detail));
    }

    @Test
    void names_the_way_out_if_there_is_no_container() {
        docker = Optional::empty;

        watch.look();

        assertThat(watch.check().ok()).isFalse();
        assertThat(watch.check().detail()).contains("x-firewall", "./autoserve platform up");
    }

    @Test
    void an_engine_that_does_not_answer_is_a_problem() {
        docker =
                () -> {
                    throw new EngineException("Docker does not answer", null);
                };

        watch.look();

        assertThat(watch.check().ok()).isFalse();
        assertThat(watch.check().detail()).contains("x-firewall", "Docker does not answer");
    }

    @Test
    void only_the_leader_starts_a_container_that_does_not_run() {
        docker = () -> Optional.of(new Condition(false, "unhealthy", ""));

        watch.look();
        assertThat(starts).isZero();

        leads = true;
        watch.look();
        assertThat(starts).isOne();
        assertThat(watch.check().detail()).contains("has not checked the rules yet");
    }

    @Test
    void checks_every_minute_and_after_a_problem_at_the_next_opportunity() {
        watch.look();
        now += Duration.ofSeconds(59).toNanos();
        watch.look();
        assertThat(looks).isOne();

        now += Duration.ofSeconds(1).toNanos();
        docker = Optional::empty;
        watch.look();
        watch.look();
        assertThat(looks).isEqualTo(3);
    }

    @Test
    void apps_wait_after_a_boot_until_the_rules_are_in_place() {
        docker = () -> Optional.of(new Condition(true, "starting", ""));
        watch.look();
        assertThat(watch.startsWait())
                .hasValue("waiting for the firewall: x-firewall has not checked the rules yet");
        assertThat(confirmations).isZero();

        docker = () -> Optional.of(GOOD);
        watch.look();
        assertThat(watch.startsWait()).isEmpty();
        assertThat(confirmations).as("the loop is woken").isOne();
    }

    @Test
    void apps_start_after_a_minute_if_the_firewall_does_not_work() {
        docker = () -> Optional.of(new Condition(true, "unhealthy", "no DOCKER-USER"));
        watch.look();
        now += Duration.ofSeconds(59).toNanos();
        assertThat(watch.startsWait()).isPresent();

        now += Duration.ofSeconds(1).toNanos();
        assertThat(watch.startsWait()).isEmpty();
    }

    @ParameterizedTest(name = "{0} s after the boot: {1}")
    @CsvSource({"0, true", "599, true", "600, false", "864000, false"})
    void only_a_controller_that_starts_soon_after_the_machine_lets_apps_wait(
            long uptime, boolean waits) {
        assertThat(watch(Duration.ofSeconds(uptime)).startsWait().isPresent()).isEqualTo(waits);
    }
}
