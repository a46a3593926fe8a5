package io.autoserve.simulation;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;

/**
 * Creates virtual threads that run on a given executor instead of the JDK's own scheduler. The JDK
 * has no public method for that, so this class calls {@code ThreadBuilders.newVirtualThread}. The
 * tests need {@code --add-opens java.base/java.lang=ALL-UNNAMED}.
 */
final class VirtualThreads {
    private static final MethodHandle NEW = constructor();

    private VirtualThreads() {}

    private static MethodHandle constructor() {
        try {
            var builders = Class.forName("java.lang.ThreadBuilders");
            return MethodHandles.privateLookupIn(builders, MethodHandles.lookup())
                    .findStatic(
                            builders,
                            "newVirtualThread",
                            MethodType.methodType(
                                    Thread.class,
                                    Executor.class,
                                    String.class,
                                    int.class,
                                    Runnable.class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "this JDK cannot run virtual threads on a given executor: run the tests with"
                            + " JDK 25 and --add-opens java.base/java.lang=ALL-UNNAMED",
                    e);
        }
    }

    /**
     * Creates a virtual thread that has not started.
     *
     * @param carrier runs each part of the thread, up to the next point at which the thread waits.
     *     It must run the parts on a platform thread
     */
    static Thread create(Executor carrier, String name, Runnable task) {
        try {
            return (Thread) NEW.invokeExact(carrier, name, 0, task);
        } catch (Throwable e) {
            throw new IllegalStateException("could not create the virtual thread " + name, e);
        }
    }
}
