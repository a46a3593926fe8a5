package io.autoserve.scaling;

import static java.util.stream.Collectors.toMap;

import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Nginx;
import io.autoserve.runtime.ContainerRuntime;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the autoscaler's samples: counters from nginx, CPU and memory from the container runtime.
 */
public record LoadReader(Nginx nginx, ContainerRuntime runtime) implements Consumption {
    private static final Duration PATIENCE = Duration.ofMillis(800);

    /** Returns nginx's counters. Blocks for 800 ms at most. */
    public Counters counters() {
        try {
            return nginx.counters().await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            throw new IllegalStateException("could not read nginx's counters", silent);
        }
    }

    @Override
    public Map<String, Total> of(Collection<String> containers) {
        return runtime.usage(containers).entrySet().stream()
                .collect(
                        toMap(
                                Map.Entry::getKey,
                                used ->
                                        new Total(
                                                used.getValue().cpu(),
                                                used.getValue().memoryBytes(),
                                                used.getValue().memoryLimitBytes())));
    }
}
