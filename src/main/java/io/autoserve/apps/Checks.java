package io.autoserve.apps;

import io.autoserve.model.AppSpec;
import io.autoserve.model.Instance;
import io.autoserve.plan.InstanceHealth;
import java.util.Map;
import java.util.Optional;

/** What the loop needs from the health checker. Neither method blocks. */
public interface Checks {

    /**
     * Checks exactly these running instances from now on. Each comes with the spec of its revision.
     */
    void watch(Map<Instance, AppSpec> instances);

    /**
     * Returns the results of an instance's checks. Returns empty until its present container has
     * been checked at its present address, and while the instance may still be starting.
     */
    Optional<InstanceHealth> instanceHealth(Instance instance);
}
