package io.autoserve.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.autoserve.cli.doctor.Docker.Container;
import io.autoserve.cli.doctor.Facts.PlatformKind;
import io.autoserve.cli.doctor.Facts.Port;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequiredPortsTest {
    private static final Container SECOND =
            new Container("autoserve-nginx-2", "Up 2 hours", true, Set.of(), Set.of(), "");

    @Test
    void a_second_nginx_needs_two_ports_more() {
        assertThat(ports(Map.of(), List.of())).doesNotContain(81, 444);
        assertThat(ports(Map.of(), List.of(SECOND))).contains(81, 444);
        assertThat(ports(Map.of("AUTOSERVE_PROXIES", "2"), List.of())).contains(81, 444);
        assertThat(ports(Map.of("AUTOSERVE_NGINX_2_HTTP_PORT", "8081"), List.of(SECOND)))
                .contains(8081, 444);
    }

    private static List<Integer> ports(Map<String, String> environment, List<Container> ours) {
        return new RequiredPorts(environment, ours)
                .of(PlatformKind.CLUSTER, Optional.empty()).stream().map(Port::number).toList();
    }
}
