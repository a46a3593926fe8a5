package io.autoserve.cluster;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Closes the connection to a database that leaves a query unanswered for too long. While no query
 * is in flight, it leaves the connection open. It is placed in the channel's pipeline between the
 * Vert.x client and the client's codec, where queries and answers can be counted.
 */
final class AnswerTimeout extends ChannelDuplexHandler {
    private final Predicate<Object> asks;
    private final Predicate<Object> answers;
    private final long longest;
    private final LongSupplier nanoTime;
    private int unanswered;
    private long since;
    private boolean looking;

    /**
     * @param asks returns whether a message from the client to the codec is a query
     * @param answers returns whether a message from the codec answers a query
     */
    AnswerTimeout(
            Predicate<Object> asks,
            Predicate<Object> answers,
            Duration longest,
            LongSupplier nanoTime) {
        this.asks = asks;
        this.answers = answers;
        this.longest = longest.toNanos();
        this.nanoTime = nanoTime;
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise written) {
        if (asks.test(message) && unanswered++ == 0) {
            since = nanoTime.getAsLong();
            if (!looking) {
                lookIn(context, longest);
            }
        }
        var _ = context.write(message, written);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (answers.test(message)) {
            unanswered--;
            since = nanoTime.getAsLong();
        }
        context.fireChannelRead(message);
    }

    private void lookIn(ChannelHandlerContext context, long wait) {
        looking = true;
        var _ = context.executor().schedule(() -> look(context), wait, TimeUnit.NANOSECONDS);
    }

    private void look(ChannelHandlerContext context) {
        looking = false;
        if (unanswered == 0 || context.isRemoved()) {
            return;
        }
        var rest = since + longest - nanoTime.getAsLong();
        if (rest > 0) {
            lookIn(context, rest);
        } else {
            PooledSockets.hangUp(context.channel());
        }
    }
}
