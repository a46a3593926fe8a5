package io.autoserve.platform;

import io.autoserve.model.Session;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** An exec or port-forward session that reports exactly once how it ended. */
final class AuditedSession implements Session.Output {
    private final Session.Output output;
    private final Consumer<String> leave;
    private final AtomicBoolean left = new AtomicBoolean();

    /**
     * @param leave called once with how the session ended, such as "ended with exit code 0"
     */
    AuditedSession(Session.Output output, Consumer<String> leave) {
        this.output = output;
        this.leave = leave;
    }

    Session in(Session session) {
        return new Watched(session);
    }

    @Override
    public void bytes(boolean error, byte[] bytes) throws InterruptedException {
        output.bytes(error, bytes);
    }

    @Override
    public void ended(int exitCode) throws InterruptedException {
        left("ended with exit code " + exitCode);
        output.ended(exitCode);
    }

    @Override
    public void failed(String reason) {
        left("failed: " + reason);
        output.failed(reason);
    }

    private void left(String how) {
        if (left.compareAndSet(false, true)) {
            leave.accept(how);
        }
    }

    private final class Watched implements Session {
        private final Session session;

        Watched(Session session) {
            this.session = session;
        }

        @Override
        public void write(byte[] bytes) {
            session.write(bytes);
        }

        @Override
        public void endInput() {
            session.endInput();
        }

        @Override
        public void resize(int columns, int rows) {
            session.resize(columns, rows);
        }

        @Override
        public void close() {
            left("ended: the client disconnected");
            session.close();
        }
    }
}
