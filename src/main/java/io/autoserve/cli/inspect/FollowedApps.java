package io.autoserve.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import io.autoserve.cli.client.Api;
import io.autoserve.cli.client.EventStream;
import io.autoserve.cli.command.AppName;
import io.autoserve.cli.exit.CommandFailure;
import io.autoserve.cli.terminal.Terminal;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows the logs of all apps, also of those that are created later. Each app has a thread of its
 * own.
 */
final class FollowedApps implements EventStream.Listener {
    private final Terminal terminal;
    private final Consumer<AppName> later;
    private final CountDownLatch over = new CountDownLatch(1);

    /** The streams that have not ended, one for each app and one for events. */
    private final AtomicInteger open = new AtomicInteger();

    /**
     * @param later follows an app that is created later, until the app is deleted
     */
    FollowedApps(Terminal terminal, Consumer<AppName> later) {
        this.terminal = terminal;
        this.later = later;
    }

    /**
     * Returns when nobody reads the output any more, or when all streams have ended.
     *
     * @param seq the last event before the apps were listed; null if it is not known
     * @param present follows an app that exists, until the app is deleted
     */
    void follow(Api api, List<AppName> apps, @Nullable String seq, Consumer<AppName> present) {
        open.incrementAndGet();
        apps.forEach(app -> begin(() -> present.accept(app)));
        begin(() -> {
            try {
                new EventStream(api, "/api/v1/events/stream?type=AppRegistered", terminal)
                        .follow(seq, this);
            } catch (CommandFailure failure) {
                terminal.aside("apps that are created later are not shown: " + failure.text());
            }
        });
        ended();
        try {
            over.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void received(String type, JsonNode event) {
        var app = AppName.of(event.path("app").asText());
        begin(() -> later.accept(app));
    }

    @Override
    public boolean enough() {
        return over.getCount() == 0;
    }

    private void begin(Runnable stream) {
        open.incrementAndGet();
        Thread.startVirtualThread(() -> {
            try {
                stream.run();
            } finally {
                ended();
            }
        });
    }

    private void ended() {
        if (open.decrementAndGet() == 0 || terminal.out().checkError()) {
            over.countDown();
        }
    }
}
