package io.autoserve.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.platform.FrontDoor.Door;
import io.autoserve.platform.FrontDoor.DoorState;
import org.junit.jupiter.api.Test;

class FrontDoorTest {
    private static final FrontDoor FRONT =
            FrontDoor.read(
                    """
                    127.0.0.1:80 nginx closed it refuses connections, but the part answers at 172.21.0.10:80
                    10.0.0.5:80 nginx open
                    127.0.0.1:8000 controller-lb open
                    127.0.0.1:8002 controller-2 down the part does not answer at 172.21.0.22:8000 either
                    127.0.0.1:5433 postgres-replica closed it refuses connections
                    """);

    @Test
    void reads_the_state_of_each_address() {
        assertThat(FRONT.doors())
                .hasSize(5)
                .startsWith(
                        new Door(
                                "127.0.0.1:80",
                                "nginx",
                                DoorState.CLOSED,
                                "it refuses connections, but the part answers at 172.21.0.10:80"),
                        new Door("10.0.0.5:80", "nginx", DoorState.OPEN, ""));
    }

    @Test
    void reads_addresses_of_ipv6() {
        var front =
                FrontDoor.read(
                        """
                        [::1]:8000 controller-lb closed it refuses connections
                        [fd00:1::172.21.0.1]:5432 postgres-primary open
                        """);

        assertThat(front.doors())
                .containsExactly(
                        new Door(
                                "[::1]:8000",
                                "controller-lb",
                                DoorState.CLOSED,
                                "it refuses connections"),
                        new Door(
                                "[fd00:1::172.21.0.1]:5432",
                                "postgres-primary",
                                DoorState.OPEN,
                                ""));
        assertThat(front.broken()).containsExactly("controller-lb");
    }

    @Test
    void ignores_lines_in_another_form() {
        assertThat(
                        FrontDoor.read(
                                        """
                                        The addresses were not asked yet.
                                        127.0.0.1:80 nginx broken
                                        127.0.0.1:80 ../nginx closed
                                        host:80 nginx closed
                                        [host]:80 nginx closed
                                        ::1:80 nginx closed
                                        """)
                                .doors())
                .isEmpty();
    }

    @Test
    void cleans_and_cuts_the_reason() {
        var front = FrontDoor.read("127.0.0.1:80 nginx closed \u001b[31mred " + "x".repeat(1000));

        assertThat(front.doors().getFirst().reason()).startsWith("red x").hasSizeLessThan(300);
    }

    @Test
    void only_nginx_and_the_load_balancer_are_restarted() {
        assertThat(FRONT.closed()).extracting(Door::part).contains("postgres-replica");
        assertThat(FRONT.broken()).containsExactly("nginx");
    }

    @Test
    void a_part_is_whole_if_it_answers_at_all_of_its_addresses() {
        assertThat(FRONT.whole()).containsExactly("controller-lb");
    }
}
