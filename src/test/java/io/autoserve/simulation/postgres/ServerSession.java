package io.autoserve.simulation.postgres;

import io.autoserve.simulation.Network;
import io.autoserve.simulation.SimulatedProcess;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Semaphore;

/** A session of one client: receives its messages, runs them and sends the answers. */
final class ServerSession {
    private final Node node;
    private final Network network;
    private final ClientConnection client;
    private final Backend backend;
    private final Duration idle;
    private final Duration idleInTransaction;
    private final Queue<Message> messages = new ArrayDeque<>();
    private final Semaphore arrived = new Semaphore(0);
    private final Network.Lane lane = new Network.Lane();
    private boolean listens;
    private boolean ended;

    /** What a client sends. */
    sealed interface Message {
        record Run(String sql, List<Object> parameters) implements Message {}

        /** The query of the feed. */
        record ReadNews(long seq) implements Message {}

        /** The client has closed the connection. */
        record Close() implements Message {}
    }

    ServerSession(
            Node node, Network network, ClientConnection client, Map<String, String> settings) {
        this.node = node;
        this.network = network;
        this.client = client;
        this.backend = new Backend(node, client.process().name(), settings);
        this.idle = timeout(settings, "idle_session_timeout");
        this.idleInTransaction = timeout(settings, "idle_in_transaction_session_timeout");
        node.opened(this);
        node.process().start("session", this::serve);
    }

    private static Duration timeout(Map<String, String> settings, String name) {
        var text = settings.get(name);
        return text == null ? null : Backend.duration(text);
    }

    SimulatedProcess clientProcess() {
        return client.process();
    }

    /** The connection was closed by the client's side. */
    void hangUp() {
        receive(new Message.Close());
    }

    /** Takes a message that has arrived. */
    void receive(Message message) {
        messages.add(message);
        arrived.release();
    }

    /** Tells the client that there are new events, if it listens. */
    void notifies() {
        if (listens) {
            send(client::notified);
        }
    }

    /** Tells the client that the database is gone, as the kernel of its machine does. */
    void reset() {
        client.lost("the database closed the connection");
    }

    /** Cancels the wait for the standby, as a cancel request does. */
    void cancel() {
        backend.cancel();
    }

    /** Sends to the client what it shall run. */
    void send(Runnable arrival) {
        network.send(node.process(), client.process(), lane, arrival);
    }

    private void serve() {
        try {
            while (!ended) {
                var patience = backend.inTransaction() ? idleInTransaction : idle;
                if (patience == null) {
                    arrived.acquire();
                } else if (!node.process().rest(arrived, patience)) {
                    end("the session was idle for " + patience.toMillis() + " ms");
                    return;
                }
                answer(messages.remove());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a session of the model", e);
        }
    }

    private void answer(Message message) throws InterruptedException {
        switch (message) {
            case Message.Run(var sql, var parameters) -> run(sql, parameters);
            case Message.ReadNews(var seq) -> {
                var news = node.news(seq);
                send(() -> client.answered(news));
            }
            case Message.Close() -> end("");
        }
    }

    private void run(String sql, List<Object> parameters) throws InterruptedException {
        try {
            var result = backend.run(sql, parameters);
            listens |= sql.startsWith("listen");
            var warned = backend.warned();
            send(() -> client.answered(result, warned));
        } catch (Refused refused) {
            send(() -> client.refused(refused));
        }
    }

    /**
     * Ends the session and releases its locks.
     *
     * @param reason sent to the client; empty if the client has closed the connection
     */
    void end(String reason) {
        if (!ended) {
            ended = true;
            backend.end();
            node.ended(this);
            if (!reason.isEmpty()) {
                send(() -> client.lost(reason));
            }
        }
    }
}
