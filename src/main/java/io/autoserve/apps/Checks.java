package io.autoserve.apps;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.plan.InstanceHealth;
import java.util.Map;
import java.util.Optional;

/** What the loop needs from the health checker. Neither method blocks. */
public interface Checks {

    /** Checks exactly these running instances from now on. Each comes with its app. */
    void watch(Map<Instance, App> instances);

    /**
     * Returns the results of an instance's checks. Returns empty until its present container has
     * been checked at its present address, and while the instance may still be starting.
     */
    Optional<InstanceHealth> instanceHealth(Instance instance);
}
