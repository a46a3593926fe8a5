package io.autoserve.apps;

import io.autoserve.proxy.NginxManager.Pushed;
import java.util.function.Supplier;

/**
 * Observes pushes of route tables. An implementation runs the given push exactly once and returns
 * its result.
 */
@FunctionalInterface
public interface PushObserver {
    Pushed observed(Supplier<Pushed> push);
}
