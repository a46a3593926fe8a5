package io.autoserve.scaling;

import static java.util.stream.Collectors.toMap;

import io.autoserve.proxy.Counters;
import io.autoserve.proxy.Nginx;
import io.autoserve.runtime.ContainerRuntime;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads the autoscaler's samples: counters and wakes from nginx, CPU and memory from the container
 * runtime.
 */
public record LoadReader(Nginx nginx, ContainerRuntime runtime) implements Consumption, Wakes {
    private static final Duration PATIENCE = Duration.ofMillis(800);

    /** How long nginx may wait for the first request to an app that sleeps. */
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** Returns nginx's counters. Blocks for 800 ms at most. */
    public Counters counters() {
        try {
            return nginx.counters().await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            throw new IllegalStateException("could not read nginx's counters", silent);
        }
    }

    @Override
    public Set<String> await(Collection<String> apps) {
        try {
            return nginx.wakes(apps, LONGEST_WAIT)
                    .await(LONGEST_WAIT.plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException silent) {
            throw new IllegalStateException(
                    "nginx did not answer for which apps requests wait", silent);
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
