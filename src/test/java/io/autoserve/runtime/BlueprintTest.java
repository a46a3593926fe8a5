package io.autoserve.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.core.command.CreateContainerCmdImpl;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.PullPolicy;
import io.autoserve.model.AppSpec.Resources;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import io.autoserve.model.Term;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class BlueprintTest {
    private static final Launch LAUNCH =
            new Launch(
                    "web-0",
                    "web",
                    0,
                    1,
                    1,
                    new Term(1, new UUID(0, 1)),
                    "web:1",
                    PullPolicy.IF_NOT_PRESENT,
                    null,
                    Map.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    null,
                    null,
                    Map.of(),
                    List.of(),
                    Resources.UNLIMITED,
                    Security.DEFAULT,
                    new LogLimits((50 << 20) + 1, 5));

    @Test
    void the_log_is_limited_in_whole_mebibytes() {
        assertThat(Objects.requireNonNull(hostConfig().getLogConfig()).getConfig())
                .isEqualTo(Map.of("max-size", "51m", "max-file", "5"));
    }

    @Test
    void the_container_of_a_task_is_no_instance() {
        var command = command();

        new Blueprint("autoserve", "autoserve")
                .fill(command, LaunchDraft.of(LAUNCH).task().launch(), "172.20.128.1", null);

        assertThat(command.getLabels())
                .containsEntry(Labels.TASK, "1")
                .doesNotContainKey(Labels.INSTANCE);
    }

    @Test
    void the_label_of_an_image_makes_no_instance_a_task() {
        var command = command();

        new Blueprint("autoserve", "autoserve").fill(command, LAUNCH, "172.20.128.1", null);

        assertThat(command.getLabels())
                .containsEntry(Labels.TASK, "")
                .containsEntry(Labels.INSTANCE, "1");
    }

    private static HostConfig hostConfig() {
        return hostConfig(LAUNCH);
    }

    private static HostConfig hostConfig(Launch launch) {
        var command = command();
        new Blueprint("autoserve", "autoserve").fill(command, launch, "172.20.128.1", null);
        return Objects.requireNonNull(command.getHostConfig());
    }

    private static CreateContainerCmdImpl command() {
        return new CreateContainerCmdImpl(
                _ -> {
                    throw new AssertionError("nothing is sent to Docker");
                },
                null,
                LAUNCH.image());
    }

    @Test
    void the_kernel_ends_apps_before_the_platform() {
        assertThat(hostConfig().getOomScoreAdj()).isEqualTo(500);
        assertThat(Path.of("docker-compose.yml")).content().contains("  oom_score_adj: 0\n");
    }

    @Test
    void an_instance_has_an_eighth_of_the_weight_of_the_platforms_containers() {
        assertThat(hostConfig().getCpuShares()).isEqualTo(4096 / 8);
        assertThat(Path.of("docker-compose.yml")).content().contains("  cpu_shares: 4096\n");
    }

    @Test
    void instances_and_tasks_have_autoserves_seccomp_profile() {
        for (var launch : List.of(LAUNCH, LaunchDraft.of(LAUNCH).task().launch())) {
            assertThat(hostConfig(launch).getSecurityOpts())
                    .containsExactly("no-new-privileges", SeccompProfile.OPTION);
        }
    }

    @Test
    void a_privileged_container_has_no_seccomp_profile() {
        var security = new Security(List.of(), true, false, List.of(), 4096);

        assertThat(hostConfig(LaunchDraft.of(LAUNCH).security(security).launch()).getSecurityOpts())
                .containsExactly("no-new-privileges");
    }
}
