package io.autoserve.notifications;

import io.autoserve.model.EventPage;
import io.autoserve.model.Receiver;
import io.autoserve.model.Term;
import io.autoserve.store.ReceiverTable;
import io.autoserve.store.ReceiverTable.Destination;
import io.autoserve.store.StateReader;
import java.time.Instant;
import java.util.List;

/** The receivers, and the events that they have not got yet. All methods block. */
interface Outbox {
    List<Receiver> receivers();

    /** Returns the first events after {@code seq}, in their order. */
    EventPage after(long seq, int limit);

    /**
     * Returns the first events after {@code seq} once the standby has them. What was sent is then
     * not lost by a failover, which would use its sequence number again for another event.
     */
    EventPage replicated(long seq, int limit);

    Destination destination(Receiver receiver);

    /** Records that the receiver needs no event up to {@code seq} any more. */
    void sent(Term term, Receiver receiver, long seq, Instant dueAt);

    void failed(Term term, Receiver receiver, String trouble, Instant since, Instant dueAt);

    /** Records that the receiver gets no event up to {@code seq}, and is still failing. */
    void dropped(Term term, Receiver receiver, long seq, String trouble, Instant dueAt);

    /** The outbox in the tables of the database. */
    record InTables(ReceiverTable table, StateReader reader) implements Outbox {
        @Override
        public List<Receiver> receivers() {
            return table.all();
        }

        @Override
        public EventPage after(long seq, int limit) {
            return reader.eventsBehind(seq, limit);
        }

        @Override
        public EventPage replicated(long seq, int limit) {
            return reader.replicatedEventsBehind(seq, limit);
        }

        @Override
        public Destination destination(Receiver receiver) {
            return table.destination(receiver);
        }

        @Override
        public void sent(Term term, Receiver receiver, long seq, Instant dueAt) {
            table.sent(term, receiver, seq, dueAt);
        }

        @Override
        public void failed(
                Term term, Receiver receiver, String trouble, Instant since, Instant dueAt) {
            table.failed(term, receiver, trouble, since, dueAt);
        }

        @Override
        public void dropped(Term term, Receiver receiver, long seq, String trouble, Instant dueAt) {
            table.dropped(term, receiver, seq, trouble, dueAt);
        }
    }
}
