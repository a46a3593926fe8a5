package io.autoserve.runtime;

import static java.util.stream.Collectors.toMap;

import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.LogConfig.LoggingType;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.RestartPolicy;
import com.github.dockerjava.api.model.VolumeOptions;
import io.autoserve.model.AppSpec;
import io.autoserve.model.AppSpec.LogLimits;
import io.autoserve.model.AppSpec.Volume;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Translates a launch into the engine's request to create the container. */
record Blueprint(String installation, String network) {
    private static final long MEBIBYTE = 1 << 20;

    /** The limits of the platform's own containers. */
    static final LogConfig LOG = logConfig(LogLimits.DEFAULT);

    /**
     * Turns off the image's own health check. AutoServe runs it itself, at once and then as often
     * as the image asks for, and decides what follows. Docker would run it first after a whole
     * period.
     */
    private static final HealthCheck NONE = new HealthCheck().withTest(List.of("NONE"));

    /**
     * If the machine runs out of memory, the kernel kills the process with the highest score. Apps
     * get this on top of their score, so that they are killed before the platform, which has 0. No
     * spec can change it.
     */
    private static final int OOM_SCORE_ADJ = 500;

    /**
     * The weight of an instance when the processors are busy. The platform's containers have 4096,
     * see docker-compose.yml. No spec can change it.
     */
    private static final int CPU_SHARES = 512;

    /**
     * @param ofImage the HEALTHCHECK of the image; null if it has none
     */
    CreateContainerCmd fill(
            CreateContainerCmd command,
            Launch launch,
            String address,
            AppSpec.@Nullable HealthCheck ofImage) {
        command.withName(launch.name())
                .withLabels(Labels.of(installation, launch, ofImage))
                .withIpv4Address(address)
                .withEnv(environment(launch, address))
                .withHealthcheck(NONE)
                .withHostConfig(hostConfig(launch));
        // As in Kubernetes: command replaces ENTRYPOINT and drops CMD, args replaces CMD.
        if (!launch.command().isEmpty()) {
            command.withEntrypoint(launch.command());
        }
        if (!launch.args().isEmpty()) {
            command.withCmd(launch.args());
        }
        if (launch.workingDir() != null) {
            command.withWorkingDir(launch.workingDir());
        }
        if (launch.user() != null) {
            command.withUser(launch.user());
        }
        return command;
    }

    private static List<String> environment(Launch launch, String address) {
        var environment = new HashMap<>(launch.environment());
        launch.addressVariables().forEach(name -> environment.put(name, address));
        return environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    }

    private HostConfig hostConfig(Launch launch) {
        var memory = launch.resources().memoryBytes();
        var security = launch.security();
        return HostConfig.newHostConfig()
                .withNetworkMode(network)
                .withRestartPolicy(
                        RestartPolicy.noRestart()) // replacing a container is the leader's decision
                .withInit(true)
                .withSecurityOpts(SeccompProfile.options(security))
                .withCapDrop(Capability.ALL)
                .withCapAdd(capabilities(security))
                .withPrivileged(security.privileged())
                .withReadonlyRootfs(security.readOnlyRoot())
                .withTmpFs(security.tmpfs().stream().collect(toMap(folder -> folder, _ -> "")))
                .withPidsLimit((long) security.pidsLimit())
                .withLogConfig(logConfig(launch.logs()))
                .withOomScoreAdj(OOM_SCORE_ADJ)
                .withCpuShares(CPU_SHARES)
                .withNanoCPUs(launch.resources().cpuMillis() * 1_000_000L)
                .withMemory(memory)
                // Docker's limit covers memory and swap together, so this allows no swap
                .withMemorySwap(memory)
                .withMounts(launch.volumes().stream().map(v -> mount(launch, v)).toList());
    }

    /** Docker writes {@code m} for mebibytes. A part of one counts as a whole one. */
    private static LogConfig logConfig(LogLimits limits) {
        var mebibytes = Math.ceilDiv(limits.maxBytes(), MEBIBYTE);
        return new LogConfig(
                LoggingType.JSON_FILE,
                Map.of("max-size", mebibytes + "m", "max-file", String.valueOf(limits.maxFiles())));
    }

    private static Capability[] capabilities(Security security) {
        return security.capabilities().stream()
                .map(capability -> Capability.valueOf(capability.name()))
                .toArray(Capability[]::new);
    }

    private Mount mount(Launch launch, Volume volume) {
        var mount = new Mount().withTarget(volume.mountPath()).withReadOnly(volume.readOnly());
        if (volume.hostPath()) {
            return mount.withType(MountType.BIND).withSource(volume.name());
        }
        var labels = Map.of(Labels.INSTALLATION, installation, Labels.APP, launch.app());
        return mount.withType(MountType.VOLUME)
                .withSource(String.join(".", installation, launch.app(), volume.name()))
                .withVolumeOptions(new VolumeOptions().withLabels(labels));
    }
}
