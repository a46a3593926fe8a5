package io.autoserve.testing;

import io.autoserve.model.By;
import io.autoserve.model.Receiver;
import io.autoserve.model.Refusal;
import io.autoserve.platform.Receivers;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Keeps receivers and notifies none of them. */
final class FakeReceivers implements Receivers {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Consumer<By> remembered;
    private final SortedMap<String, Receiver> receivers = new TreeMap<>();

    FakeReceivers(Consumer<By> remembered) {
        this.remembered = remembered;
    }

    @Override
    public synchronized Future<List<Receiver>> all() {
        return Future.succeededFuture(List.copyOf(receivers.values()));
    }

    @Override
    public synchronized Future<Receiver> set(Wish wish, By by) {
        try {
            remembered.accept(by);
        } catch (Refusal refused) {
            return Future.failedFuture(refused);
        }
        var receiver =
                new Receiver(
                        wish.name(),
                        wish.kind(),
                        wish.url().getHost(),
                        wish.topics(),
                        wish.apps(),
                        by.actor(),
                        START,
                        0,
                        0,
                        null,
                        null,
                        null);
        receivers.put(wish.name(), receiver);
        return Future.succeededFuture(receiver);
    }

    @Override
    public synchronized Future<Receiver> remove(String name, By by) {
        try {
            remembered.accept(by);
        } catch (Refusal refused) {
            return Future.failedFuture(refused);
        }
        var gone = receivers.remove(name);
        return gone == null
                ? Future.failedFuture(Refusal.noReceiver(name))
                : Future.succeededFuture(gone);
    }

    @Override
    public synchronized Future<Optional<String>> test(String name, By by) {
        return receivers.containsKey(name)
                ? Future.succeededFuture(Optional.empty())
                : Future.failedFuture(Refusal.noReceiver(name));
    }
}
