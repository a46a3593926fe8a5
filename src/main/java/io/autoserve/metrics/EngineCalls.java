package io.autoserve.metrics;

import io.autoserve.runtime.ContainerRuntime;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Measures how long each kind of engine call takes, and how many fail. */
final class EngineCalls {
    private final MeterRegistry registry;
    private final Map<String, Call> calls = new HashMap<>();

    private record Call(Timer done, Timer failed) {}

    EngineCalls(MeterRegistry registry) {
        this.registry = registry;
        for (var method : ContainerRuntime.class.getMethods()) {
            calls.computeIfAbsent(
                    method.getName(), call -> new Call(timer(call, "done"), timer(call, "failed")));
        }
    }

    private Timer timer(String call, String outcome) {
        return Metrics.timer(
                registry,
                "autoserve.engine.call",
                "Seconds that Docker took for a call; a stop includes the grace period",
                "call",
                call,
                "outcome",
                outcome);
    }

    /**
     * Returns a runtime whose calls are measured. A proxy covers every method of the interface,
     * including those added later.
     */
    ContainerRuntime around(ContainerRuntime runtime) {
        return (ContainerRuntime)
                Proxy.newProxyInstance(
                        ContainerRuntime.class.getClassLoader(),
                        new Class<?>[] {ContainerRuntime.class},
                        (_, method, arguments) -> {
                            var call = calls.get(method.getName());
                            return call == null // a method of Object, such as toString
                                    ? method.invoke(runtime, arguments)
                                    : measured(call, runtime, method, arguments);
                        });
    }

    private @Nullable Object measured(
            Call call, ContainerRuntime runtime, Method method, Object[] arguments)
            throws Throwable {
        var sample = Timer.start(registry);
        try {
            var answer = method.invoke(runtime, arguments);
            sample.stop(call.done);
            return answer;
        } catch (InvocationTargetException refused) {
            sample.stop(call.failed);
            throw Objects.requireNonNull(refused.getCause());
        }
    }
}
