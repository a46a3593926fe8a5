package io.autoserve.time;

import io.vertx.core.Context;
import java.time.Duration;

/** The event loop of a Vert.x context. */
public record VertxLoop(Context context) implements EventLoop {

    @Override
    public void run(Runnable task) {
        context.runOnContext(_ -> task.run());
    }

    @Override
    public Runnable after(Duration delay, Runnable task) {
        var vertx = context.owner();
        var timer = vertx.setTimer(delay.toMillis(), _ -> task.run());
        return () -> vertx.cancelTimer(timer);
    }
}
