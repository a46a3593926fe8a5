package io.autoserve.scaling;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;

/** What the scaler asks of whoever sees the machine. */
public interface Consumption {

    /**
     * By container id, without those that are not known. May take some seconds.
     *
     * @throws RuntimeException where nothing is known just now
     */
    Map<String, Total> of(Collection<String> containerIds);

    /**
     * @param cpu time on processors up to now
     * @param memoryBytes working set
     * @param memoryLimitBytes the machine's memory where there is no limit
     */
    record Total(Duration cpu, long memoryBytes, long memoryLimitBytes) {}
}
