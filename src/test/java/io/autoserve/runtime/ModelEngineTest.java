package io.autoserve.runtime;

import io.autoserve.model.Container;
import io.autoserve.model.Launch;
import io.autoserve.model.Security;
import io.autoserve.simulation.ModelEngine;
import io.autoserve.simulation.Network;
import io.autoserve.simulation.Scheduler;
import io.autoserve.simulation.SimulatedProcess;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;

/** Checks that the simulation's model of an engine guarantees what Docker does. */
class ModelEngineTest extends ContainerRuntimeContract {
    private static final Duration LONG_ENOUGH = Duration.ofMinutes(1);

    private final Scheduler scheduler = new Scheduler(7);
    private final ModelEngine engine = new ModelEngine(scheduler, new Network(scheduler));
    private final SimulatedProcess client = scheduler.process("client");
    private final ContainerRuntime simulated = engine.runtime(client, () -> true);
    private final ContainerRuntime runtime =
            (ContainerRuntime)
                    Proxy.newProxyInstance(
                            ContainerRuntime.class.getClassLoader(),
                            new Class<?>[] {ContainerRuntime.class},
                            (_, method, arguments) -> called(method, arguments));

    /** Calls the runtime on a simulated thread, and lets simulated time pass until it answers. */
    private Object called(Method method, @Nullable Object[] arguments) throws Throwable {
        var answer = new CompletableFuture<Object>();
        client.start(
                "call",
                () -> {
                    try {
                        answer.complete(method.invoke(simulated, arguments));
                    } catch (InvocationTargetException refused) {
                        answer.completeExceptionally(Objects.requireNonNull(refused.getCause()));
                    } catch (IllegalAccessException e) {
                        answer.completeExceptionally(e);
                    }
                });
        scheduler.run(LONG_ENOUGH);
        try {
            return answer.join();
        } catch (CompletionException refused) {
            throw Objects.requireNonNull(refused.getCause());
        }
    }

    @BeforeEach
    void lackWhatTheContractAssumes() {
        engine.lose("t-runtime/missing:1");
    }

    @Override
    ContainerRuntime runtime() {
        return runtime;
    }

    @Override
    void freeze(Container container) {
        engine.pause(container.name());
        scheduler.run(LONG_ENOUGH);
    }

    @Override
    Security security(Container container) {
        return Objects.requireNonNull(engine.containers().get(container.name())).security();
    }

    @Override
    Container ended(Launch launch, int exitCode, String... lines) {
        var container = runtime.start(launch);
        engine.end(container.name(), exitCode, lines);
        scheduler.run(LONG_ENOUGH);
        return container;
    }
}
