package io.autoserve.scaling;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/** Reports to the scaler how much CPU and memory containers use. */
public interface Consumption {

    /**
     * Returns the totals by container id. Unknown containers are left out. May take some seconds.
     *
     * @throws RuntimeException if no totals can be read at the moment
     */
    Map<String, Total> of(Collection<String> containerIds);

    /**
     * @param cpu processor time used so far
     * @param memoryBytes working set in bytes
     * @param memoryLimitBytes the container's limit in bytes, or the machine's memory if the
     *     container has no limit
     */
    record Total(Duration cpu, long memoryBytes, long memoryLimitBytes) {}
}
