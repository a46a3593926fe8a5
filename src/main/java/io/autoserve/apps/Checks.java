package io.autoserve.apps;

import io.autoserve.model.App;
import io.autoserve.model.Instance;
import io.autoserve.plan.Vitals;
import java.util.Map;

/** What the loop asks of the health checker. Neither blocks. */
public interface Checks {

    /** Asks exactly these from now on: running instances with their apps. */
    void watch(Map<Instance, App> instances);

    /** By instance id. */
    Map<Long, Vitals> vitals();
}
