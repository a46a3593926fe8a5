package io.autoserve.scaling;

import io.autoserve.model.AppSpec.Scaling.MetricQuery;

/** Reads numbers that other systems know. */
@FunctionalInterface
public interface MetricSource {

    /**
     * Returns the present number, which is finite and at least 0. Blocks for some seconds at most.
     *
     * @throws RuntimeException if there is no such number, with a message for operators
     */
    double read(MetricQuery query);
}
