package io.autoserve.plan;

import io.autoserve.model.App;
import io.autoserve.model.Container;
import io.autoserve.model.Instance;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that matters for one app, at one moment.
 *
 * @param slots of the app, by index
 * @param containers that the engine lists, by the id of the instance that they were made for
 * @param vitals what the checks say of instances, by id; none yet of some
 * @param busy indexes of slots on which an action is under way: they are left alone
 */
public record Situation(
        App app,
        List<Instance> slots,
        Map<Long, Container> containers,
        Map<Long, Vitals> vitals,
        Traffic traffic,
        Set<Integer> busy,
        Instant now) {}
