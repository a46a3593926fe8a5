package io.autoserve.platform;

import io.autoserve.model.By;
import io.autoserve.model.Receiver;
import io.autoserve.notifications.Notifier;
import io.autoserve.store.ReceiverTable;
import io.autoserve.store.ReceiverTable.Destination;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Reads and changes the table of receivers. */
public record StoredReceivers(ReceiverTable table, Notifier notifier, Background background)
        implements Receivers {

    @Override
    public Future<List<Receiver>> all() {
        return background.run(table::all);
    }

    @Override
    public Future<Receiver> set(Wish wish, By by) {
        var secret = wish.secret();
        var destination =
                new Destination(
                        wish.url().toString(),
                        secret == null ? null : secret.reveal(),
                        wish.to(),
                        wish.from());
        return background.run(() ->
                table.set(
                        wish.name(),
                        wish.kind(),
                        wish.url().getHost(),
                        destination,
                        wish.topics(),
                        wish.apps(),
                        by));
    }

    @Override
    public Future<Receiver> remove(String name, By by) {
        return background.run(() -> table.remove(name, by));
    }

    @Override
    public Future<Optional<String>> test(String name, By by) {
        return background.run(() -> notifier.test(table.required(name), by.actor()));
    }
}
